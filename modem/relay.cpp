#include "modem/relay.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

namespace modem {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// Small, so that what counts as sent is nearly on the line, and an end of the call finds little on the way.
constexpr std::size_t max_to_port = 2048;
constexpr std::size_t max_to_program = 16384;
constexpr int socket_bytes = 4096;
constexpr milliseconds tick_every{200};
constexpr milliseconds drain_poll{20};
constexpr int last_looks = 64;  // at a report whose program has ended: one that it left behind may go on writing
constexpr milliseconds kill_after{2000};  // from SIGTERM, for a program that has had its time

struct SocketPair {
  base::Fd ours;
  base::Fd programs;
};

base::Result<SocketPair> make_socket_pair() {
  std::array<int, 2> raw{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, raw.data()) < 0)
    return base::system_failure("unable to make a socket pair");
  SocketPair pair{base::Fd(raw[0]), base::Fd(raw[1])};
  for (const auto* end : {&pair.ours, &pair.programs}) {
    // Failing that, the program only gets further ahead of the line.
    [[maybe_unused]] const int set =
        ::setsockopt(end->get(), SOL_SOCKET, SO_SNDBUF, &socket_bytes, sizeof socket_bytes);
  }
  return pair;
}

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

// One program on the line.
class Run {
 public:
  Run(Modem& modem, base::StopSignals* stop, const RelayOrder& order, SocketPair sockets, base::Child child,
      std::string unread)
      : modem_(modem),
        stop_(stop),
        order_(order),
        sockets_(std::move(sockets)),
        child_(std::move(child)),
        to_program_(std::move(unread)),
        active_(Clock::now()) {}

  RelayOutcome run() {
    if (stop_) on_signal();  // one that came before is an order too
    while (phase_ != Phase::over) {
      poll_once();
      look_at_clock();
    }
    finish();
    return std::move(outcome_);
  }

  // What the program has not read.
  std::string take_unread() { return std::move(to_program_); }

 private:
  enum class Phase {
    relaying,
    stopping,  // a signal came, the program was told: it may still finish what it has begun
    draining,  // the program has ended: its last octets leave
    closing,   // the line is out of it: the program reads what there is, and ends or is ended
    over,
  };
  enum Place { at_port, at_socket, at_program, at_watch, at_stop, places };

  [[nodiscard]] bool on_line() const { return phase_ != Phase::closing && phase_ != Phase::over; }
  [[nodiscard]] bool program_runs() const { return !outcome_.program; }

  void poll_once() {
    const auto flag = [](bool wanted, short event) { return wanted ? event : short{0}; };
    const bool reads_port = on_line() && to_program_.size() < max_to_program;
    const bool reads_socket = on_line() && !socket_ended_ && to_port_.size() < max_to_port;
    const bool writes_socket = program_runs() && !socket_shut_ && !to_program_.empty();
    std::array<pollfd, places> polled{};
    polled[at_port] = {
        on_line() ? modem_.port().fd().get() : -1,
        static_cast<short>(flag(reads_port, POLLIN) | flag(!to_port_.empty() && modem_.port().takes_output(), POLLOUT)),
        0};
    polled[at_socket] = {reads_socket || writes_socket ? sockets_.ours.get() : -1,
                         static_cast<short>(flag(reads_socket, POLLIN) | flag(writes_socket, POLLOUT)), 0};
    polled[at_program] = {program_runs() ? child_.end_event().get() : -1, POLLIN, 0};
    polled[at_watch] = {order_.watch && !watch_ended_ ? order_.watch->get() : -1, POLLIN, 0};
    polled[at_stop] = {stop_ ? stop_->fd().get() : -1, POLLIN, 0};
    const bool has_input = reads_port && modem_.port().has_input();
    const int ready = ::poll(polled.data(), polled.size(), has_input ? 0 : timeout());
    if (ready < 0 || (ready == 0 && !has_input)) return;
    constexpr short broken = POLLHUP | POLLERR | POLLNVAL;
    if (has_input) polled[at_port].revents |= POLLIN;
    if (polled[at_watch].revents) watch_ended_ = !order_.on_watch || !order_.on_watch();
    // What the line has brought goes to the program before the line's end does.
    if (polled[at_port].revents & (POLLIN | broken)) read_port((polled[at_port].revents & broken) != 0);
    if (on_line() && (polled[at_port].revents & POLLOUT)) write_port();
    if (polled[at_socket].revents & POLLOUT) write_socket();
    if (on_line() && (polled[at_socket].revents & (POLLIN | broken))) read_socket();
    if (polled[at_program].revents) on_program_end();
    if (polled[at_stop].revents) on_signal();
  }

  [[nodiscard]] int timeout() const {
    if (phase_ == Phase::draining) return static_cast<int>(drain_poll.count());
    auto until = Clock::now() + tick_every;
    for (const auto& at : {term_at_, kill_at_, shut_at_}) {
      if (at) until = std::min(until, *at);
    }
    if (order_.silence > milliseconds(0) && on_line()) until = std::min(until, active_ + order_.silence);
    const auto left = std::chrono::ceil<milliseconds>(until - Clock::now());
    return static_cast<int>(std::max(left, milliseconds(0)).count());
  }

  void read_port(bool broken) {
    std::array<char, 4096> block;
    const auto room = std::min(block.size(), max_to_program - std::min(max_to_program, to_program_.size()));
    if (room == 0) {
      if (broken) end(RelayEnd::line_gone, "the line was hung up");
      return;
    }
    const auto n = modem_.port().read({block.data(), room}, base::Deadline::after({}), nullptr);
    if (!n && n.error().error == ETIMEDOUT) return;
    if (!n) return end(RelayEnd::line_gone, "the line has gone: " + n.error().text);
    if (*n == 0) return end(RelayEnd::line_gone, modem_.port().end_reason());
    outcome_.counts.received += *n;
    to_program_.append(block.data(), *n);
    active_ = Clock::now();
  }

  void write_port() {
    const auto n = modem_.port().write_some(to_port_, base::Deadline::after({}), nullptr);
    if (!n && n.error().error == ETIMEDOUT) return;
    if (!n) return end(RelayEnd::line_gone, "the line has gone: " + n.error().text);
    outcome_.counts.sent += *n;
    to_port_.erase(0, *n);
    active_ = Clock::now();
  }

  void read_socket() {
    std::array<char, max_to_port> block;
    const auto room = max_to_port - std::min(max_to_port, to_port_.size());
    if (room == 0) return;
    const auto n = ::recv(sockets_.ours.get(), block.data(), room, MSG_DONTWAIT);
    if (n < 0 && would_block(errno)) return;
    // The program sends no more; what it shall receive still goes there.
    if (n <= 0) {
      socket_ended_ = true;
      return;
    }
    to_port_.append(block.data(), static_cast<std::size_t>(n));
  }

  void write_socket() {
    const auto n = ::send(sockets_.ours.get(), to_program_.data(), to_program_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && would_block(errno)) return;
    if (n < 0) {
      socket_shut_ = true;  // it reads no more: what is left waits for the next program
      return;
    }
    to_program_.erase(0, static_cast<std::size_t>(n));
  }

  void on_program_end() {
    auto ended = child_.wait();
    outcome_.program = ended && *ended ? **ended : base::ChildEnd{};
    keep_unread();
    if (!on_line()) {
      phase_ = Phase::over;
      return;
    }
    if (phase_ == Phase::relaying) outcome_.end = RelayEnd::program_ended;
    phase_ = Phase::draining;
    active_ = Clock::now();
  }

  // Its end of the socket is ours too: what stands in there was not read by it.
  void keep_unread() {
    std::string unread;
    std::array<char, 4096> block;
    for (;;) {
      const auto n = ::recv(sockets_.programs.get(), block.data(), block.size(), MSG_DONTWAIT);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) break;
      unread.append(block.data(), static_cast<std::size_t>(n));
    }
    to_program_.insert(0, unread);
  }

  void on_signal() {
    const int before = signals_;
    signals_ = stop_->count();
    if (signals_ == before || !on_line()) return;
    if (phase_ == Phase::relaying) {
      outcome_.end = RelayEnd::stopped;
      outcome_.text = std::string("stopped by SIG") + ::sigabbrev_np(stop_->first());
      [[maybe_unused]] auto told = child_.signal(SIGTERM);
      phase_ = Phase::stopping;
      shut_at_ = Clock::now() + order_.grace;
    }
    // Somebody is in a hurry.
    if (signals_ > 1 && on_line()) close_line(Clock::now());
  }

  void end(RelayEnd how, std::string text) {
    // Whoever has ended by himself has done so, unless his last octets are lost by this.
    const bool complete = phase_ == Phase::draining && to_port_.empty();
    if (outcome_.end != RelayEnd::stopped && !complete) {
      outcome_.end = how;
      outcome_.text = std::move(text);
    }
    close_line(Clock::now() + order_.grace);
  }

  // The program sees the end of its input behind what has come, and cannot write any more.
  void close_line(Clock::time_point term_at) {
    shut_at_.reset();
    [[maybe_unused]] const int shut = ::shutdown(sockets_.ours.get(), SHUT_RD);
    if (!program_runs()) {
      phase_ = Phase::over;
      return;
    }
    phase_ = Phase::closing;
    term_at_ = term_at;
  }

  void look_at_clock() {
    const auto now = Clock::now();
    if (on_line() && now >= next_tick_) tick(now);
    if (on_line() && order_.silence > milliseconds(0) && now - active_ >= order_.silence)
      end(RelayEnd::silent, "no octet either way for " + std::to_string(order_.silence.count() / 1000) + " s");
    if (phase_ == Phase::stopping && shut_at_ && now >= *shut_at_) close_line(now);
    if (phase_ == Phase::draining) look_at_drain(now);
    if (phase_ != Phase::closing) return;
    if (!socket_shut_ && to_program_.empty()) {
      socket_shut_ = true;
      [[maybe_unused]] const int shut = ::shutdown(sockets_.ours.get(), SHUT_RDWR);
    }
    if (term_at_ && now >= *term_at_) {
      term_at_.reset();
      kill_at_ = now + kill_after;
      socket_shut_ = true;
      [[maybe_unused]] const int shut = ::shutdown(sockets_.ours.get(), SHUT_RDWR);
      [[maybe_unused]] auto told = child_.signal(SIGTERM);
    }
    if (kill_at_ && now >= *kill_at_) {
      kill_at_.reset();
      [[maybe_unused]] auto killed = child_.signal(SIGKILL);
    }
  }

  void tick(Clock::time_point now) {
    next_tick_ = now + tick_every;
    if (order_.tick) order_.tick(outcome_.counts);
    // A slow line still carries what we handed over long ago.
    if (const auto unsent = modem_.port().unsent(); unsent != unsent_) {
      unsent_ = unsent;
      if (unsent) active_ = now;
    }
    if (!modem_.port().must_poll_carrier() || !modem_.carrier_lost()) return;
    // The last that came before the carrier fell.
    while (on_line() && to_program_.size() < max_to_program) {
      const auto before = to_program_.size();
      read_port(false);
      if (to_program_.size() == before) break;
    }
    if (on_line()) end(RelayEnd::line_gone, "carrier lost");
  }

  void look_at_drain(Clock::time_point now) {
    read_socket();
    const auto unsent = modem_.port().unsent();
    if (unsent != unsent_) {
      unsent_ = unsent;
      active_ = now;
    }
    if (to_port_.empty() && unsent.value_or(0) == 0 && socket_is_empty()) {
      phase_ = Phase::over;
    } else if (now - active_ >= order_.grace) {
      end(RelayEnd::silent, "the line takes no more octets: the last ones of the program are lost");
    }
  }

  [[nodiscard]] bool socket_is_empty() const {
    pollfd entry{sockets_.ours.get(), POLLIN, 0};
    return socket_ended_ || ::poll(&entry, 1, 0) <= 0;
  }

  // What the program has reported before it ended is read to its end.
  void finish() {
    for (int looks = 0; order_.watch && !watch_ended_ && looks < last_looks; ++looks) {
      pollfd entry{order_.watch->get(), POLLIN, 0};
      if (::poll(&entry, 1, 0) <= 0) break;
      watch_ended_ = !order_.on_watch || !order_.on_watch();
    }
    if (order_.tick) order_.tick(outcome_.counts);
  }

  Modem& modem_;
  base::StopSignals* stop_;
  const RelayOrder& order_;
  SocketPair sockets_;
  base::Child child_;
  Phase phase_ = Phase::relaying;
  RelayOutcome outcome_;
  std::string to_port_;
  std::string to_program_;
  bool socket_ended_ = false;  // the program writes no more
  bool socket_shut_ = false;   // the program gets no more
  bool watch_ended_ = false;
  int signals_ = 0;
  Clock::time_point active_;
  Clock::time_point next_tick_;
  std::optional<std::size_t> unsent_;
  std::optional<Clock::time_point> shut_at_;  // of the line, after a signal
  std::optional<Clock::time_point> term_at_;
  std::optional<Clock::time_point> kill_at_;
};

}  // namespace

base::Result<RelayOutcome> Relay::run(const RelayOrder& order) {
  if (order.argv.empty()) return base::permanent("there is no program to run on the line");
  auto sockets = make_socket_pair();
  if (!sockets) return sockets.error();
  base::ChildOptions options;
  options.argv = order.argv;
  options.environment = order.environment;
  options.ids = order.ids;
  for (const int number : order.descriptors) options.descriptors.emplace_back(sockets->programs.get(), number);
  options.descriptors.insert(options.descriptors.end(), order.more.begin(), order.more.end());
  options.die_with_parent = true;
  // Ctrl-C is ours: the program gets one signal from us, after which it may finish what it has in hand.
  options.own_group = true;
  auto child = base::Child::start(options);
  if (!child) return child.error();
  Run run(modem_, stop_, order, std::move(*sockets), std::move(*child), std::move(unread_));
  auto outcome = run.run();
  unread_ = run.take_unread();
  total_.sent += outcome.counts.sent;
  total_.received += outcome.counts.received;
  return outcome;
}

}  // namespace modem
