#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "modem/back_ends.h"
#include "modem/carrier_text.h"
#include "modem/device.h"

namespace modem {
namespace {

using namespace std::chrono_literals;

constexpr unsigned usual_speed = 9600;
constexpr auto break_time = 300ms;

// What drivers answer that have no modem lines.
bool lacks_lines(int error) { return error == ENOTTY || error == EINVAL; }

class TtyPort final : public Port {
 public:
  TtyPort(FoundDevice found, LineModes modes)
      : Port(std::move(found.fd), std::move(found.device)), before_(found.modes), now_(modes), flags_(found.flags) {}
  ~TtyPort() override;

  void unclaim() override;
  base::Result<void> claim() override;
  base::Result<std::optional<ModemLines>> lines() override;
  base::Result<void> set_dtr(bool on) override;
  base::Result<void> follow_carrier(bool on) override;
  // The driver hangs up when the carrier falls, not when it was gone already: DCD is asked too, or the modem's text.
  [[nodiscard]] bool must_poll_carrier() const override { return follows_; }
  bool said_no_carrier() override {
    return follows_ && !has_lines_ && text_.says_lost(std::chrono::steady_clock::now());
  }
  base::Result<void> send_break() override;

 protected:
  ssize_t take(std::span<char> into) override;

 private:
  base::Result<void> apply();

  LineModes before_;
  LineModes now_;
  int flags_;
  bool at_speed_zero_ = false;  // DTR is off by B0
  bool follows_ = false;
  bool has_lines_ = false;
  CarrierText text_;
};

TtyPort::~TtyPort() {
  if (!claimed_) return;
  ::tcflush(fd_.get(), TCIOFLUSH);
  set_hang_up_on_close(before_);
  [[maybe_unused]] const auto restored = write_modes(fd_, before_, device());
  unclaim_device(fd_);
  if (flags_ >= 0) ::fcntl(fd_.get(), F_SETFL, flags_);
}

base::Result<void> TtyPort::apply() {
  auto modes = now_;
  if (at_speed_zero_) set_speed(modes, 0);
  return set_modes(fd_, modes, device());
}

ssize_t TtyPort::take(std::span<char> into) {
  const auto count = Port::take(into);
  if (count > 0) text_.received({into.data(), static_cast<std::size_t>(count)}, std::chrono::steady_clock::now());
  return count;
}

void TtyPort::unclaim() {
  claimed_ = false;
  unclaim_device(fd_);
  free_device(fd_);
}

base::Result<void> TtyPort::claim() {
  if (auto reserved = reserve_device(fd_, device()); !reserved) return reserved;
  if (auto claimed = claim_device(fd_, device()); !claimed) return claimed;
  claimed_ = true;
  return apply();
}

base::Result<std::optional<ModemLines>> TtyPort::lines() {
  int bits = 0;
  if (::ioctl(fd_.get(), TIOCMGET, &bits) < 0) {
    const int error = errno;
    if (lacks_lines(error)) return std::optional<ModemLines>();
    return base::system_failure("read the modem lines of " + device(), error);
  }
  const auto is_on = [&](int bit) { return (bits & bit) != 0; };
  return std::optional(ModemLines{.dtr = is_on(TIOCM_DTR),
                                  .rts = is_on(TIOCM_RTS),
                                  .cts = is_on(TIOCM_CTS),
                                  .dsr = is_on(TIOCM_DSR),
                                  .dcd = is_on(TIOCM_CAR),
                                  .ri = is_on(TIOCM_RNG)});
}

base::Result<void> TtyPort::set_dtr(bool on) {
  const int dtr = TIOCM_DTR;
  if (::ioctl(fd_.get(), on ? TIOCMBIS : TIOCMBIC, &dtr) == 0) return {};
  const int error = errno;
  if (!lacks_lines(error)) return base::system_failure("set DTR of " + device(), error);
  at_speed_zero_ = !on;
  return apply();
}

base::Result<void> TtyPort::follow_carrier(bool on) {
  const auto present = lines();
  if (!present) return present.error();
  set_local(now_, !on);
  follows_ = on;
  has_lines_ = present->has_value();
  return apply();
}

// Not tcsendbreak(), which first waits for what is unsent: for ever while CTS is off.
base::Result<void> TtyPort::send_break() {
  if (::ioctl(fd_.get(), TIOCSBRK) < 0) return base::system_failure("send a break on " + device());
  [[maybe_unused]] const auto waited = base::pause(base::Deadline::after(break_time), nullptr);
  if (::ioctl(fd_.get(), TIOCCBRK) < 0) return base::system_failure("end the break on " + device());
  return {};
}

}  // namespace

base::Result<std::unique_ptr<Port>> open_tty(FoundDevice found, const PortSettings& settings) {
  // Left behind by a program that died while it hung up: as a speed of before it would hang up now.
  if (found.modes.output_speed == 0) set_speed(found.modes, usual_speed);
  auto modes = found.modes;
  make_raw(modes, settings.flow);
  if (settings.speed) set_speed(modes, *settings.speed);
  if (auto claimed = claim_device(found.fd, found.device); !claimed) return claimed.error();
  auto port = std::make_unique<TtyPort>(std::move(found), modes);
  if (auto set = set_modes(port->fd(), modes, port->device()); !set) return set.error();
  if (auto flushed = port->flush_input(); !flushed) return flushed.error();
  return std::unique_ptr<Port>(std::move(port));
}

}  // namespace modem
