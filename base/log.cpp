#include "base/log.h"

#include <unistd.h>

#include <cstdio>

#include "base/bug.h"
#include "base/status_line.h"

namespace base {
namespace {

std::string& name_storage() {
  static std::string name = "offhook";
  return name;
}

std::string_view word(Level level) {
  switch (level) {
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
    case Level::fatal:
      return "fatal";
  }
  return "error";
}

void append_printable(std::string& out, char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 32 && byte < 127) {
    out += c;
    return;
  }
  out += '\\';
  out += static_cast<char>('0' + (byte >> 6));
  out += static_cast<char>('0' + ((byte >> 3) & 7));
  out += static_cast<char>('0' + (byte & 7));
}

}  // namespace

void log(Level level, std::string_view text) {
  std::string line = name_storage() + ": " + std::string(word(level)) + ": ";
  for (const char c : text) append_printable(line, c);
  line += '\n';
  clear_status();
  // A log that cannot be written must not stop the mail: the result is looked at by nobody.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

void set_program_name(std::string_view name) { name_storage() = name; }

std::string_view program_name() { return name_storage(); }

std::string escape(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (const char c : bytes) {
    if (c == '\\') out += '\\';
    append_printable(out, c);
  }
  return out;
}

}  // namespace base
