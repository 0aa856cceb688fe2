#include "modem/at_dialogue.h"

#include <algorithm>

#include "base/bug.h"
#include "modem/unsolicited.h"

namespace modem {
namespace {

// Until the LF after CONNECT's CR: the two leave the modem in one piece.
constexpr std::chrono::milliseconds line_feed_limit{1000};

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

// The basic commands of a line by their letters (V.250 §5.3.1): "ATX3&C1DT0W5" gives X, D. Those with a prefix (&C, \N,
// %C) and extended ones (+IPR=…;, #CID=…) are left out, and nothing is read after D: a number may hold letters.
std::string basic_commands(std::string_view line) {
  std::string text;
  for (const char c : line) {
    if (c != ' ') text += upper(c);
  }
  std::string found;
  std::size_t i = std::min(text.find_first_not_of('+'), text.size());  // "+++ATH": an escape that needs no pauses
  if (text.compare(i, 2, "AT") != 0) return found;
  for (i += 2; i < text.size(); ++i) {
    const char c = text[i];
    if (std::string_view("+#-*$^@").find(c) != std::string_view::npos) {
      i = std::min(text.find(';', i), text.size() - 1);
    } else if (std::string_view("&\\%").find(c) != std::string_view::npos) {
      ++i;
    } else if (c >= 'A' && c <= 'Z') {
      found += c;
      if (c == 'D') return found;
    }
  }
  return found;
}

}  // namespace

AtDialogue::AtDialogue(AtCommand command) : command_(std::move(command)), echo_(command_.bytes) {
  while (!echo_.empty() && (echo_.back() == '\r' || echo_.back() == '\n')) echo_.pop_back();
  echo_.erase(0, std::min(echo_.find_first_not_of('\r'), echo_.size()));
}

std::vector<AtDialogue::Action> AtDialogue::start() {
  state_ = State::waiting;
  return {Flush{}, Arm{command_.limit}, Write{command_.bytes}};
}

std::vector<AtDialogue::Action> AtDialogue::on(const Event& event) {
  const auto* octet = std::get_if<Octet>(&event);
  switch (state_) {
    case State::waiting:
      if (octet) return on_octet(octet->value);
      return on_expired();
    case State::line_end:
      return finish();  // the LF, or none: it was no modem of V.250, but it has connected
    case State::idle:
    case State::finished:
      return {};
  }
  base::bug("AtDialogue: bad state");
}

std::vector<AtDialogue::Action> AtDialogue::on_octet(unsigned char octet) {
  ++answer_.octets;
  auto line = reader_.feed(octet);
  return line ? on_line(std::move(*line), octet) : std::vector<Action>{};
}

std::vector<AtDialogue::Action> AtDialogue::on_line(std::string line, unsigned char end) {
  if (!answer_.echoed && line == echo_) {
    answer_.echoed = true;
    return {};
  }
  auto code = parse_result_code(line);
  if (code.kind == ResultKind::ring) {
    ++answer_.rings;
    return {};
  }
  const bool final =
      command_.final == Final::ok ? code.kind == ResultKind::ok || code.kind == ResultKind::error : is_final(code.kind);
  if (!final) {
    if (code.kind == ResultKind::progress && code.error_corrected) corrected_ = true;
    const bool is_answer = code.kind != ResultKind::information || !is_unsolicited(line, echo_);
    auto& lines = is_answer ? answer_.lines : answer_.unsolicited;
    if (lines.size() < max_lines) lines.push_back(std::move(line));
    return {};
  }
  answer_.answered = true;
  answer_.code = std::move(code);
  if (answer_.code.kind == ResultKind::connect && corrected_) answer_.code.error_corrected = true;
  if (answer_.code.kind == ResultKind::connect && end == '\r' && has_line_feed(answer_.code)) {
    state_ = State::line_end;
    return {Arm{line_feed_limit}};
  }
  return finish();
}

std::vector<AtDialogue::Action> AtDialogue::on_expired() {
  const bool rest = !reader_.partial().empty();
  // An echo without a line end (of +++) is one too.
  const bool is_echo = rest && reader_.partial() == echo_;
  answer_.echoed = answer_.echoed || is_echo;
  answer_.noise = !answer_.lines.empty() || !answer_.unsolicited.empty() || (rest && !is_echo);
  return finish();
}

std::vector<AtDialogue::Action> AtDialogue::finish() {
  state_ = State::finished;
  return {Done{std::move(answer_)}};
}

bool ends_call(ResultKind kind) { return is_final(kind) && kind != ResultKind::ok && kind != ResultKind::connect; }

bool has_line_feed(const ResultCode& connect) {
  // The word itself, for noise that counts as blank may stand before either.
  return connect.text.find("CONNECT") != std::string::npos;
}

bool starts_call(std::string_view command_line) {
  return basic_commands(command_line).find_first_of("DAO") != std::string::npos;
}

bool resets(std::string_view command_line) { return basic_commands(command_line).find('Z') != std::string::npos; }

}  // namespace modem
