// The ledger's part in money: caps are looked at and amounts reserved under the writer's lock, so that no two calls can
// spend the same.
#include <algorithm>

#include "pppctl/ledger.h"

namespace pppctl {
namespace {

constexpr std::int64_t ms_in_second = 1000;
constexpr std::int64_t ms_in_day = 86'400'000;
constexpr std::int64_t rows_for_floor = 1000;

std::int64_t wall_ms(std::chrono::sys_seconds at) { return at.time_since_epoch().count() * ms_in_second; }

// What other calls of the account (no link) or of one of its links have spent.
base::Result<money::Spent> spent_by_others(Database& database, const Purse& purse, const std::string& link,
                                           std::int64_t call, const money::Windows& windows) {
  auto select = database.prepare(
      "SELECT COALESCE(SUM(CASE WHEN at >= ? THEN nano END), 0), COALESCE(SUM(CASE WHEN at >= ? THEN nano END), 0), "
      "COALESCE(SUM(CASE WHEN at >= ? THEN nano END), 0), COALESCE(SUM(CASE WHEN at >= ? AND NOT EXISTS (SELECT 1 "
      "FROM job WHERE job.call = id AND accepted > 0) THEN nano END), 0) FROM (SELECT id, started_wall_ms AS at, "
      "COALESCE(cost_nano, reserved_nano) AS nano FROM call WHERE account = ? AND currency = ? AND "
      "started_wall_ms >= ? AND id <> ? AND (? = '' OR link = ?))");
  const auto day = wall_ms(windows.day), week = wall_ms(windows.week), month = wall_ms(windows.month);
  select.with(day, week, month, day, purse.account, purse.tariff.currency, std::min(week, month), call, link, link);
  const auto row = select.step();
  if (!row) return row.error();
  return money::Spent{select.integer(0), select.integer(1), select.integer(2), select.integer(3)};
}

// What the other calls of the period have left of the account's free time and volume.
base::Result<money::Allowance> allowance_left(Database& database, const Purse& purse, std::int64_t call,
                                              std::chrono::sys_seconds billing_begin) {
  if (!purse.has_allowance) return money::Allowance();
  const auto begin = wall_ms(money::windows_at(purse.tariff, billing_begin).month);
  auto select = database.prepare(
      "SELECT COALESCE(SUM(free_ms), 0), COALESCE(SUM(free_octets), 0) FROM call WHERE account = ? AND currency = ? "
      "AND started_wall_ms >= ? AND COALESCE(answered_wall_ms, started_wall_ms) >= ? AND id <> ?");
  const auto row = select.with(purse.account, purse.tariff.currency, begin - ms_in_day, begin, call).step();
  if (!row) return row.error();
  return money::left_of(purse.tariff, select.integer(0), select.integer(1));
}

base::Result<money::Cost> cost_of(Database& database, const Purse& purse, std::int64_t call,
                                  const money::Billed& billed) {
  const auto left = allowance_left(database, purse, call, billed.begin);
  if (!left) return left.error();
  return money::price(purse.tariff, billed, *left);
}

base::Result<Quote> quote_of(Database& database, std::int64_t call, std::int64_t started_wall_ms,
                             const Reservation& wanted) {
  const auto& purse = wanted.purse;
  const auto cost = cost_of(database, purse, call, wanted.billed);
  if (!cost) return cost.error();
  const auto windows = money::windows_at(purse.tariff, money::second_of(started_wall_ms));
  const auto of_link = spent_by_others(database, purse, purse.link, call, windows);
  if (!of_link) return of_link.error();
  const auto of_account = spent_by_others(database, purse, "", call, windows);
  if (!of_account) return of_account.error();
  const money::Wanted amount{cost->nano, wanted.has_carried_mail, purse.tariff.currency};
  auto refused = money::breach(purse.link_caps, *of_link, amount, windows, "link " + purse.link);
  if (!refused) refused = money::breach(purse.account_caps, *of_account, amount, windows, "account " + purse.account);
  return Quote{*cost, std::move(refused)};
}

// Within the caller's transaction. A text: it was refused.
base::Result<std::optional<std::string>> put_reservation(Database& database, std::int64_t call,
                                                         std::int64_t started_wall_ms, const Reservation& wanted) {
  auto quote = quote_of(database, call, started_wall_ms, wanted);
  if (!quote) return quote.error();
  if (quote->refused) return std::optional(std::move(quote->refused->reason));
  auto update = database.prepare(
      "UPDATE call SET reserved_nano = MAX(reserved_nano, ?), reserved_sent = MAX(reserved_sent, ?), reserved_received "
      "= "
      "MAX(reserved_received, ?), free_ms = ?, free_octets = ?, answered_wall_ms = ? WHERE id = ?");
  update.with(quote->cost.nano, wanted.billed.sent, wanted.billed.received, quote->cost.free_ms,
              quote->cost.free_octets, wall_ms(wanted.billed.begin), call);
  if (auto done = update.run(); !done) return done.error();
  return std::optional<std::string>();
}

}  // namespace

base::Result<Begun> Ledger::begin(const CallStart& start, const Reservation& reservation) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  const auto id = insert_call(start);
  if (!id) return id.error();
  auto refused = put_reservation(database_, *id, start.started.wall_ms, reservation);
  if (!refused) return refused.error();
  if (*refused) return Begun{0, std::move(*refused)};
  if (auto done = transaction->commit(); !done) return done.error();
  return Begun{*id, {}};
}

base::Result<std::optional<std::string>> Ledger::reserve(std::int64_t call, const Moment& started,
                                                         const Reservation& reservation) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  auto refused = put_reservation(database_, call, started.wall_ms, reservation);
  if (!refused || *refused) return refused;
  if (auto done = transaction->commit(); !done) return done.error();
  return refused;
}

base::Result<Quote> Ledger::quote(const Moment& now, const Reservation& reservation) {
  return quote_of(database_, 0, now.wall_ms, reservation);
}

base::Result<money::Cost> Ledger::settle(std::int64_t call, const Purse& purse,
                                         const std::optional<money::Billed>& billed) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  const auto cost = billed ? cost_of(database_, purse, call, *billed) : base::Result<money::Cost>(money::Cost());
  if (!cost) return cost.error();
  auto update = database_.prepare(
      "UPDATE call SET cost_nano = ?, setup_nano = ?, time_nano = ?, volume_nano = ?, tax_nano = ?, billed_ms = ?, "
      "billed_octets = ?, free_ms = ?, free_octets = ?, answered_wall_ms = ? WHERE id = ?");
  const auto begin = billed ? std::optional(wall_ms(billed->begin)) : std::nullopt;
  update.with(cost->nano, cost->setup_nano, cost->time_nano, cost->volume_nano, cost->tax_nano, cost->billed_ms,
              cost->billed_octets, cost->free_ms, cost->free_octets, begin, call);
  if (auto done = update.run(); !done) return done.error();
  if (auto done = transaction->commit(); !done) return done.error();
  return *cost;
}

base::Result<std::int64_t> Ledger::newest_wall_ms() {
  auto select = database_.prepare(
      "SELECT COALESCE(MAX(updated_wall_ms), 0), COALESCE(MAX(ended_wall_ms), 0) FROM (SELECT updated_wall_ms, "
      "ended_wall_ms FROM call ORDER BY id DESC LIMIT ?)");
  const auto row = select.with(rows_for_floor).step();
  if (!row) return row.error();
  return std::max(select.integer(0), select.integer(1));
}

}  // namespace pppctl
