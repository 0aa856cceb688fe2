#include "pppctl/money/pricing.h"

#include <algorithm>
#include <utility>

#include "pppctl/money/band.h"
#include "pppctl/money/exact.h"

namespace pppctl::money {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr Wide percent_of_nano = Wide{100} * conf::nano_units;

// The steps of a call, one run of equal ones after the other. The sum is a fraction over `divisor()`.
class StepWalk {
 public:
  StepWalk(const conf::Tariff& tariff, sys_seconds begin, milliseconds time, std::int64_t free_ms)
      : tariff_(tariff), begin_(begin), left_ms_(free_ms), end_(begin + std::chrono::ceil<seconds>(time)) {}

  void run() {
    take_first();
    while (at_ < end_) {
      const auto piece = piece_at(tariff_, at_);
      const auto step = piece.price->step;
      const auto wanted = ceil_div(end_ - at_, step);
      if (tariff_.straddle == conf::Straddle::start) {
        take(std::min(wanted, ceil_div(piece.until - at_, step)), step, value_of(*piece.price, step));
      } else if (const auto whole = std::min<std::int64_t>(wanted, (piece.until - at_) / step); whole > 0) {
        take(whole, step, value_of(*piece.price, step));
      } else {
        take(1, step, split_value(step));
      }
    }
  }

  [[nodiscard]] Wide divisor() const { return tariff_.per ? tariff_.per->count() : 1; }
  [[nodiscard]] const Checked& sum() const { return sum_; }
  [[nodiscard]] milliseconds billed() const { return at_ - begin_; }
  [[nodiscard]] std::int64_t free_ms() const { return free_ms_; }

 private:
  static std::int64_t ceil_div(seconds time, seconds step) {
    return time.count() / step.count() + (time.count() % step.count() > 0 ? 1 : 0);
  }

  void take_first() {
    const auto piece = piece_at(tariff_, at_);
    const auto step = piece.price->first_step;
    const bool splits = tariff_.straddle == conf::Straddle::split && at_ + step > piece.until;
    take(1, step, splits ? split_value(step) : value_of(*piece.price, step));
  }

  // Steps of one length and value; the allowance pays for those that it holds whole.
  void take(std::int64_t count, seconds step, const Checked& value) {
    const std::int64_t step_ms = milliseconds(step).count();
    const auto free = std::min(count, left_ms_ / step_ms);
    left_ms_ -= free * step_ms;
    free_ms_ += free * step_ms;
    sum_ += rounded_value(value) * (count - free);
    at_ += count * step;
  }

  [[nodiscard]] Checked value_of(const conf::TimePrice& price, seconds step) const {
    return Checked(price.price_nano) * (tariff_.per ? step.count() : 1);
  }

  // A step in the prices of all times that it touches.
  [[nodiscard]] Checked split_value(seconds step) const {
    Checked value;
    for (auto from = at_; from < at_ + step;) {
      const auto piece = piece_at(tariff_, from);
      const auto to = std::min(piece.until, at_ + step);
      value += value_of(*piece.price, to - from);
      from = to;
    }
    return value;
  }

  [[nodiscard]] Checked rounded_value(const Checked& value) const {
    const auto& rounding = tariff_.rounding;
    if (rounding.at == conf::RoundingPoint::call) return value;
    const auto amount = value.rounded(divisor(), rounding.place_nano, rounding.mode);
    return amount ? Checked(*amount) * divisor() : value;
  }

  const conf::Tariff& tariff_;
  sys_seconds begin_;
  sys_seconds at_ = begin_;
  std::int64_t left_ms_;
  std::int64_t free_ms_ = 0;
  sys_seconds end_;
  Checked sum_;
};

struct Volume {
  std::int64_t octets = 0;  // billed
  std::int64_t free = 0;
  Checked sum;  // over the unit's octets
  Wide divisor = 1;
};

base::Result<Volume> volume_of(const conf::Tariff& tariff, const Billed& billed, std::int64_t left) {
  Volume volume;
  if (!tariff.volume) return volume;
  const auto& price = *tariff.volume;
  Checked octets;
  if (price.direction != conf::Direction::received) octets += Checked(billed.sent);
  if (price.direction != conf::Direction::sent) octets += Checked(billed.received);
  const bool is_exact = price.rounding == conf::RoundingMode::exact;
  const auto whole = octets.rounded(1, is_exact ? 1 : price.block_octets, price.rounding);
  if (!whole) return whole.error();
  volume.octets = *whole;
  volume.free = std::min(*whole, left);
  volume.divisor = price.unit_octets;
  volume.sum = Checked(price.price_nano) * (volume.octets - volume.free);
  return volume;
}

// Set-up fee, time and volume in one sum, and in one rounding if the tariff rounds calls.
base::Result<std::int64_t> net_of(const conf::Tariff& tariff, Cost& cost, const StepWalk& walk, const Volume& volume) {
  const auto& rounding = tariff.rounding;
  const auto rounded = [&](const Checked& sum, Wide by) { return sum.rounded(by, rounding.place_nano, rounding.mode); };
  const Checked setup(cost.setup_nano);
  const Checked minimum(tariff.minimum_nano);
  if (rounding.at == conf::RoundingPoint::call) {
    const Wide divisor = walk.divisor() * volume.divisor;
    const auto sum = setup * divisor + walk.sum() * volume.divisor + volume.sum * walk.divisor();
    return rounded(sum.at_least(minimum * divisor), divisor);
  }
  const auto fee = rounded(setup, 1);
  if (!fee) return fee;
  const auto octets = rounded(volume.sum, volume.divisor);
  if (!octets) return octets;
  const auto sum = Checked(*fee) + Checked(*octets);
  return rounded((sum * walk.divisor() + walk.sum()).at_least(minimum * walk.divisor()), walk.divisor());
}

}  // namespace

base::Result<Cost> price(const conf::Tariff& tariff, const Billed& billed, const Allowance& left) {
  StepWalk walk(tariff, billed.begin, billed.time, left.ms);
  walk.run();
  const auto volume = volume_of(tariff, billed, left.octets);
  if (!volume) return volume.error();
  Cost cost;
  cost.setup_nano = piece_at(tariff, billed.begin).price->setup_nano;
  cost.billed_ms = walk.billed().count();
  cost.free_ms = walk.free_ms();
  cost.billed_octets = volume->octets;
  cost.free_octets = volume->free;
  const auto net = net_of(tariff, cost, walk, *volume);
  if (!net) return net.error();
  const auto& rounding = tariff.rounding;
  const auto tax =
      (Checked(*net) * tariff.tax_nano_percent).rounded(percent_of_nano, rounding.place_nano, rounding.mode);
  if (!tax) return tax.error();
  const auto total = (Checked(*net) + Checked(*tax)).rounded(1, 1, conf::RoundingMode::down);
  if (!total) return total.error();
  cost.tax_nano = *tax;
  cost.nano = *total;
  const auto time = walk.sum().rounded(walk.divisor(), 1, conf::RoundingMode::half_up);
  const auto octets = volume->sum.rounded(volume->divisor, 1, conf::RoundingMode::half_up);
  if (!time) return time.error();
  if (!octets) return octets.error();
  cost.time_nano = *time;
  cost.volume_nano = *octets;
  return cost;
}

milliseconds paid_until(const conf::Tariff& tariff, sys_seconds begin, milliseconds after) {
  StepWalk walk(tariff, begin, after + milliseconds(1), 0);
  walk.run();
  return walk.billed();
}

std::optional<std::int64_t> billing_begin_ms(const conf::Tariff& tariff, const Moments& moments) {
  if (!moments.dialled) return std::nullopt;
  switch (tariff.begin) {
    case conf::BillingBegin::dial:
      return moments.dialled;
    case conf::BillingBegin::connect:
      return moments.connected;
    case conf::BillingBegin::answer:
      break;
  }
  if (moments.answered) return moments.answered;
  if (moments.connected) return std::max(*moments.dialled, *moments.connected - milliseconds(tariff.handshake).count());
  return moments.is_unanswered ? std::nullopt : moments.dialled;
}

Allowance left_of(const conf::Tariff& tariff, std::int64_t used_ms, std::int64_t used_octets) {
  return {std::max<std::int64_t>(milliseconds(tariff.free_time).count() - used_ms, 0),
          std::max<std::int64_t>(tariff.free_octets - used_octets, 0)};
}

}  // namespace pppctl::money
