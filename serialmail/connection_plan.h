// How many connections over one line a flush is to have, where one alone leaves the line idle while it waits for
// replies: a pure decision on measured times.
//
// A further one is opened when the idle time since the last opening has reached what its own set-up costs, so that at
// worst twice the best is lost (rent until the rent has paid for the purchase). Where the server knows no PIPELINING
// half an exchange is let off, and the first one is opened at once: four waits of the message in hand are sure to come,
// and a set-up takes three. It is closed when it only stands in line, or when one connection fills the line alone. What
// was closed for that is opened again when the line proves idle without it, at a higher price.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>

namespace serialmail {

class ConnectionPlan {
 public:
  using Time = std::chrono::milliseconds;  // on a steady clock
  enum class Advice { stay, open, close };

  static constexpr std::size_t default_connections = 4;
  static constexpr std::size_t max_connections = 16;
  // A line whose answer takes less is not worth a second connection's load on the server.
  static constexpr Time min_exchange{50};
  // Crowded: two or more connections have octets at the same time. So long, in exchanges, and of that so much.
  static constexpr int crowd_exchanges = 20;
  static constexpr int crowd_percent = 90;
  static constexpr int reopening_costs = 4;  // times a set-up

  // How things stand from now until the next call.
  struct Scene {
    std::size_t open = 1;         // connections, those being set up included
    std::size_t setting_up = 0;   // of them
    std::size_t with_octets = 0;  // of them, for the line
    bool mail_waits = false;      // that no connection was given
    bool streams = false;         // one of them fills the line alone
    bool in_lock_step = false;    // each command waits for the answer to the one before
  };

  explicit ConnectionPlan(std::size_t limit) : limit_(std::min(limit, max_connections)) {}

  // The server's answer to our name: the round trip, and some octets about as many as those of a set-up.
  void exchange_took(Time time) { exchange_ = time; }
  // Where a set-up is more than that, TLS and a login: all of it.
  void set_up_takes(Time time) { set_up_ = time; }
  // A further connection could not be had: no other is tried.
  void refused(std::size_t open) { limit_ = open; }

  Advice observe(Time now, const Scene& scene);
  // When observe() has something to say at the latest, if nothing else happens.
  [[nodiscard]] std::optional<Time> due() const;

 private:
  [[nodiscard]] bool is_idle() const { return scene_.mail_waits && scene_.with_octets == 0; }
  [[nodiscard]] bool may_open() const;
  [[nodiscard]] Time price() const;
  void account(Time passed);

  std::size_t limit_;
  std::size_t enough_ = max_connections;  // with so many the line was crowded by one more
  std::optional<Time> exchange_;
  Time set_up_{0};
  std::optional<Time> last_;
  Scene scene_;      // since last_
  Time gap_{0};      // how long the line has been idle now
  Time idle_{0};     // since the last opening, of each gap no more than an exchange: the rest was octets on their way
  Time watched_{0};  // for crowding
  Time crowded_{0};
};

}  // namespace serialmail
