#include "serialmail/qmtp_absence.h"

#include <charconv>

#include "mta/mail/spool_journal.h"

namespace serialmail {
namespace {

constexpr const char* file_name = "no-qmtp";
constexpr std::size_t max_bytes = 4096;
constexpr mode_t file_bits = 0660;

template <class Number>
std::optional<Number> read(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<QmtpAbsence> QmtpAbsence::parse(std::string_view text) {
  const auto first = text.find(' ');
  const auto last = text.rfind(' ');
  if (text.empty() || text.back() != '\n' || first == last) return std::nullopt;
  const auto noticed = read<std::int64_t>(text.substr(0, first));
  const auto port = read<unsigned>(text.substr(last + 1, text.size() - last - 2));
  if (!noticed || !port) return std::nullopt;
  return QmtpAbsence{*noticed, std::string(text.substr(first + 1, last - first - 1)), *port};
}

std::string QmtpAbsence::format() const {
  return std::to_string(noticed) + " " + host + " " + std::to_string(port) + "\n";
}

bool QmtpAbsence::holds(const std::string& for_host, unsigned for_port, std::int64_t now) const {
  const auto age = now - noticed;
  return host == for_host && port == for_port && age >= 0 && std::chrono::seconds(age) < absence_kept;
}

bool is_qmtp_absent(const base::Directory& maildir, const std::string& host, unsigned port, std::int64_t now) {
  const auto text = base::read_file(maildir, std::string(mail::spool_folder) + "/" + file_name, max_bytes);
  const auto absence = text ? QmtpAbsence::parse(*text) : std::nullopt;
  return absence && absence->holds(host, port, now);
}

base::Result<void> note_qmtp_absence(const base::Directory& maildir, const QmtpAbsence& absence) {
  const auto folder = mail::make_spool_folder(maildir);
  if (!folder) return folder.error();
  const auto own = folder->stat(".");
  if (!own) return own.error();
  return base::replace_file(*folder, file_name, absence.format(), own->st_mode & file_bits);
}

}  // namespace serialmail
