#include "modem/emulator/exchange.h"

#include <algorithm>
#include <utility>

#include "base/bug.h"

namespace emulator {
namespace {

// How long octets that have come may wait for a DTE that does not read before the carrier goes without them.
constexpr Time drain_limit = std::chrono::seconds(2);

Limits both(const Limits& one, const Limits& other) {
  return {one.correction_required || other.correction_required, std::max(one.least, other.least),
          std::min(one.greatest, other.greatest)};
}

}  // namespace

Exchange::Call::Call(const ExchangeOptions& options, End caller)
    : ends{caller, std::nullopt},
      ways{Channel(options.rate_there, options.delay_there), Channel(options.rate_back, options.delay_back)} {}

Exchange::Exchange(const ExchangeOptions& options, PhoneBook book)
    : options_(options), book_(std::move(book)), next_socket_(options_.modems) {}

const Exchange::Call* Exchange::call_of(End end) const {
  const auto found = std::find_if(calls_.begin(), calls_.end(),
                                  [end](const Call& call) { return call.ends[0] == end || call.ends[1] == end; });
  return found == calls_.end() ? nullptr : &*found;
}

Exchange::Call* Exchange::call_of(End end) { return const_cast<Call*>(std::as_const(*this).call_of(end)); }

bool Exchange::engaged(End modem) const { return off_hook_.contains(modem) || call_of(modem) != nullptr; }

std::vector<ExchangeAction> Exchange::finish() {
  calls_.remove_if([](const Call& call) { return !call.ends[0] && !call.ends[1]; });
  return std::exchange(actions_, {});
}

std::vector<ExchangeAction> Exchange::off_hook(Time now, End modem) {
  // Whoever rings this modem is answered by a receiver that is lifted, and by no modem.
  if (Call* call = call_of(modem); call != nullptr) leave(*call, now, side_of(*call, modem));
  off_hook_.insert(modem);
  return finish();
}

std::vector<ExchangeAction> Exchange::dial(Time now, End modem, const std::string& number, bool error_correction,
                                           const Limits& limits) {
  off_hook_.insert(modem);
  const Target target = book_.next(number);
  actions_.emplace_back(Placed{modem, number, target.text});
  switch (target.kind) {
    case Target::Kind::busy:
      actions_.emplace_back(Progressed{modem, Progress::busy});
      break;
    case Target::Kind::no_dialtone:
      actions_.emplace_back(Progressed{modem, Progress::no_dialtone});
      break;
    case Target::Kind::no_answer:
      actions_.emplace_back(Progressed{modem, Progress::ringback});
      break;
    case Target::Kind::mix:  // the book has chosen
    case Target::Kind::no_carrier:
      actions_.emplace_back(Progressed{modem, Progress::silence});
      break;
    case Target::Kind::program:
    case Target::Kind::tcp: {
      Call& call = calls_.emplace_back(options_, modem);
      call.state = State::opening;
      call.error_correction = error_correction;
      call.limits = limits;
      call.ends[1] = next_socket_++;
      actions_.emplace_back(OpenSocket{*call.ends[1], target.address, target.program});
      break;
    }
    case Target::Kind::modem: {
      if (engaged(target.modem)) {
        actions_.emplace_back(Progressed{modem, Progress::busy});
        break;
      }
      Call& call = calls_.emplace_back(options_, modem);
      call.error_correction = error_correction;
      call.limits = limits;
      call.ends[1] = target.modem;
      actions_.emplace_back(Progressed{modem, Progress::ringback});
      ring(call, now, target.modem);
      break;
    }
  }
  return finish();
}

void Exchange::ring(Call& call, Time now, End modem) {
  call.due = now + options_.ring_interval;
  actions_.emplace_back(Ring{modem});
}

std::vector<ExchangeAction> Exchange::answer(Time now, End modem, bool error_correction, const Limits& limits) {
  off_hook_.insert(modem);
  Call* call = call_of(modem);
  if (call == nullptr || call->state != State::ringing || call->ends[1] != modem) return finish();
  call->error_correction = call->error_correction && error_correction;
  call->limits = both(call->limits, limits);
  train(*call, now);
  return finish();
}

void Exchange::train(Call& call, Time now) {
  call.state = State::training;
  call.due = now + options_.connect_time;
  actions_.emplace_back(Progressed{*call.ends[0], Progress::answered});
}

Quality Exchange::quality(const Call& call, std::string_view way) const {
  const std::uint64_t seed = Random(options_.seed, std::string(way) + std::to_string(joined_)).next();
  return {options_.jitter, options_.bit_errors, call.error_correction, options_.delay_there + options_.delay_back,
          seed};
}

void Exchange::join(Call& call, Time now) {
  const Limits& limits = call.limits;
  const std::uint64_t there = std::min(options_.rate_there, limits.greatest);
  const std::uint64_t back = std::min(options_.rate_back, limits.greatest);
  // They find nothing that both can do.
  const bool refused = limits.correction_required && !call.error_correction;
  if (refused || std::min(there, back) < limits.least) return part(call, EndReason::far_end);
  call.ways = {Channel(there, options_.delay_there, quality(call, "there")),
               Channel(back, options_.delay_back, quality(call, "back"))};
  call.state = State::up;
  call.due.reset();
  ++joined_;
  if (!options_.cut_calls || joined_ <= *options_.cut_calls) {
    call.cut_octets = options_.cut_octets;
    if (options_.cut_after) call.cut_at = now + *options_.cut_after;
  }
  actions_.emplace_back(Joined{*call.ends[0], *call.ends[1], back, call.error_correction});
  actions_.emplace_back(Joined{*call.ends[1], *call.ends[0], there, call.error_correction});
}

std::vector<ExchangeAction> Exchange::hang_up(Time now, End modem) {
  off_hook_.erase(modem);
  Call* call = call_of(modem);
  // The bell of a modem that is on-hook goes on until the caller has had enough.
  const bool rung = call != nullptr && call->state == State::ringing && call->ends[1] == modem;
  if (call != nullptr && !rung) leave(*call, now, side_of(*call, modem));
  return finish();
}

void Exchange::disconnected(const Call& call, End end, EndReason reason) {
  actions_.emplace_back(Disconnected{end, reason, call.carried[0], call.carried[1]});
}

// One end goes. What it has sent into the line still arrives at the other, which then loses the carrier.
void Exchange::leave(Call& call, Time now, std::size_t side) {
  const End gone = *call.ends[side];
  call.ends[side].reset();
  switch (call.state) {
    case State::opening:
    case State::ringing:
    case State::training:
      return part(call, EndReason::far_end);
    case State::up:
      disconnected(call, gone, EndReason::hang_up);
      call.state = State::draining;
      call.ways[side].drop_unsent(now);
      call.due = now + delay(side);
      call.gives_up = *call.due + drain_limit;
      return;
    case State::draining:
      disconnected(call, gone, EndReason::far_end);
      return;
  }
  base::bug("Exchange: bad state");
}

// The ends that are left learn that the other is not there any more.
void Exchange::part(Call& call, EndReason reason) {
  const bool was_joined = call.state == State::up || call.state == State::draining;
  for (std::size_t side = 0; side < 2; ++side) {
    const auto end = std::exchange(call.ends[side], std::nullopt);
    if (!end) continue;
    if (was_joined) disconnected(call, *end, reason);
    if (is_socket(*end)) {
      actions_.emplace_back(CloseSocket{*end});
    } else if (call.state == State::ringing && side == 1) {
      actions_.emplace_back(RingStopped{*end});
    } else if (call.state == State::ringing) {
      actions_.emplace_back(Progressed{*end, Progress::answered});
    } else {
      actions_.emplace_back(Parted{*end, reason == EndReason::cut});
    }
  }
}

std::vector<ExchangeAction> Exchange::socket_opened(Time now, End socket) {
  if (Call* call = call_of(socket); call != nullptr && call->state == State::opening) train(*call, now);
  return finish();
}

std::vector<ExchangeAction> Exchange::socket_failed(Time now, End socket) {
  static_cast<void>(now);
  if (Call* call = call_of(socket); call != nullptr) part(*call, EndReason::far_end);
  return finish();
}

std::vector<ExchangeAction> Exchange::socket_ended(Time now, End socket) {
  Call* call = call_of(socket);
  if (call == nullptr) return finish();
  if (call->state != State::up) {
    part(*call, EndReason::far_end);
    return finish();
  }
  const std::size_t side = side_of(*call, socket);
  disconnected(*call, socket, EndReason::hang_up);
  actions_.emplace_back(CloseSocket{socket});
  call->ends[side].reset();
  call->state = State::draining;
  call->due = call->ways[side].last_arrival().value_or(now + delay(side));
  call->gives_up = *call->due + drain_limit;
  return finish();
}

std::vector<ExchangeAction> Exchange::expired(Time now) {
  for (Call& call : calls_) expire(call, now);
  return finish();
}

void Exchange::expire(Call& call, Time now) {
  if (call.cut_at && now >= *call.cut_at) return part(call, EndReason::cut);
  if (!call.due || now < *call.due) return;
  switch (call.state) {
    case State::ringing:
      return ring(call, now, *call.ends[1]);
    case State::training:
      return join(call, now);
    case State::draining: {
      const std::size_t from = call.ends[0] ? 1 : 0;
      if (now >= call.gives_up || call.ways[from].empty()) return part(call, EndReason::far_end);
      call.due = call.gives_up;
      return;
    }
    case State::opening:
    case State::up:
      return;
  }
  base::bug("Exchange: bad state");
}

Time Exchange::delay(std::size_t side) const { return side == 0 ? options_.delay_there : options_.delay_back; }

std::size_t Exchange::room(Time now, End end) const {
  const Call* call = call_of(end);
  if (call == nullptr) return modem_buffer_bytes;
  switch (call->state) {
    case State::up: {
      const Channel& way = call->ways[side_of(*call, end)];
      const std::size_t held = way.unsent(now) + way.arrived(now);
      return held >= modem_buffer_bytes ? 0 : modem_buffer_bytes - held;
    }
    case State::draining:
      return modem_buffer_bytes;
    case State::opening:
    case State::ringing:
    case State::training:
      return is_socket(end) ? 0 : modem_buffer_bytes;
  }
  base::bug("Exchange: bad state");
}

void Exchange::put(Time now, End end, std::string_view bytes) {
  Call* call = call_of(end);
  if (call == nullptr || call->state != State::up) return;  // nobody is there to hear it
  call->ways[side_of(*call, end)].put(now, bytes);
}

std::string Exchange::take(Time now, End end, std::size_t max) {
  Call* call = call_of(end);
  if (call == nullptr || (call->state != State::up && call->state != State::draining)) return {};
  const std::size_t way = 1 - side_of(*call, end);
  if (call->cut_octets) {
    const std::uint64_t left = *call->cut_octets - call->carried[0] - call->carried[1];
    max = static_cast<std::size_t>(std::min<std::uint64_t>(max, left));
  }
  std::string bytes = call->ways[way].take(now, max);
  call->carried[way] += bytes.size();
  if (call->cut_octets && call->carried[0] + call->carried[1] == *call->cut_octets) call->cut_at = now;
  // The last of what the far end had sent, and it was late.
  const bool late = call->state == State::draining && call->due == call->gives_up;
  if (late && call->ways[way].empty()) call->due = now;
  return bytes;
}

std::optional<Time> Exchange::due() const {
  std::optional<Time> first;
  for (const Call& call : calls_) {
    first = sooner(first, sooner(call.cut_at, call.due));
  }
  return first;
}

std::optional<Time> Exchange::next_arrival(End end) const {
  const Call* call = call_of(end);
  if (call == nullptr || (call->state != State::up && call->state != State::draining)) return std::nullopt;
  return call->ways[1 - side_of(*call, end)].next_arrival();
}

std::optional<Time> Exchange::more_room(Time now, End end) const {
  const Call* call = call_of(end);
  if (call == nullptr || call->state != State::up || room(now, end) >= room_worth_waking) return std::nullopt;
  const Channel& way = call->ways[side_of(*call, end)];
  const std::size_t held = way.arrived(now);
  const std::size_t wanted = modem_buffer_bytes - room_worth_waking;
  if (held >= wanted) return std::nullopt;
  return way.unsent_falls_to(wanted - held, now);
}

}  // namespace emulator
