// Modem's way of waiting for calls beside programs that dial out on the same port: mgetty's rules. No lock is held
// while it waits; who has something to do with the port takes the lock first, so what comes without one is a call.
#include <array>
#include <cerrno>
#include <chrono>

#include "conf/port_name.h"
#include "modem/modem.h"

namespace modem {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds ring_gap{12000};  // a caller who has not rung for so long has given up

}  // namespace

bool Modem::can_share() const {
  const auto name = conf::parse_port_name(profile_.port);
  return name && name->kind == conf::PortKind::device && !is_null();
}

Outcome<void> Modem::share() {
  // The rest of the last answer is no call.
  if (auto flushed = port_->flush_input(); !flushed) return tl::unexpected(trouble(flushed.error()));
  port_->unclaim();
  return unlock();
}

Outcome<bool> Modem::wait_input(const base::Deadline& deadline) {
  if (port_->has_input()) return true;
  const auto ready = base::wait_ready(port_->fd(), base::Interest::read, deadline, stop_);
  if (!ready) return tl::unexpected(trouble(ready.error()));
  return *ready;
}

Outcome<void> Modem::claim() {
  if (lock_ && port_) return {};
  if (!lock_) {
    auto lock = lock_port(profile_, program_);
    if (!lock) {
      // Open here too, the port would stay up when he who has it closes it, or dies.
      port_.reset();
      return tl::unexpected(std::move(lock.error()));
    }
    lock_ = std::move(*lock);
  }
  Outcome<void> claimed;
  if (!port_) {
    claimed = reopen(base::Deadline::after(profile_.carrier_off));
  } else if (auto mine = port_->claim(); !mine) {
    port_.reset();
    claimed = tl::unexpected(Trouble{Retry::soon, mine.error().text, "", mine.error().error});
  }
  if (!claimed) [[maybe_unused]]
    auto freed = unlock();
  return claimed;
}

Outcome<bool> Modem::wait_ring(IncomingCall& call, const base::Deadline& deadline,
                               const std::function<bool()>& may_answer) {
  if (is_null() && profile_.carrier_detect) return wait_other_end(deadline);
  ResultReader reader;
  std::size_t late = 0;
  auto until = deadline;
  for (;;) {
    std::array<char, 1> octet{};
    const auto n = port_->read(octet, until, stop_);
    if (!n && n.error().error == ETIMEDOUT) return false;
    if (!n) return tl::unexpected(trouble(n.error()));
    if (*n == 0) return tl::unexpected(trouble(base::system_failure("read " + port_->device(), EIO)));
    if (until.passed() && ++late > max_late_octets) return false;
    if (is_null() && octet[0] == '\r') return true;
    const auto line = reader.feed(static_cast<unsigned char>(octet[0]));
    const int rings = call.rings();
    if (line) call.on_line(*line);
    if (call.rings() == rings) continue;
    until = base::Deadline::after(ring_gap);
    late = 0;
    if (call.rings() < profile_.rings || !may_answer()) continue;
    // The line feed after RING's CR is the modem's too; an answer command sent over it would be lost on some.
    auto paused = base::pause(base::Deadline::after(profile_.command_pause), stop_);
    if (!paused) return tl::unexpected(trouble(paused.error()));
    return true;
  }
}

}  // namespace modem
