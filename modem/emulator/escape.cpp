#include "modem/emulator/escape.h"

#include "modem/emulator/command.h"

namespace emulator {
namespace {

constexpr int escape_length = 3;
constexpr std::size_t most_seen = escape_length + 2 + max_command_bytes;

}  // namespace

void EscapeDetector::reset(Time now) {
  last_ = now;
  seen_ = 0;
}

void EscapeDetector::octets(Time now, std::string_view bytes, std::optional<char> escape, Time guard) {
  for (const char c : bytes) octet(now, c, escape, guard);
}

void EscapeDetector::octet(Time now, char c, std::optional<char> escape, Time guard) {
  const bool silence = now - last_ >= guard;
  last_ = now;
  guard_ = guard;
  if (!escape || c != *escape) {
    seen_ = 0;
  } else if (silence) {
    seen_ = 1;
  } else if (seen_ > 0) {
    seen_ = seen_ < escape_length ? seen_ + 1 : 0;
  }
}

void EscapeDetector::stalled(Time now) { last_ = now; }

std::optional<Time> EscapeDetector::due() const {
  if (seen_ != escape_length) return std::nullopt;
  return last_ + guard_;
}

std::size_t TiesDetector::octets(std::string_view bytes, std::optional<char> escape, char carriage_return) {
  if (!escape) {
    seen_.clear();
    return std::string_view::npos;
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (octet(bytes[i], *escape, carriage_return)) return i + 1;
  }
  return std::string_view::npos;
}

std::string TiesDetector::line() const { return seen_.substr(escape_length); }

bool TiesDetector::octet(char c, char escape, char carriage_return) {
  const std::size_t at = seen_.size();
  if (at > escape_length + 1 && c == carriage_return) return true;
  const bool printable = c >= ' ' && c <= '~';
  const bool fits = at < escape_length        ? c == escape
                    : at == escape_length     ? c == 'A' || c == 'a'
                    : at == escape_length + 1 ? c == (seen_.back() == 'A' ? 'T' : 't')
                                              : printable && at < most_seen;
  if (fits) {
    seen_ += c;
  } else if (c != escape) {
    seen_.clear();
  } else if (at != escape_length) {
    seen_.assign(1, c);  // of four the last three count
  }
  return false;
}

}  // namespace emulator
