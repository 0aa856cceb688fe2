#include "modem/dial_line.h"

#include <array>
#include <cerrno>

#include "base/log.h"
#include "modem/at_dialogue.h"
#include "modem/unsolicited.h"

namespace modem {
namespace {

constexpr std::size_t max_command_bytes = 512;  // of what a script sends as one line; more is no command

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t") == std::string_view::npos; }

}  // namespace

void CallWatch::sent(unsigned char octet) {
  const char c = static_cast<char>(octet);
  if (c != '\r') {
    if (command_.size() < max_command_bytes) command_ += c;
    return;
  }
  last_sent_ = std::exchange(command_, {});
  heard_ = false;
  if (connect_ || !starts_call(last_sent_)) return;
  // A second attempt of the same script: the results of the first are over.
  ++dials_;
  corrected_ = false;
  failure_.reset();
  reader_.reset();
}

void CallWatch::received(unsigned char octet) {
  if (needs_line_feed_) {
    needs_line_feed_ = false;
    if (octet == '\n') return;
  }
  auto line = reader_.feed(octet);
  if (!line) return;
  if (!is_blank(*line) && *line != last_sent_ && !is_unsolicited(*line, last_sent_)) heard_ = true;
  last_line_ = *line;
  if (!dialled() || connect_ || failure_) return;
  auto code = parse_result_code(*line);
  if (code.kind == ResultKind::connect) {
    needs_line_feed_ = octet == '\r' && has_line_feed(code);
    code.error_corrected = code.error_corrected || corrected_;
    connect_ = std::move(code);
  } else if (code.kind == ResultKind::progress) {
    corrected_ = corrected_ || code.error_corrected;
  } else if (ends_call(code.kind)) {
    failure_ = std::move(code);
  }
}

bool CallWatch::in_connect() const {
  return connect_ ? needs_line_feed_ : dialled() && !failure_ && !reader_.partial().empty();
}

template <class T>
base::Result<T> DialLine::remember(base::Result<T> result) {
  if (!result && !fault_) fault_ = result.error();
  return result;
}

base::Result<std::optional<unsigned char>> DialLine::read_octet(const base::Deadline& deadline) {
  using Octet = std::optional<unsigned char>;
  if (watch_.failure()) return base::temporary("the call has failed: " + base::escape(watch_.failure()->text));
  std::array<char, 1> octet{};
  const auto n = port_.read(octet, deadline, stop_);
  if (!n && n.error().error == ETIMEDOUT) return Octet();
  if (!n) return remember<Octet>(n.error());
  if (*n == 0) return remember<Octet>(base::system_failure("read " + port_.device(), EIO));
  const auto value = static_cast<unsigned char>(octet[0]);
  watch_.received(value);
  if (watch_.failure() && !failed_after_)
    failed_after_ = duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - dialled_at_);
  return Octet(value);
}

base::Result<void> DialLine::write_octet(unsigned char octet, const base::Deadline& deadline) {
  const std::array<char, 1> one{static_cast<char>(octet)};
  auto written = remember(port_.write({one.data(), one.size()}, deadline, stop_));
  if (!written) return written;
  const int dials = watch_.dials();
  watch_.sent(octet);
  if (watch_.dials() == dials) return written;
  dialled_at_ = std::chrono::steady_clock::now();
  failed_after_.reset();
  return written;
}

base::Result<void> DialLine::send_break() { return remember(port_.send_break()); }

base::Result<void> DialLine::pause(const base::Deadline& deadline) { return remember(base::pause(deadline, stop_)); }

void DialLine::read_connect(const base::Deadline& deadline) {
  for (std::size_t n = 0; watch_.in_connect() && n < ResultReader::max_bytes; ++n) {
    const auto octet = read_octet(deadline);
    if (!octet || !*octet) return;
  }
}

void DialLine::read_line(const base::Deadline& deadline) {
  for (std::size_t n = 0; !watch_.partial().empty() && n < ResultReader::max_bytes; ++n) {
    const auto octet = read_octet(deadline);
    if (!octet || !*octet) return;
  }
}

Trouble trouble_of_script(const chat::Ending& ending, const CallWatch& watch, const std::optional<base::Failure>& fault,
                          std::string_view number, std::optional<std::chrono::milliseconds> after) {
  const std::string dial = "dial " + std::string(number) + ": ";
  if (fault && fault->error == EINTR) return {Retry::soon, dial + fault->text, "", EINTR};
  if (fault && fault->error == ETIMEDOUT)
    return {Retry::later, dial + "the modem takes no octets: flow control stands still",
            "check the cable's RTS and CTS, or set flow = \"none\" in the modem's profile", 0};
  if (fault) return {Retry::soon, dial + "the port has gone: " + fault->text, "", fault->error};
  if (watch.failure()) return trouble_of(*watch.failure(), number, after);
  if (ending.status >= chat::status_abort) {
    // The line that the string stood in tells more than the string: NO DIAL, and NO DIALTONE came.
    for (const auto& text : {watch.last_line(), ending.matched}) {
      const auto code = parse_result_code(text);
      if (!watch.connect() && text.find(ending.matched) != std::string::npos && ends_call(code.kind))
        return trouble_of(code, number);
    }
    return {Retry::later, dial + "the chat script gave up on '" + base::escape(ending.matched) + "'", "", 0};
  }
  if (ending.status == chat::status_done)
    return {Retry::stop, dial + "the chat script ended without CONNECT", "let it expect CONNECT", 0};
  if (ending.status == chat::status_error) return {Retry::stop, dial + ending.why, "correct the chat script", 0};
  if (watch.connect()) return {Retry::later, dial + "connected, then " + ending.why, "", 0};
  if (!watch.heard()) return {Retry::later, dial + "the modem answered nothing: " + ending.why, "", 0};
  return {Retry::later, dial + (watch.dialled() ? "no CONNECT: " : "") + ending.why, "", 0};
}

}  // namespace modem
