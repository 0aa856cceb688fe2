// Any octets as the answers of a cellular modem: the dialogue ends, sends a PIN once at most and only after it was
// noted, never asks for a search, and tells the PIN and unprintable octets to nobody.
//
// The first octet chooses the order, the rest is answers, each ended by a NUL; an empty one is silence.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "modem/cellular.h"
#include "modem/mobile_error.h"
#include "modem/release_cause.h"
#include "modem/unsolicited.h"

namespace {

using Dialogue = modem::CellularDialogue;
using modem::AtDialogue;

constexpr std::string_view pin = "73519264";
constexpr int most_actions = 2000;

void require(bool held) {
  if (!held) std::abort();
}

void check_line(const std::string& line) {
  if (const auto error = modem::parse_mobile_error(line)) require(!modem::trouble_of(*error).text.empty());
  if (const auto cause = modem::trouble_of_release(line)) require(!cause->text.empty());
  // What names itself as the answer to a question is none to another one.
  if (modem::is_unsolicited(line, "AT&V")) require(modem::is_hardware_failure(line));
}

class Answers {
 public:
  explicit Answers(std::string_view octets) : octets_(octets) {}

  // The modem itself has said what happens to be the PIN, to another command than that one.
  [[nodiscard]] bool has_guessed() const { return has_guessed_; }

  modem::AtAnswer next(const Dialogue::Ask& ask) {
    const auto& command = ask.command;
    const auto text = octets_.substr(0, octets_.find('\0'));
    has_guessed_ = has_guessed_ || (!ask.is_pin && text.find(pin) != std::string_view::npos);
    octets_.remove_prefix(std::min(text.size() + 1, octets_.size()));
    AtDialogue dialogue(command);
    [[maybe_unused]] const auto begun = dialogue.start();
    for (const char c : text) {
      for (auto& action : dialogue.on(AtDialogue::Octet{static_cast<unsigned char>(c)})) {
        if (auto* done = std::get_if<AtDialogue::Done>(&action)) return checked(done->answer);
      }
    }
    return checked(std::get<AtDialogue::Done>(dialogue.on(AtDialogue::Expired{}).at(0)).answer);
  }

 private:
  static modem::AtAnswer checked(const modem::AtAnswer& answer) {
    for (const auto& line : answer.lines) check_line(line);
    for (const auto& line : answer.unsolicited) check_line(line);
    return answer;
  }

  std::string_view octets_;
  bool has_guessed_ = false;
};

Dialogue::Order order_of(std::uint8_t choice) {
  Dialogue::Order order;
  order.file = "m.toml";
  order.satellite = (choice & 1) != 0;
  order.service = (choice & 2) != 0 ? modem::Service::packet : modem::Service::circuit;
  order.profile.roaming = (choice & 4) != 0;
  order.profile.network = (choice & 8) != 0 ? "26201" : "";
  order.profile.apn = (choice & 16) != 0 ? "apn" : "";
  order.profile.bearer = (choice & 32) != 0 ? "7,0,1" : "";
  order.profile.pin_file = (choice & 64) != 0 ? "pin" : "";
  return order;
}

struct Watch {
  int pins = 0;
  bool noted = false;

  void check(const Dialogue::Ask& ask) {
    const auto& bytes = ask.command.bytes;
    require(bytes.starts_with("AT") && bytes.find('\r') == bytes.size() - 1);
    require(ask.command.limit.count() > 0 && bytes.find("COPS=?") == std::string::npos);
    require(ask.is_pin == (bytes.find(pin) != std::string::npos));
    if (!ask.is_pin) return;
    require(noted && ++pins == 1);
  }
};

void check_end(const modem::Trouble& trouble, bool may_tell) {
  const auto line = trouble.line();
  require(!trouble.text.empty() && (may_tell || line.find(pin) == std::string::npos));
  require(std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto choice = data[0];
  Answers answers({reinterpret_cast<const char*>(data) + 1, size - 1});
  Dialogue dialogue(order_of(choice));
  Dialogue::Time now{0};
  Watch watch;
  auto action = dialogue.start();
  for (int i = 0; i < most_actions; ++i) {
    now += std::chrono::milliseconds(100);
    if (const auto* ask = std::get_if<Dialogue::Ask>(&action)) {
      watch.check(*ask);
      action = dialogue.on(Dialogue::Answered{answers.next(*ask)}, now);
    } else if (const auto* wait = std::get_if<Dialogue::Wait>(&action)) {
      require(wait->time.count() > 0);
      now += wait->time;
      action = dialogue.on(Dialogue::Waited{}, now);
    } else if (std::holds_alternative<Dialogue::ReadPin>(action)) {
      const auto fate = (choice & 128) != 0 ? modem::PinFate::sent : modem::PinFate::unsent;
      action = dialogue.on(Dialogue::PinRead{base::Secret(pin), fate, "memory"}, now);
    } else if (const auto* note = std::get_if<Dialogue::NotePin>(&action)) {
      watch.noted = note->fate == modem::PinFate::sent;
      action = dialogue.on(Dialogue::PinNoted{}, now);
    } else if (const auto* ready = std::get_if<Dialogue::Ready>(&action)) {
      require(modem::is_registered(ready->state.registration));
      require((choice & 4) != 0 || !modem::is_roaming(ready->state.registration));
      return 0;
    } else {
      check_end(std::get<Dialogue::Failed>(action).trouble, answers.has_guessed());
      return 0;
    }
  }
  std::abort();
}
