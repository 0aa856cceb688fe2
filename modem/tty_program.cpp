#include "modem/tty_program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace modem {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds look_at_line{100};
constexpr milliseconds to_notice{3000};  // that the carrier has gone: pppd and login end by themselves then
constexpr milliseconds to_end{10000};    // from SIGTERM: pppd's peer may not answer its last requests (RFC 1661 §4.6)

constexpr milliseconds drain_limit{5000};
constexpr milliseconds modem_buffer{500};

base::Result<base::Child> start(const TtyOrder& order, const base::Fd& tty) {
  base::ChildOptions options;
  options.argv = order.argv;
  options.ids = order.ids;
  options.descriptors = {{tty.get(), STDIN_FILENO}, {tty.get(), STDOUT_FILENO}};
  options.die_with_parent = true;
  options.own_group = order.use == TtyUse::raw;
  options.own_terminal = order.use == TtyUse::login;
  if (order.use == TtyUse::login) options.descriptors.emplace_back(tty.get(), STDERR_FILENO);
  return base::Child::start(options);
}

class Watch {
 public:
  Watch(Modem& modem, base::StopSignals& stop, base::Child child)
      : modem_(modem), stop_(stop), child_(std::move(child)) {}

  base::Result<TtyOutcome> until_end() {
    for (;;) {
      std::array<pollfd, 2> polled{pollfd{child_.end_event().get(), POLLIN, 0}, pollfd{stop_.fd().get(), POLLIN, 0}};
      ::poll(polled.data(), polled.size(), static_cast<int>(look_at_line.count()));
      if (polled[0].revents != 0) break;
      look_at_signals();
      look_at_line_and_clock();
    }
    auto ended = child_.wait();
    if (!ended) return ended.error();
    if (*ended) outcome_.program = **ended;
    return std::move(outcome_);
  }

 private:
  void look_at_signals() {
    const int count = stop_.count();
    if (count == signals_) return;
    signals_ = count;
    outcome_.stopped = true;
    outcome_.text = std::string("stopped by SIG") + ::sigabbrev_np(stop_.first());
    end(count == 1 && !kill_at_ ? SIGTERM : SIGKILL);
  }

  void look_at_line_and_clock() {
    const auto now = Clock::now();
    if (!term_at_ && !kill_at_ && modem_.carrier_lost()) {
      outcome_.text = "carrier lost";
      term_at_ = now + to_notice;
    }
    if (term_at_ && now >= *term_at_) end(SIGTERM);
    if (kill_at_ && now >= *kill_at_) end(SIGKILL);
  }

  void end(int number) {
    term_at_.reset();
    kill_at_ = Clock::now() + to_end;
    [[maybe_unused]] auto told = child_.signal(number);
  }

  Modem& modem_;
  base::StopSignals& stop_;
  base::Child child_;
  TtyOutcome outcome_;
  int signals_ = 0;
  std::optional<Clock::time_point> term_at_;
  std::optional<Clock::time_point> kill_at_;
};

}  // namespace

base::Result<base::Fd> open_tty_for(const std::string& device, TtyUse use) {
  auto tty = base::open_file(device, O_RDWR | O_NOCTTY | O_NONBLOCK);
  if (!tty) return tty;
  if (!::isatty(tty->get())) return base::permanent("port " + device + " is no terminal that a program could be given");
  if (auto blocking = base::set_nonblocking(*tty, false); !blocking) return blocking.error();
  termios modes{};
  if (::tcgetattr(tty->get(), &modes) < 0) return base::system_failure("read the modes of " + device);
  modes.c_cflag &= ~static_cast<tcflag_t>(CLOCAL);
  if (use == TtyUse::login) {
    modes.c_iflag |= BRKINT | ICRNL | IXON;
    modes.c_oflag |= OPOST | ONLCR;
    modes.c_lflag |= ISIG | ICANON | ECHO | ECHOE | ECHOK | IEXTEN;
    modes.c_cc[VERASE] = 0x7f;
    modes.c_cc[VINTR] = 0x03;
    modes.c_cc[VKILL] = 0x15;
    modes.c_cc[VEOF] = 0x04;
    modes.c_cc[VQUIT] = 0x1c;
    modes.c_cc[VMIN] = 1;
    modes.c_cc[VTIME] = 0;
  }
  if (::tcsetattr(tty->get(), TCSANOW, &modes) < 0) return base::system_failure("set the modes of " + device);
  return tty;
}

void let_last_octets_leave(Modem& modem, base::StopSignals& stop) {
  const auto limit = base::Deadline::after(drain_limit);
  auto last = base::Deadline::after(modem_buffer);
  while (!last.passed() && !limit.passed() && !modem.carrier_lost()) {
    if (modem.port().unsent().value_or(0) > 0) last = base::Deadline::after(modem_buffer);
    if (!base::pause(base::Deadline::after(look_at_line), &stop)) return;
  }
}

base::Result<TtyOutcome> run_on_tty(Modem& modem, base::StopSignals& stop, const TtyOrder& order) {
  // The lock file keeps the others away; TIOCEXCL would keep the program from its own terminal.
  modem.port().unclaim();
  auto tty = open_tty_for(modem.port().device(), order.use);
  auto child = tty ? start(order, *tty) : base::Result<base::Child>(tty.error());
  if (tty) tty->reset();
  auto outcome = child ? Watch(modem, stop, std::move(*child)).until_end() : base::Result<TtyOutcome>(child.error());
  if (outcome && !outcome->stopped) let_last_octets_leave(modem, stop);
  if (outcome && outcome->text.empty() && modem.carrier_lost()) outcome->text = "carrier lost";
  // A line that was hung up meanwhile cannot be set up: the hang-up opens it anew.
  [[maybe_unused]] auto ours = modem.port().reclaim();
  return outcome;
}

}  // namespace modem
