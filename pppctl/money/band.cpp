#include "pppctl/money/band.h"

#include <algorithm>

namespace pppctl::money {
namespace {

using namespace std::chrono;

constexpr seconds day_length = days(1);

bool begins_on(const conf::Band& band, local_days day) {
  if (band.days.empty() && band.dates.empty()) return true;
  const weekday today(day);
  if (std::find(band.days.begin(), band.days.end(), today) != band.days.end()) return true;
  const year_month_day date(day);
  return std::any_of(band.dates.begin(), band.dates.end(), [&](const conf::BandDate& one) {
    return one.day == month_day(date.month(), date.day()) && (!one.year || *one.year == date.year());
  });
}

bool holds(const conf::Band& band, local_days day, seconds since_midnight) {
  if (band.to > band.from) return since_midnight >= band.from && since_midnight < band.to && begins_on(band, day);
  return (since_midnight >= band.from && begins_on(band, day)) ||
         (since_midnight < band.to && begins_on(band, day - days(1)));
}

}  // namespace

Piece piece_at(const conf::Tariff& tariff, sys_seconds at) {
  if (tariff.bands.empty()) return {&tariff.price, sys_seconds::max()};
  const auto civil = tariff.zone.local(at).civil;
  const auto day = floor<days>(civil);
  const seconds time = civil - day;
  Piece piece{&tariff.price, at + (day_length - time)};
  if (const auto change = tariff.zone.next_change(at)) piece.until = std::min(piece.until, *change);
  bool is_found = false;
  for (const auto& band : tariff.bands) {
    for (const auto edge : {band.from, band.to}) {
      if (edge > time) piece.until = std::min(piece.until, at + (edge - time));
    }
    if (!is_found && holds(band, day, time)) {
      is_found = true;
      piece.price = &band.price;
    }
  }
  return piece;
}

bool prices_time(const conf::Tariff& tariff) {
  return tariff.price.price_nano > 0 || std::any_of(tariff.bands.begin(), tariff.bands.end(),
                                                    [](const auto& band) { return band.price.price_nano > 0; });
}

conf::Tariff worst_of(const conf::Tariff& tariff) {
  conf::Tariff worst = tariff;
  worst.bands.clear();
  auto& price = worst.price;
  for (const auto& band : tariff.bands) {
    price.setup_nano = std::max(price.setup_nano, band.price.setup_nano);
    price.price_nano = std::max(price.price_nano, band.price.price_nano);
    // Begun steps are paid whole: counted by time the long ones are the dear ones, counted by steps the short ones.
    const auto dearer = [&](seconds a, seconds b) { return tariff.per ? std::max(a, b) : std::min(a, b); };
    price.step = dearer(price.step, band.price.step);
    price.first_step = dearer(price.first_step, band.price.first_step);
  }
  return worst;
}

}  // namespace pppctl::money
