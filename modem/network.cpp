// Modem's way into the network of a cellular or satellite modem, and what the network says of a call that failed: the
// shell around CellularDialogue.
#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "base/log.h"
#include "base/overloaded.h"
#include "base/private_file.h"
#include "modem/ask.h"
#include "modem/modem.h"
#include "modem/pin_memory.h"
#include "modem/release_cause.h"
#include "modem/unsolicited.h"

namespace modem {
namespace {

using Dialogue = CellularDialogue;

constexpr std::size_t max_pin_line_bytes = 64;  // the dialogue says what a PIN is

Trouble pin_trouble(const base::Failure& failure) {
  return {Retry::stop, "the SIM asks for its PIN: " + failure.text, "", failure.error};
}

// The PIN's file and what is remembered of it.
class PinKeeper {
 public:
  explicit PinKeeper(const conf::ModemProfile& profile) : profile_(profile) {}

  Outcome<Dialogue::PinRead> read(const std::string& serial) {
    const auto& path = profile_.cellular.pin_file;
    const auto fd = base::open_private_file(path);
    if (!fd) return fail(pin_trouble(fd.error()));
    auto pin = base::read_secret_line(*fd, max_pin_line_bytes, path);
    if (!pin) return fail(pin_trouble(pin.error()));
    auto memory = PinMemory::open(profile_.cellular.memory, profile_.name, serial);
    if (!memory) return fail(pin_trouble(memory.error()));
    const auto fate = memory->fate(pin->view());
    if (!fate) return fail(pin_trouble(fate.error()));
    memory_ = std::move(*memory);
    pin_ = base::Secret(pin->view());
    return Dialogue::PinRead{std::move(*pin), *fate, memory_->files()};
  }

  Outcome<void> note(PinFate fate) {
    if (auto noted = memory_->note(pin_.view(), fate); !noted) return fail(pin_trouble(noted.error()));
    return {};
  }

 private:
  const conf::ModemProfile& profile_;
  std::optional<PinMemory> memory_;
  base::Secret pin_;
};

Dialogue::Time now() {
  return std::chrono::duration_cast<Dialogue::Time>(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace

bool Modem::has_network() const {
  return profile_.kind == conf::ModemKind::cellular || profile_.kind == conf::ModemKind::iridium;
}

Outcome<void> Modem::enter_network(std::string_view number) {
  Dialogue dialogue({profile_.cellular, profile_.file, profile_.kind == conf::ModemKind::iridium, service_of(number),
                     profile_.command_timeout});
  PinKeeper keeper(profile_);
  using Next = Outcome<Dialogue::Event>;
  const auto perform = base::Overloaded{
      [&](Dialogue::Ask& ask_it) -> Next {
        // What it has said since its last answer would be thrown away with the input.
        const auto early = read_pending(*port_);
        if (!early) return fail(trouble(early.error()));
        // Between a PIN and its answer no signal may come: nobody would know whether it was right.
        auto answer = ask(*port_, std::move(ask_it.command), ask_it.is_pin ? nullptr : stop_);
        if (!answer) return fail(trouble(answer.error()));
        auto paused = base::pause(base::Deadline::after(profile_.command_pause), ask_it.is_pin ? nullptr : stop_);
        if (!paused) return fail(trouble(paused.error()));
        std::ranges::copy_if(*early, std::back_inserter(answer->unsolicited), is_hardware_failure);
        return Dialogue::Answered{std::move(*answer)};
      },
      [&](Dialogue::Wait& wait) -> Next {
        if (auto waited = base::pause(base::Deadline::after(wait.time), stop_); !waited)
          return fail(trouble(waited.error()));
        return Dialogue::Waited{};
      },
      [&](Dialogue::ReadPin& read) -> Next {
        auto pin = keeper.read(read.serial);
        if (!pin) return fail(std::move(pin.error()));
        return std::move(*pin);
      },
      [&](Dialogue::NotePin& note) -> Next {
        if (auto noted = keeper.note(note.fate); !noted) return fail(std::move(noted.error()));
        return Dialogue::PinNoted{};
      },
      [&](Dialogue::Failed& failed) -> Next {
        failed.trouble.text.insert(0, where());
        return fail(std::move(failed.trouble));
      },
      [&](Dialogue::Ready&) -> Next { return Dialogue::Waited{}; },
  };
  auto action = dialogue.start();
  while (!std::holds_alternative<Dialogue::Ready>(action)) {
    auto event = std::visit(perform, action);
    if (!event) return fail(std::move(event.error()));
    action = dialogue.on(*event, now());
  }
  network_ = std::get<Dialogue::Ready>(action).state;
  if (upkeep_.log) upkeep_.log(network_->text());
  return {};
}

// NO CARRIER is all that a modem says where the network knows more.
void Modem::add_release_cause(Trouble& trouble) {
  const auto answer = ask(*port_, {"AT+CEER\r", Final::ok, profile_.command_timeout}, stop_);
  if (!answer || !answer->answered) return;
  for (const auto& line : answer->lines) {
    const auto cause = trouble_of_release(line);
    if (!cause) continue;
    trouble.retry = cause->retry;
    trouble.text += "; the network says: " + cause->text;
    trouble.advice = cause->advice;
    return;
  }
}

}  // namespace modem
