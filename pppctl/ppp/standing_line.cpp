#include "pppctl/ppp/standing_line.h"

#include "base/directory.h"
#include "conf/text.h"
#include "pppctl/ppp/pppd.h"
#include "pppctl/ppp/pppd_note.h"
#include "pppctl/ppp/pppd_options.h"

namespace pppctl::ppp {
namespace {

constexpr std::size_t max_note_bytes = 4096;
constexpr std::string_view none = "-";

std::string file_name(const std::string& link) { return link_name(link) + ".up"; }

std::string word_of(const std::string& text) { return text.empty() ? std::string(none) : text; }

std::string text_of(std::string_view word) { return word == none ? std::string() : std::string(word); }

}  // namespace

std::string standing_text(const StandingLine& line) {
  return word_of(line.interface.name) + " " + word_of(line.interface.local_ip) + " " +
         word_of(line.interface.remote_ip) + " " + std::to_string(line.pppd) + "\n";
}

std::optional<StandingLine> parse_standing(std::string_view text) {
  const auto words = conf::words_of(text.substr(0, text.find('\n')));
  if (words.size() != 4 || words[0] == none) return {};
  const auto pid = conf::decimal(words[3]);
  if (!pid) return {};
  return StandingLine{{text_of(words[0]), text_of(words[1]), text_of(words[2])}, static_cast<std::int64_t>(*pid)};
}

StandingLine line_of_environment(const std::function<std::string(const char*)>& value) {
  const auto either = [&](const char* debian, const char* pppds) {
    auto found = value(debian);
    if (found.empty()) found = value(pppds);
    // One word of the state file.
    return found.find_first_of(" \t\n") == std::string::npos ? found : std::string();
  };
  StandingLine line;
  line.interface = {either("PPP_IFACE", "IFNAME"), either("PPP_LOCAL", "IPLOCAL"), either("PPP_REMOTE", "IPREMOTE")};
  if (const auto pid = conf::decimal(value("PPPD_PID"))) line.pppd = static_cast<std::int64_t>(*pid);
  return line;
}

base::Result<void> keep_standing(const std::string& run_dir, const std::string& link, const StandingLine& line) {
  if (auto made = base::make_path(run_dir, 0755); !made) return made;
  const auto directory = base::Directory::open(run_dir);
  if (!directory) return directory.error();
  return base::replace_file(*directory, file_name(link), standing_text(line));
}

void forget_standing(const std::string& run_dir, const std::string& link) {
  base::forget_file(run_dir + "/" + file_name(link));
}

std::optional<StandingLine> standing_line(const std::string& run_dir, const std::string& link) {
  // Of a session of ours it is that session's.
  if (has_pppd(run_dir, link)) return {};
  const auto text = base::read_file(run_dir + "/" + file_name(link), max_note_bytes);
  if (!text) return {};
  auto line = parse_standing(*text);
  if (!line || !has_interface(line->interface.name)) return {};
  return line;
}

}  // namespace pppctl::ppp
