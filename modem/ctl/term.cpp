#include <poll.h>

#include <array>
#include <cerrno>
#include <iostream>

#include "base/bug.h"
#include "base/log.h"
#include "modem/ctl/commands.h"
#include "modem/ctl/local_terminal.h"
#include "modem/ctl/session.h"
#include "modem/ctl/target.h"
#include "modem/tilde.h"

namespace modem {
namespace {

// At once each way: an order to stop is not kept waiting for more.
constexpr std::size_t max_octets = 256;
constexpr std::chrono::milliseconds line_limit{2000};  // for the line to take what was typed
constexpr std::string_view help =
    "\r\n~.  leave\r\n~b  send a break (~# too)\r\n~~  send a tilde\r\n~?  this help\r\nAt the start of a line.\r\n";

class Conversation {
 public:
  Conversation(Port& port, const LocalTerminal& terminal, base::StopSignals& stop)
      : port_(port), terminal_(terminal), stop_(stop) {}

  // Until the person leaves.
  base::Result<void> run() {
    while (!left_) {
      std::array<pollfd, 3> polled{
          pollfd{stop_.fd().get(), POLLIN, 0}, {terminal_.fd().get(), POLLIN, 0}, {port_.fd().get(), POLLIN, 0}};
      const bool has_input = port_.has_input();
      if (::poll(polled.data(), polled.size(), has_input ? 0 : -1) < 0 && errno != EINTR)
        return base::system_failure("wait for the terminal and the line");
      if (polled[0].revents != 0) return base::pause(base::Deadline::after({}), &stop_);
      if (has_input || polled[2].revents != 0) {
        if (auto heard = from_line(); !heard) return heard;
      }
      if (polled[1].revents != 0) {
        if (auto typed = from_terminal(); !typed) return typed;
      }
    }
    return {};
  }

 private:
  base::Result<void> show(std::string_view bytes) {
    while (!bytes.empty()) {
      if (auto ready = base::wait_ready(terminal_.fd(), base::Interest::write, {}, &stop_); !ready)
        return ready.error();
      const auto count = base::write_some(terminal_.fd(), bytes);
      if (!count) return count.error();
      bytes.remove_prefix(*count);
    }
    return {};
  }

  base::Result<void> from_line() {
    std::array<char, max_octets> octets;
    const auto count = port_.read(octets, base::Deadline::after({}), &stop_);
    if (!count && count.error().error == ETIMEDOUT) return {};
    if (!count) return count.error();
    if (*count == 0) return base::temporary("port " + port_.device() + ": " + port_.end_reason());
    return show({octets.data(), *count});
  }

  base::Result<void> from_terminal() {
    std::array<char, max_octets> octets;
    const auto count = base::read_some(terminal_.fd(), octets, base::Deadline::after({}));
    if (!count && count.error().error == ETIMEDOUT) return {};
    if (!count && count.error().error != EIO) return count.error();
    if (!count || *count == 0) return base::temporary("the terminal has gone");
    std::string typed;
    for (std::size_t i = 0; i < *count && !left_; ++i) {
      const auto one = tilde_.feed(octets[i]);
      typed += one.send;
      if (one.order == TildeReader::Order::none) continue;
      if (auto sent = send(std::exchange(typed, {})); !sent) return sent;
      if (auto done = obey(one.order); !done) return done;
    }
    return send(typed);
  }

  base::Result<void> send(std::string_view typed) {
    const auto sent = port_.write(typed, base::Deadline::after(line_limit), &stop_);
    if (sent || sent.error().error != ETIMEDOUT) return sent;
    if (auto flushed = port_.flush_output(); !flushed) return flushed;
    return show("\r\n[the line takes nothing: flow control? what was typed is thrown away]\r\n");
  }

  base::Result<void> obey(TildeReader::Order order) {
    switch (order) {
      case TildeReader::Order::none:
        return {};
      case TildeReader::Order::leave:
        left_ = true;
        return {};
      case TildeReader::Order::help:
        return show(help);
      case TildeReader::Order::send_break:
        return port_.send_break();
    }
    base::bug("TildeReader::Order: bad value");
  }

  Port& port_;
  const LocalTerminal& terminal_;
  base::StopSignals& stop_;
  TildeReader tilde_;
  bool left_ = false;
};

}  // namespace

base::Result<void> term_command(const CtlOptions& options) {
  const auto profile = find_modem(options);
  if (!profile) return profile.error();
  return with_modem(*profile, [&](Modem& modem, base::StopSignals& stop) -> base::Result<void> {
    base::Result<void> done;
    {
      const auto terminal = LocalTerminal::take();
      if (!terminal) return terminal.error();
      std::cerr << "on " << base::escape(modem.port().device()) << "; ~. leaves, ~? helps\r\n";
      done = Conversation(modem.port(), *terminal, stop).run();
    }
    std::cerr << "\nleft\n";
    // What is on a port without a profile need not be a modem: its DTR falls by the close.
    if (names_port(options.target)) return done;
    if (auto down = modem.hang_up(); !down && done) return failure_of(down.error());
    return done;
  });
}

}  // namespace modem
