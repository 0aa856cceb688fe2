#include "pppctl/meter.h"

#include <algorithm>

#include "pppctl/money/band.h"
#include "pppctl/money/caps.h"
#include "pppctl/plan.h"

namespace pppctl {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t short_step_ms = 10000;  // so short are reserved several at once, if there is money
constexpr std::int64_t unseen_ms = 15000;      // from the last look into the ledger to a line that fell by itself
constexpr std::uint64_t least_octets_ahead = 16384;
constexpr std::uint64_t looks_ahead = 8;  // as many octets as so many looks have found on the line

std::uint64_t sum(const Octets& octets) { return octets.sent + octets.received; }

}  // namespace

std::optional<money::Billed> billed_of(const conf::Tariff& tariff, const money::Moments& moments,
                                       const Octets& octets) {
  const auto begin = money::billing_begin_ms(tariff, moments);
  if (!begin || !moments.ended) return std::nullopt;
  const auto time = std::max<std::int64_t>(*moments.ended - *begin, 0);
  return money::Billed{money::second_of(*begin), milliseconds(time), octets.sent, octets.received};
}

money::Billed first_billed(const conf::Tariff& tariff, const Moment& now, milliseconds dial_time) {
  money::Billed billed;
  billed.begin = money::second_of(now.wall_ms);
  if (tariff.begin == conf::BillingBegin::dial) billed.time = dial_time;
  if (tariff.begin == conf::BillingBegin::answer) billed.time = tariff.handshake;
  return billed;
}

base::Result<std::optional<Quote>> quote_call(const conf::Places& places, const conf::LinkProfile& link, Ledger& ledger,
                                              const Moment& now, milliseconds dial_time) {
  const auto purse = open_purse(places, link, ledger, now);
  if (!purse) return purse.error();
  if (!*purse) return std::optional<Quote>();
  auto quote = ledger.quote(now, Reservation{**purse, first_billed((*purse)->tariff, now, dial_time), false});
  if (!quote) return quote.error();
  return std::optional(std::move(*quote));
}

namespace {

bool pppd_dials(const Call& call) {
  const auto is_ours = [](const PhaseRecord& phase) { return phase.name == word(Phase::port_open); };
  return call.start.kind == word(conf::LinkKind::ppp) && std::none_of(call.phases.begin(), call.phases.end(), is_ours);
}

}  // namespace

money::Moments moments_of(const Call& call, std::int64_t ended_wall_ms) {
  money::Moments moments;
  const auto began = call.start.started.wall_ms;
  for (const auto& phase : call.phases) {
    const auto at = began + phase.at_ms;
    if (phase.name == word(Phase::dialling) && !moments.dialled) moments.dialled = at;
    if (phase.name == word(Phase::connected)) moments.connected = at;
    // What is always there is billed from the first job on.
    if (phase.name == word(Phase::jobs) && !moments.dialled) moments.dialled = moments.connected = at;
  }
  // The connection that nobody came to write, or that a pppd has which dials itself: nobody else sees when it comes.
  if (call.phase == word(Phase::dialling) || pppd_dials(call)) moments.connected = moments.dialled;
  moments.ended = ended_wall_ms;
  return moments;
}

base::Result<Begun> Meter::begin(const CallStart& start, milliseconds dial_time) {
  started_ = start.started;
  if (!purse_) {
    const auto id = ledger_.begin(start);
    if (!id) return id.error();
    id_ = *id;
    return Begun{id_, {}};
  }
  auto priced = start;
  priced.account = purse_->account;
  priced.currency = purse_->tariff.currency;
  priced.tariff = purse_->tariff.name;
  auto begun = ledger_.begin(priced, Reservation{*purse_, first_billed(purse_->tariff, started_, dial_time), false});
  if (begun) id_ = begun->id;
  return begun;
}

void Meter::dialled(const Moment& now) {
  // Another number: what was not taken before began no billing, unless that begins with the first dial.
  if (!dialled_ || !purse_ || purse_->tariff.begin != conf::BillingBegin::dial) dialled_ = now;
  is_unanswered_ = false;
}

void Meter::not_connected(bool is_unanswered) {
  connected_.reset();
  is_unanswered_ = is_unanswered;
}

void Meter::not_dialled() {
  dialled_.reset();
  connected_.reset();
}

bool Meter::connected(const Moment& now, milliseconds ahead) {
  if (!dialled_) dialled_ = now;
  if (!connected_) connected_ = now;
  moved_boot_ms_ = now.boot_ms;
  if (!purse_) return true;
  const auto so_far = billed(now.boot_ms, {});
  if (!so_far) return true;
  reason_ = reserve(now.boot_ms, least_of(*so_far, {}), ahead.count(), 0);
  return !reason_;
}

// By the wall as it stood at the dial: a clock that is set in the call makes it neither longer nor shorter.
money::Moments Meter::moments(std::int64_t ended_boot_ms) const {
  money::Moments moments;
  moments.is_unanswered = is_unanswered_;
  if (!dialled_) return moments;
  const auto wall = [&](std::int64_t boot_ms) { return dialled_->wall_ms + (boot_ms - dialled_->boot_ms); };
  moments.dialled = dialled_->wall_ms;
  if (connected_) moments.connected = wall(connected_->boot_ms);
  moments.ended = wall(ended_boot_ms);
  return moments;
}

std::optional<money::Billed> Meter::billed(std::int64_t ended_boot_ms, const Octets& octets) const {
  return billed_of(purse_->tariff, moments(ended_boot_ms), octets);
}

Meter::Order Meter::tick(const Moment& now, const Octets& octets, std::uint64_t accepted) {
  if (!purse_ || !connected_) return Order::go_on;
  moved_ = sum(octets) - std::min(sum(octets), sum(last_octets_));
  if (moved_ > 0) moved_boot_ms_ = now.boot_ms;
  last_octets_ = octets;
  if (!reason_) return extend(now.boot_ms, octets, accepted);
  if (is_in_hurry_ || now.boot_ms + hurry_lead_ms < reserved_until_boot_ms_) return Order::go_on;
  is_in_hurry_ = true;
  return Order::hurry;
}

Meter::Order Meter::extend(std::int64_t now_boot_ms, const Octets& octets, std::uint64_t accepted) {
  const bool prices_time = money::prices_time(purse_->tariff);
  const bool ends_soon = prices_time && now_boot_ms + stop_lead_ms >= reserved_until_boot_ms_;
  // As many more as the last look found may have gone before the next one.
  const bool has_octets = !purse_->tariff.volume || (octets.sent + moved_ <= reserved_octets_.sent &&
                                                     octets.received + moved_ <= reserved_octets_.received);
  if (!ends_soon && has_octets) return Order::go_on;
  if (ends_soon && reserved_until_boot_ms_ > 0 && now_boot_ms - moved_boot_ms_ >= idle_for_nothing_ms) {
    reason_ = "no mail moves, and the next step of the tariff would begin for nothing";
    return Order::stop;
  }
  auto so_far = billed(now_boot_ms, octets);
  if (!so_far) return Order::go_on;
  const auto ahead = octets_ahead();
  so_far->sent += ahead;
  so_far->received += ahead;
  auto refused = reserve(now_boot_ms, *so_far, prices_time ? stop_lead_ms + short_step_ms : 0, accepted);
  if (refused) refused = reserve(now_boot_ms, least_of(*so_far, octets), prices_time ? stop_lead_ms : 0, accepted);
  if (!refused) return Order::go_on;
  reason_ = std::move(refused);
  return Order::stop;
}

// What keeps the call up until the next look.
money::Billed Meter::least_of(money::Billed billed, const Octets& octets) const {
  billed.sent = octets.sent;
  billed.received = octets.received;
  if (const auto& volume = purse_->tariff.volume) {
    auto& way = volume->direction == conf::Direction::received ? billed.received : billed.sent;
    way += std::max(static_cast<std::uint64_t>(volume->block_octets), moved_);
  }
  return billed;
}

std::uint64_t Meter::octets_ahead() const {
  if (!purse_->tariff.volume) return 0;
  const auto block = static_cast<std::uint64_t>(purse_->tariff.volume->block_octets);
  return std::max({block, least_octets_ahead, moved_ * looks_ahead});
}

std::optional<std::string> Meter::reserve(std::int64_t now_boot_ms, money::Billed billed, std::int64_t ahead_ms,
                                          std::uint64_t accepted) {
  const auto began_boot_ms = now_boot_ms - billed.time.count();
  billed.time = money::paid_until(purse_->tariff, billed.begin, billed.time + milliseconds(ahead_ms));
  const auto refused = ledger_.reserve(id_, started_, Reservation{*purse_, billed, accepted > 0});
  if (!refused) return "the next step cannot be reserved: " + refused.error().text;
  if (*refused) return "budget reached: " + **refused;
  reserved_until_boot_ms_ = began_boot_ms + billed.time.count();
  reserved_octets_ = {billed.sent, billed.received};
  return std::nullopt;
}

base::Result<void> Meter::settle(std::int64_t ended_boot_ms, const Octets& octets) {
  if (!purse_ || id_ == 0) return {};
  const auto cost = ledger_.settle(id_, *purse_, billed(ended_boot_ms, octets));
  if (!cost) return cost.error();
  cost_ = *cost;
  return {};
}

base::Result<void> settle_dead(Ledger& ledger, const conf::Places& places, const Call& call,
                               std::optional<std::int64_t> stood_boot_ms) {
  if (call.start.tariff.empty() || call.cost) return {};
  auto tariff = conf::load_tariff(places, call.start.tariff);
  if (!tariff) return tariff.error();
  const Purse purse{std::move(*tariff), call.start.link, call.start.account, {}, {}};
  // What was reserved may have gone after the last look.
  const Octets octets{std::max(call.octets.sent, call.reserved_octets.sent),
                      std::max(call.octets.received, call.reserved_octets.received)};
  const auto fell_boot_ms = std::max(call.updated.boot_ms + unseen_ms, stood_boot_ms.value_or(0));
  const auto moments = moments_of(call, call.start.started.wall_ms + fell_boot_ms - call.start.started.boot_ms);
  const auto cost = ledger.settle(call.id, purse, billed_of(purse.tariff, moments, octets));
  return cost ? base::Result<void>() : cost.error();
}

}  // namespace pppctl
