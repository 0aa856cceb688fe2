#include "serialmail/server_note.h"

#include <cerrno>
#include <charconv>

#include "mta/mail/spool_journal.h"

namespace serialmail {
namespace {

constexpr mode_t file_bits = 0660;

template <class Number>
std::optional<Number> read(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string path_of(const std::string& name) { return std::string(mail::spool_folder) + "/" + name; }

}  // namespace

std::optional<ServerNote> ServerNote::parse(std::string_view note) {
  const auto line = note.substr(0, note.find('\n'));
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (line.size() == note.size() || first == last) return std::nullopt;
  const auto noticed = read<std::int64_t>(line.substr(0, first));
  const auto port = read<unsigned>(line.substr(last + 1));
  if (!noticed || !port) return std::nullopt;
  return ServerNote{*noticed, std::string(line.substr(first + 1, last - first - 1)), *port,
                    std::string(note.substr(line.size() + 1))};
}

std::string ServerNote::format() const {
  return std::to_string(noticed) + " " + host + " " + std::to_string(port) + "\n" + text;
}

bool ServerNote::holds(const std::string& for_host, unsigned for_port, std::int64_t now,
                       std::chrono::seconds kept) const {
  // The file may say any number: nothing is added to it or taken from it.
  return host == for_host && port == for_port && noticed <= now && noticed > now - kept.count();
}

std::optional<ServerNote> read_server_note(const base::Directory& maildir, const std::string& name) {
  const auto note = base::read_file(maildir, path_of(name), max_server_note_bytes);
  return note ? ServerNote::parse(*note) : std::nullopt;
}

base::Result<void> write_server_note(const base::Directory& maildir, const std::string& name, const ServerNote& note) {
  const auto folder = mail::make_spool_folder(maildir);
  if (!folder) return folder.error();
  const auto own = folder->stat(".");
  if (!own) return own.error();
  return base::replace_file(*folder, name, note.format(), own->st_mode & file_bits);
}

base::Result<void> remove_server_note(const base::Directory& maildir, const std::string& name) {
  auto removed = maildir.unlink(path_of(name));
  if (!removed && removed.error().error == ENOENT) return {};
  return removed;
}

}  // namespace serialmail
