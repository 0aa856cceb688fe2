#include "mta/mail/mail_data.h"

#include <algorithm>
#include <cctype>

#include "base/bug.h"

namespace mail {
namespace {

constexpr std::string_view crlf = "\r\n";
// The piece up to the next CR, LF or NUL. find_first_of() calls a function an octet, and every octet of every body
// comes by here.
std::string_view plain_run(std::string_view text) {
  const auto end = std::find_if(text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r' || c == '\0'; });
  return {text.begin(), end};
}

}  // namespace

base::Result<void> DataEncoder::feed(std::string_view chunk, std::string& out) {
  while (!chunk.empty()) {
    const auto run = plain_run(chunk);
    if (!run.empty()) {
      // RFC 5321 §4.5.2: the dot we add is not data.
      if (framing_ == Framing::dotted && line_start_ && run.front() == '.') out += '.';
      out += run;
      line_start_ = false;
      after_cr_ = false;
      chunk.remove_prefix(run.size());
      continue;
    }
    const char c = chunk.front();
    chunk.remove_prefix(1);
    if (c == '\0') return base::permanent("message holds a NUL");
    if (c == '\r' || !after_cr_) {
      out += crlf;
      line_start_ = true;
    }
    after_cr_ = c == '\r';
  }
  return {};
}

void DataEncoder::finish(std::string& out) {
  if (!line_start_) out += crlf;
  if (framing_ == Framing::dotted) out += ".\r\n";
  line_start_ = true;
  after_cr_ = false;
}

void DataCounter::feed(std::string_view chunk) {
  if (!eight_bit_) {
    eight_bit_ = std::any_of(chunk.begin(), chunk.end(), [](char c) { return static_cast<unsigned char>(c) >= 128; });
  }
  while (!chunk.empty()) {
    const auto run = plain_run(chunk);
    if (!run.empty()) {
      octets_ += run.size();
      line_start_ = false;
      after_cr_ = false;
      chunk.remove_prefix(run.size());
      continue;
    }
    const char c = chunk.front();
    chunk.remove_prefix(1);
    if (c == '\0') {
      has_nul_ = true;
      ++octets_;
      line_start_ = false;
      after_cr_ = false;
      continue;
    }
    if (c == '\r' || !after_cr_) {
      octets_ += crlf.size();
      ++lines_;
      line_start_ = true;
    }
    after_cr_ = c == '\r';
  }
}

std::size_t DataDecoder::feed(std::string_view octets, std::string& out) {
  std::size_t taken = 0;
  while (taken < octets.size() && !ended()) {
    if (state_ == State::text) {
      const auto run = plain_run(octets.substr(taken));
      if (!run.empty()) {
        octets_ += run.size();
        if (fault_ == Fault::none) out += run;
        taken += run.size();
        continue;
      }
    }
    on_octet(octets[taken++], out);
  }
  return taken;
}

void DataDecoder::on_octet(char c, std::string& out) {
  switch (state_) {
    case State::line_start:
      if (c == '.') {
        state_ = State::dot;
        return;
      }
      return text(c, out);
    case State::dot:
      // RFC 5321 §4.5.2: a dot with something behind it is the client's addition.
      if (c == '\r') {
        state_ = State::dot_cr;
        return;
      }
      return text(c, out);
    case State::dot_cr:
      if (c == '\n') {
        state_ = State::ended;
        return;
      }
      fail(Fault::bare_cr);
      return text(c, out);
    case State::text:
      return text(c, out);
    case State::cr:
      if (c == '\n') return line_end(out);
      fail(Fault::bare_cr);
      return text(c, out);
    case State::ended:
      base::bug("DataDecoder: fed after its end");
  }
}

void DataDecoder::text(char c, std::string& out) {
  if (c == '\r') {
    state_ = State::cr;
    return;
  }
  state_ = State::text;
  ++octets_;
  if (c == '\n') return fail(Fault::bare_lf);
  if (c == '\0') return fail(Fault::nul);
  if (fault_ == Fault::none) out += c;
}

void DataDecoder::line_end(std::string& out) {
  state_ = State::line_start;
  octets_ += crlf.size();
  if (fault_ == Fault::none) out += '\n';
}

void DataDecoder::fail(Fault fault) {
  if (fault_ == Fault::none) fault_ = fault;
}

void HopCounter::feed(std::string_view text) {
  constexpr std::size_t longest_name = std::string_view("delivered-to:").size();
  for (std::size_t i = 0; in_header_ && i < text.size(); ++i) {
    if (text[i] == '\n') {
      end_line();
      continue;
    }
    ++line_bytes_;
    if (name_.size() < longest_name) name_ += static_cast<char>(std::tolower(static_cast<unsigned char>(text[i])));
  }
}

void HopCounter::end_line() {
  if (line_bytes_ == 0) in_header_ = false;
  if (name_.starts_with("received:") || name_.starts_with("delivered-to:")) ++hops_;
  name_.clear();
  line_bytes_ = 0;
}

}  // namespace mail
