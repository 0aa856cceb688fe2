// Mail data on its way through DATA (RFC 5321 §4.5.2): our text files out as CR LF lines with transparency, and a
// client's octets in as LF lines. Both keep their state between pieces, so the pieces may be cut anywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mail {

// How the server learns where mail data end: by the dot of DATA, or by BDAT's count (RFC 3030), which needs no dot and
// no doubled ones.
enum class Framing { dotted, counted };

// Text with CR LF, LF or lone CR line ends -> CR LF lines; with Framing::dotted dots doubled, the closing dot. A bare
// CR or LF never leaves (RFC 5321 §2.3.8), a missing last line end is added, a NUL is refused. Counted, the octets are
// DataCounter::octets() in number.
class DataEncoder {
 public:
  explicit DataEncoder(Framing framing = Framing::dotted) : framing_(framing) {}
  // Appends what the chunk becomes to out. Fails permanently at a NUL; then the transaction must be cut, never dotted.
  base::Result<void> feed(std::string_view chunk, std::string& out);
  // The rest and, dotted, the final dot. Called once.
  void finish(std::string& out);

 private:
  Framing framing_;
  bool line_start_ = true;
  bool after_cr_ = false;  // a CR was turned into CR LF; an LF that follows belongs to it
};

// What DataEncoder would send, measured beforehand: RFC 1870's size (CR LF octets, no doubled dots, no final dot), and
// what must be known before MAIL.
class DataCounter {
 public:
  void feed(std::string_view chunk);
  // Valid once everything was fed.
  [[nodiscard]] std::uint64_t octets() const { return octets_ + (line_start_ ? 0 : 2); }
  // The same text with LF line ends, as LfEncoder makes it.
  [[nodiscard]] std::uint64_t lf_octets() const { return octets_ - lines_ + (line_start_ ? 0 : 1); }
  [[nodiscard]] bool eight_bit() const { return eight_bit_; }
  [[nodiscard]] bool has_nul() const { return has_nul_; }

 private:
  std::uint64_t octets_ = 0;
  std::uint64_t lines_ = 0;  // ended ones
  bool line_start_ = true;
  bool after_cr_ = false;
  bool eight_bit_ = false;
  bool has_nul_ = false;
};

// The receiving side. Only CR LF . CR LF ends the data; a bare CR, a bare LF or a NUL is a fault, after which nothing
// more is given out and everything up to the true end is swallowed, so that no part of it is ever taken for a command.
class DataDecoder {
 public:
  enum class Fault { none, bare_cr, bare_lf, nul };

  // Appends the text, lines ended by LF, to out, and says how many octets it took: all of them, or those up to the end
  // of the data when ended().
  std::size_t feed(std::string_view octets, std::string& out);

  [[nodiscard]] bool ended() const { return state_ == State::ended; }
  [[nodiscard]] Fault fault() const { return fault_; }
  // RFC 1870's size so far: CR LF octets without doubled dots and the final dot.
  [[nodiscard]] std::uint64_t octets() const { return octets_; }

 private:
  // line_start .. dot_cr follow the octets behind CR LF; text is inside a line, cr behind a CR in it.
  enum class State { line_start, dot, dot_cr, text, cr, ended };
  void on_octet(char c, std::string& out);
  void text(char c, std::string& out);
  void line_end(std::string& out);
  void fail(Fault fault);

  State state_ = State::line_start;
  Fault fault_ = Fault::none;
  std::uint64_t octets_ = 0;
};

// Counts Received and Delivered-To fields in a message's header: its hops (RFC 5321 §6.3). Fed with LF lines in pieces.
class HopCounter {
 public:
  void feed(std::string_view text);
  [[nodiscard]] unsigned hops() const { return hops_; }

 private:
  void end_line();

  bool in_header_ = true;
  std::size_t line_bytes_ = 0;
  std::string name_;  // the line's beginning, as much as decides
  unsigned hops_ = 0;
};

}  // namespace mail
