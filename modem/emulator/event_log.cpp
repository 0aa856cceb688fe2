#include "modem/emulator/event_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "base/io.h"
#include "base/log.h"

namespace emulator {

std::string json_text(std::string_view bytes) {
  std::string text = "\"";
  for (const char c : bytes) {
    if (c == '"' || c == '\\') {
      text += '\\';
      text += c;
    } else if (c >= ' ' && c <= '~') {
      text += c;
    } else {
      constexpr std::string_view digits = "0123456789abcdef";
      const auto value = static_cast<unsigned char>(c);
      text += "\\u00";
      text += digits[value >> 4U];
      text += digits[value & 15U];
    }
  }
  return text + '"';
}

std::string json_line(double seconds, const Record& record) {
  std::array<char, 32> time{};
  std::snprintf(time.data(), time.size(), "%.6f", seconds);
  std::string line = std::string("{\"time\":") + time.data() + ",\"event\":" + json_text(record.event) +
                     ",\"modem\":" + json_text(record.modem);
  for (const auto& [name, value] : record.fields) {
    line += ',' + json_text(name) + ':';
    if (const auto* text = std::get_if<std::string>(&value)) line += json_text(*text);
    if (const auto* number = std::get_if<std::uint64_t>(&value)) line += std::to_string(*number);
    if (const auto* flag = std::get_if<bool>(&value)) line += *flag ? "true" : "false";
  }
  return line + "}\n";
}

base::Result<EventLog> EventLog::open(const std::string& file) {
  EventLog log;
  if (file.empty()) return log;
  if (file == "-") {
    log.fd_ = base::Fd(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
    if (!log.fd_.valid()) return base::system_failure("write the log to standard output");
    return log;
  }
  auto fd = base::open_file(file, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644);
  if (!fd) return fd.error();
  log.fd_ = std::move(*fd);
  return log;
}

void EventLog::write(double seconds, const Record& record) {
  if (!fd_.valid()) return;
  const auto written = base::write_all(fd_, json_line(seconds, record));
  if (written) return;
  base::log(base::Level::warning, "the log ends here: " + written.error().text);
  fd_.reset();
}

}  // namespace emulator
