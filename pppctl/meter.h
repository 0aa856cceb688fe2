// The money of a call in progress: each step is reserved in the ledger before it begins, and where that is not allowed
// or not worth it, the call is told to end in time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "pppctl/ledger.h"

namespace pppctl {

class Meter {
 public:
  // What is to be done about the call now.
  enum class Order {
    go_on,
    stop,   // politely: the next step must not begin
    hurry,  // at once: it would begin before the line is down
  };

  // From the end of the polite order on there is this much for the jobs' end and the hang-up.
  static constexpr std::int64_t stop_lead_ms = 6000;
  static constexpr std::int64_t hurry_lead_ms = 4000;
  static constexpr std::int64_t idle_for_nothing_ms = 15000;

  // none: the call costs nothing, and the meter never has an order. start: as the row was begun with.
  Meter(const std::optional<Purse>& purse, Ledger& ledger) : purse_(purse), ledger_(ledger) {}

  // With set-up fee and first step, and what the dial itself can cost, reserved.
  base::Result<Begun> begin(const CallStart& start, std::chrono::milliseconds dial_time);

  void dialled(const Moment& now);
  // Once more does not make it later. ahead: what else may pass before there is a tick. False: there is no money for
  // that, see reason().
  [[nodiscard]] bool connected(const Moment& now, std::chrono::milliseconds ahead);
  // The dial failed; unanswered: the network said that nobody took the call.
  void not_connected(bool is_unanswered);
  // There was no dial after all.
  void not_dialled();
  // A few times a second while the line is up. accepted: messages that the other side has taken.
  Order tick(const Moment& now, const Octets& octets, std::uint64_t accepted);
  // Why there was an order to stop.
  [[nodiscard]] const std::optional<std::string>& reason() const { return reason_; }
  // The line was taken down then; with the octets of the whole call.
  base::Result<void> settle(std::int64_t ended_boot_ms, const Octets& octets);
  [[nodiscard]] const std::optional<money::Cost>& cost() const { return cost_; }
  [[nodiscard]] std::string currency() const { return purse_ ? purse_->tariff.currency : ""; }

 private:
  [[nodiscard]] money::Moments moments(std::int64_t ended_boot_ms) const;
  [[nodiscard]] std::optional<money::Billed> billed(std::int64_t ended_boot_ms, const Octets& octets) const;
  Order extend(std::int64_t now_boot_ms, const Octets& octets, std::uint64_t accepted);
  // A text: it was refused.
  std::optional<std::string> reserve(std::int64_t now_boot_ms, money::Billed billed, std::int64_t ahead_ms,
                                     std::uint64_t accepted);
  [[nodiscard]] std::uint64_t octets_ahead() const;
  [[nodiscard]] money::Billed least_of(money::Billed billed, const Octets& octets) const;

  const std::optional<Purse>& purse_;
  Ledger& ledger_;
  std::int64_t id_ = 0;
  Moment started_;
  std::optional<Moment> dialled_, connected_;
  bool is_unanswered_ = false;
  std::int64_t reserved_until_boot_ms_ = 0;
  Octets reserved_octets_;
  Octets last_octets_;
  std::uint64_t moved_ = 0;  // octets since the look before
  std::int64_t moved_boot_ms_ = 0;
  std::optional<std::string> reason_;
  bool is_in_hurry_ = false;
  std::optional<money::Cost> cost_;
};

// What a call that begins now is billed for at least: the first step, and what the dial itself may cost. Pure.
money::Billed first_billed(const conf::Tariff& tariff, const Moment& now, std::chrono::milliseconds dial_time);

// What a call of the link would cost at least that is made now, and whether it may be; none: it costs nothing.
base::Result<std::optional<Quote>> quote_call(const conf::Places& places, const conf::LinkProfile& link, Ledger& ledger,
                                              const Moment& now, std::chrono::milliseconds dial_time);

// When the line of a call from the ledger was dialled, connected at the earliest, and down at the latest. Pure.
money::Moments moments_of(const Call& call, std::int64_t ended_wall_ms);

// What the provider bills of it; none: nothing. Pure.
std::optional<money::Billed> billed_of(const conf::Tariff& tariff, const money::Moments& moments, const Octets& octets);

// Prices a call whose session died, up to when its line fell at the latest: stood_boot_ms, if it stood for longer than
// a session's line does. A failure leaves what it had reserved.
base::Result<void> settle_dead(Ledger& ledger, const conf::Places& places, const Call& call,
                               std::optional<std::int64_t> stood_boot_ms = {});

}  // namespace pppctl
