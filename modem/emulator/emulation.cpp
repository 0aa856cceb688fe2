#include "modem/emulator/emulation.h"
#include "base/overloaded.h"

#include <algorithm>

namespace emulator {
namespace {

// Commands are short; a DCE takes them as they come.
constexpr std::size_t command_room = 512;

ExchangeOptions with_modems(ExchangeOptions options, std::size_t count) {
  options.modems = count;
  return options;
}

std::string text_of(EndReason reason) {
  switch (reason) {
    case EndReason::hang_up:
      return "hang-up";
    case EndReason::far_end:
      return "far end";
    case EndReason::cut:
      return "cut";
  }
  return {};
}

}  // namespace

Emulation::Emulation(const std::vector<ModemOptions>& modems, const ExchangeOptions& options, PhoneBook book)
    : exchange_(with_modems(options, modems.size()), std::move(book)) {
  for (const ModemOptions& modem : modems) modems_.push_back(Modem{modem.name, Dce(modem.dce)});
}

std::vector<Output> Emulation::finish() { return std::exchange(outputs_, {}); }

void Emulation::note(End modem, std::string event, std::vector<std::pair<std::string, Record::Value>> fields) {
  if (!is_socket(modem)) outputs_.emplace_back(Record{std::move(event), modems_[modem].name, std::move(fields)});
}

std::vector<Output> Emulation::octets(Time now, End modem, std::string_view bytes) {
  tell(now, modem, Octets{bytes});
  return finish();
}

std::vector<Output> Emulation::dtr(Time now, End modem, bool on) {
  if (modems_[modem].dtr == on) return {};
  modems_[modem].dtr = on;
  note(modem, "dtr", {{"on", on}});
  tell(now, modem, Dtr{on});
  return finish();
}

std::vector<Output> Emulation::stalled(Time now, End modem) {
  tell(now, modem, Stalled{});
  return finish();
}

std::vector<Output> Emulation::socket_opened(Time now, End socket) {
  carry_out(now, exchange_.socket_opened(now, socket));
  return finish();
}

std::vector<Output> Emulation::socket_failed(Time now, End socket) {
  carry_out(now, exchange_.socket_failed(now, socket));
  return finish();
}

std::vector<Output> Emulation::socket_octets(Time now, End socket, std::string_view bytes) {
  exchange_.put(now, socket, bytes);
  return finish();
}

std::vector<Output> Emulation::socket_ended(Time now, End socket) {
  carry_out(now, exchange_.socket_ended(now, socket));
  return finish();
}

std::vector<Output> Emulation::advance(Time now) {
  carry_out(now, exchange_.expired(now));
  for (End modem = 0; modem < modems_.size(); ++modem) tell(now, modem, Expired{});
  return finish();
}

// The DCE acts; what the exchange answers may reach other modems, which act in turn.
void Emulation::tell(Time now, End modem, const Event& event) {
  const bool carrier = modems_[modem].dce.carrier_detect();
  const std::vector<Action> actions = modems_[modem].dce.on(now, event);
  if (carrier && !modems_[modem].dce.carrier_detect()) outputs_.emplace_back(CarrierFell{modem});
  for (const Action& action : actions) {
    std::visit(base::Overloaded{
                   [&](const ToDte& to) {
                     outputs_.emplace_back(ToTerminal{modem, to.bytes});
                   },
                   [&](const ToLine& to) { exchange_.put(now, modem, to.bytes); },
                   [&](const OffHook&) {
                     note(modem, "off_hook");
                     carry_out(now, exchange_.off_hook(now, modem));
                   },
                   [&](const OnHook&) {
                     note(modem, "on_hook");
                     carry_out(now, exchange_.hang_up(now, modem));
                   },
                   [&](const Dial& dial) {
                     carry_out(now, exchange_.dial(now, modem, dial.number, dial.error_correction, dial.limits));
                   },
                   [&](const Answer& answer) {
                     note(modem, "off_hook");
                     carry_out(now, exchange_.answer(now, modem, answer.error_correction, answer.limits));
                   },
                   [&](const Vanish&) {
                     note(modem, "gone");
                     outputs_.emplace_back(DeviceGone{modem});
                   },
                   [&](const Appear&) {
                     note(modem, "back");
                     outputs_.emplace_back(DeviceBack{modem});
                   },
                   [&](const Note& said) {
                     note(modem, said.event, {{"text", said.text}});
                   },
               },
               action);
  }
}

void Emulation::carry_out(Time now, std::vector<ExchangeAction> actions) {
  const auto name_of = [this](End end) {
    if (!is_socket(end)) return modems_[end].name;
    const auto found =
        std::find_if(sockets_.begin(), sockets_.end(), [end](const auto& one) { return one.first == end; });
    return found == sockets_.end() ? std::string() : found->second;
  };
  for (const ExchangeAction& action : actions) {
    std::visit(base::Overloaded{
                   [&](const Placed& placed) {
                     note(placed.end, "dial", {{"number", placed.number}, {"target", placed.target}});
                   },
                   [&](const Ring& ring) {
                     note(ring.end, "ring");
                     tell(now, ring.end, Ringing{});
                   },
                   [&](const RingStopped& stopped) { tell(now, stopped.end, RingingEnded{}); },
                   [&](const Progressed& progressed) { tell(now, progressed.end, Heard{progressed.progress}); },
                   [&](const Joined& joined) {
                     note(joined.end, "connect", {{"peer", name_of(joined.peer)}});
                     if (is_socket(joined.end)) return;
                     tell(now, joined.end, CarrierFound{joined.bits_per_second, joined.error_correction});
                   },
                   [&](const Parted& parted) { tell(now, parted.end, CarrierGone{parted.abruptly}); },
                   [&](const OpenSocket& open) {
                     sockets_.emplace_back(open.end,
                                           open.program.empty() ? "tcp:" + open.address : "program:" + open.program);
                     outputs_.emplace_back(open);
                   },
                   [&](const CloseSocket& close) {
                     std::erase_if(sockets_, [&](const auto& one) { return one.first == close.end; });
                     outputs_.emplace_back(close);
                   },
                   [&](const Disconnected& gone) {
                     note(gone.end, "disconnect",
                          {{"reason", text_of(gone.reason)},
                           {"octets_there", gone.octets_there},
                           {"octets_back", gone.octets_back}});
                   },
               },
               action);
  }
}

std::size_t Emulation::room(Time now, End end) const {
  if (!is_socket(end) && !modems_[end].dce.takes_octets()) return command_room;
  return exchange_.room(now, end);
}

std::string Emulation::take(Time now, End end, std::size_t max) {
  if (!is_socket(end) && !modems_[end].dce.takes_octets()) return {};
  std::string bytes = exchange_.take(now, end, max);
  if (!is_socket(end) && !bytes.empty()) tell(now, end, Carried{});
  return bytes;
}

std::optional<Time> Emulation::due() const {
  std::optional<Time> first = exchange_.due();
  for (const Modem& modem : modems_) {
    const auto due = modem.dce.due();
    if (due && (!first || *due < *first)) first = due;
  }
  return first;
}

std::optional<Time> Emulation::next_arrival(End end) const {
  if (!is_socket(end) && !modems_[end].dce.takes_octets()) return std::nullopt;
  return exchange_.next_arrival(end);
}

std::optional<Time> Emulation::more_room(Time now, End end) const { return exchange_.more_room(now, end); }

}  // namespace emulator
