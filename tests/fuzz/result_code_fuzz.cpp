// Any octets as what a DCE answers: lines are bounded and whole, a code means the same with blanks around it, a
// dialogue ends once and takes no octet behind CONNECT's line, and the watch over a script's call sees the same result.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "modem/at_dialogue.h"
#include "modem/dial_line.h"

namespace {

using modem::AtDialogue;

void require(bool held) {
  if (!held) std::abort();
}

void check_code(const std::string& line) {
  require(!line.empty() && line.size() <= modem::ResultReader::max_bytes);
  require(line.find_first_of("\r\n") == std::string::npos);
  const auto code = modem::parse_result_code(line);
  require(code.text == line);
  const auto padded = modem::parse_result_code(" \t" + line + " ");
  require(padded.kind == code.kind && padded.speed == code.speed && padded.error_corrected == code.error_corrected);
  if (modem::ends_call(code.kind)) {
    const auto trouble = modem::trouble_of(code, line);
    require(std::all_of(trouble.text.begin(), trouble.text.end(), [](char c) { return c >= ' ' && c <= '~'; }));
    require(modem::is_final(code.kind));
  }
}

// The number of octets that it took until it was done, or all.
struct Held {
  std::optional<modem::AtAnswer> answer;
  std::size_t taken = 0;
  bool by_time = false;
};

Held hold(AtDialogue& dialogue, std::string_view octets) {
  const auto begun = dialogue.start();
  require(begun.size() == 3 && std::holds_alternative<AtDialogue::Flush>(begun[0]) &&
          std::holds_alternative<AtDialogue::Arm>(begun[1]) && std::holds_alternative<AtDialogue::Write>(begun[2]));
  Held held;
  const auto take = [&](const std::vector<AtDialogue::Action>& actions) {
    for (const auto& action : actions) {
      require(!held.answer);
      if (const auto* done = std::get_if<AtDialogue::Done>(&action)) held.answer = done->answer;
    }
  };
  for (; held.taken < octets.size() && !held.answer; ++held.taken)
    take(dialogue.on(AtDialogue::Octet{static_cast<unsigned char>(octets[held.taken])}));
  held.by_time = !held.answer;
  if (held.by_time) take(dialogue.on(AtDialogue::Expired{}));
  require(held.answer.has_value());
  require(dialogue.on(AtDialogue::Octet{'x'}).empty() && dialogue.on(AtDialogue::Expired{}).empty());
  require(held.answer->lines.size() <= AtDialogue::max_lines && held.answer->octets <= held.taken);
  return held;
}

// CONNECT's line ends at its line feed, or with the one octet that came in its place.
void check_nothing_lost(std::string_view octets, const Held& held) {
  if (!held.answer->answered) return;
  const auto taken = octets.substr(0, held.taken);
  const auto end = taken.find_last_of("\r\n");
  require(end != std::string_view::npos && end + 2 >= taken.size());
}

void check_watch(std::string_view octets, const Held& held) {
  modem::CallWatch watch;
  for (const char c : std::string_view("ATDT1\r")) watch.sent(static_cast<unsigned char>(c));
  for (const char c : octets.substr(0, held.taken)) {
    watch.received(static_cast<unsigned char>(c));
    require(watch.partial().size() <= modem::ResultReader::max_bytes);
  }
  if (!held.answer->answered || held.answer->code.kind == modem::ResultKind::ok) return;
  const auto& seen = held.answer->code.kind == modem::ResultKind::connect ? watch.connect() : watch.failure();
  require(seen && seen->text == held.answer->code.text && seen->speed == held.answer->code.speed);
  require(seen->error_corrected == held.answer->code.error_corrected);
  // Where the time for CONNECT's line feed passed, it is still to come.
  require(watch.in_connect() == held.by_time);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  modem::ResultReader reader;
  for (const char c : octets) {
    if (const auto line = reader.feed(static_cast<unsigned char>(c))) check_code(*line);
    require(reader.partial().size() <= modem::ResultReader::max_bytes);
  }
  AtDialogue command({"AT\r", modem::Final::ok, {}});
  check_nothing_lost(octets, hold(command, octets));
  AtDialogue dial({"ATDT1\r", modem::Final::connect, {}});
  const auto held = hold(dial, octets);
  check_nothing_lost(octets, held);
  check_watch(octets, held);
  // What stands in a command line is read for its letters alone.
  if (modem::resets(octets)) require(octets.find_first_of("zZ") != std::string_view::npos);
  if (modem::starts_call(octets)) require(octets.find_first_of("dDaAoO") != std::string_view::npos);
  return 0;
}
