#include "conf/login.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/fd.h"
#include "base/io.h"
#include "base/log.h"
#include "conf/text.h"

namespace conf {
namespace {

constexpr std::string_view terminal_prefix = "tty:";
constexpr std::size_t fields_before_program = 3;
constexpr std::size_t max_program_words = 64;
constexpr mode_t of_others = 0077;

bool is_name_octet(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("._+@-").find(c) != std::string_view::npos;
}

bool is_pattern(std::string_view pattern) {
  if (pattern == ppp_pattern || pattern == "*") return true;
  if (pattern.starts_with('*')) pattern.remove_prefix(1);
  if (pattern.ends_with('*')) pattern.remove_suffix(1);
  return !pattern.empty() && std::all_of(pattern.begin(), pattern.end(), is_name_octet);
}

bool matches(std::string_view pattern, std::string_view name) {
  const bool open_begin = pattern.starts_with('*');
  if (open_begin) pattern.remove_prefix(1);
  const bool open_end = pattern.ends_with('*');
  if (open_end) pattern.remove_suffix(1);
  if (open_begin && open_end) return name.find(pattern) != std::string_view::npos;
  if (open_begin) return pattern.empty() || name.ends_with(pattern);
  return open_end ? name.starts_with(pattern) : name == pattern;
}

// These two cannot work on a socket.
bool needs_terminal(std::string_view path) {
  const auto name = path.substr(path.rfind('/') + 1);
  return name == "login" || name == "pppd";
}

std::string shown(std::string_view word) { return "'" + base::escape(word.substr(0, 40)) + "'"; }

base::Result<LoginEntry> parse_entry(const std::vector<std::string_view>& words, std::string_view file,
                                     std::size_t line) {
  if (words.size() <= fields_before_program)
    return fault(file, line,
                 std::to_string(words.size()) + " words of 4; a line is USER-PATTERN UID UTMP PROGRAM ARG…");
  LoginEntry entry;
  entry.pattern = words[0];
  if (!is_pattern(entry.pattern))
    return fault(file, line, shown(words[0]) + " is no pattern of a user name: * stands at its beginning or end");
  if (words[1] != "-") entry.account = words[1];
  if (!entry.account.empty() && !is_login_name(entry.account))
    return fault(file, line, shown(words[1]) + " is no account; - is none");
  if (words[2] != "-") entry.utmp = words[2];
  auto path = words[fields_before_program];
  if (path == "!") {
    if (words.size() > fields_before_program + 1) return fault(file, line, "nothing stands behind !");
    return entry;
  }
  entry.has_terminal = path.starts_with(terminal_prefix) || needs_terminal(path) || entry.pattern == ppp_pattern;
  if (path.starts_with(terminal_prefix)) path.remove_prefix(terminal_prefix.size());
  if (!path.starts_with('/')) return fault(file, line, "program " + shown(path) + " is no absolute path");
  if (words.size() > fields_before_program + max_program_words)
    return fault(file, line, "more than " + std::to_string(max_program_words) + " words of a program");
  entry.program.emplace_back(path);
  entry.program.insert(entry.program.end(), words.begin() + fields_before_program + 1, words.end());
  return entry;
}

}  // namespace

base::Result<LoginTable> LoginTable::parse(std::string_view text, std::string_view file) {
  LoginTable table;
  for (const auto& line : numbered_lines(text)) {
    const auto words = words_of(line.text);
    if (words.empty() || words[0].starts_with('#')) continue;
    auto entry = parse_entry(words, file, line.number);
    if (!entry) return entry.error();
    table.entries_.push_back(std::move(*entry));
  }
  return table;
}

const LoginEntry* LoginTable::find(std::string_view name) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const LoginEntry& entry) {
    return entry.pattern != ppp_pattern && matches(entry.pattern, name);
  });
  return found == entries_.end() ? nullptr : &*found;
}

const LoginEntry* LoginTable::for_ppp() const {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [](const LoginEntry& entry) { return entry.pattern == ppp_pattern; });
  return found == entries_.end() ? nullptr : &*found;
}

bool is_login_name(std::string_view name) {
  return !name.empty() && name.size() <= max_login_name_bytes && !name.starts_with('-') &&
         std::all_of(name.begin(), name.end(), is_name_octet);
}

std::vector<std::string> words_for(const LoginEntry& entry, const std::string& name) {
  auto words = entry.program;
  std::replace(words.begin(), words.end(), std::string("@"), name);
  return words;
}

base::Result<LoginTable> load_login(const std::string& file) {
  const auto fd = base::open_file(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!fd) return base::Failure{base::FailureKind::permanent, "login table: " + fd.error().text, fd.error().error};
  struct stat st {};
  if (::fstat(fd->get(), &st) < 0) return base::system_failure("login table " + file);
  const bool is_trusted = S_ISREG(st.st_mode) && (st.st_uid == 0 || st.st_uid == ::geteuid());
  if (!is_trusted || (st.st_mode & of_others) != 0)
    return base::permanent("login table " + file + " must be root's and closed to all others; as root: `chown root " +
                           file + " && chmod 600 " + file + "`");
  auto text = base::read_all(*fd, max_config_file_bytes, file);
  if (!text) return text.error();
  return LoginTable::parse(*text, file);
}

}  // namespace conf
