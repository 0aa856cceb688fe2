#include "conf/tariff.h"

#include <algorithm>
#include <array>

#include "base/log.h"
#include "conf/named_file.h"
#include "conf/text.h"

namespace conf {
namespace {

using std::chrono::seconds;

// What nobody asks for a call, and few enough for no sum of 128 bits to overflow before its call is a month long.
constexpr std::int64_t max_amount_nano = 1'000'000 * nano_units;
constexpr seconds max_step = std::chrono::days(31);
constexpr seconds day_seconds = std::chrono::days(1);
constexpr seconds max_handshake{300};
constexpr std::size_t max_bands = 100;
constexpr std::size_t max_dates = 400;
constexpr std::size_t max_currency_bytes = 8;
constexpr std::int64_t max_block_octets = 1'000'000'000;
constexpr std::int64_t max_blocks = 1'000'000;
constexpr std::int64_t max_tax_percent = 1000;

template <class Enum>
void take(TomlTable& table, std::string_view key, const std::vector<std::string>& words, Enum first, Enum& into) {
  const auto word = table.choice(key, words);
  if (!word) return;
  const auto index = std::find(words.begin(), words.end(), *word) - words.begin();
  into = static_cast<Enum>(static_cast<int>(first) + static_cast<int>(index));
}

bool take_amount(TomlTable& table, std::string_view key, std::int64_t& into, Need need = Need::optional) {
  const auto amount = table.amount(key, need);
  if (!amount) return false;
  if (*amount < 0 || *amount > max_amount_nano) {
    table.complain(key, "must be from 0 to " + std::to_string(max_amount_nano / nano_units));
  }
  into = std::clamp<std::int64_t>(*amount, 0, max_amount_nano);
  return true;
}

// Whole seconds: price sheets know no less.
bool take_seconds(TomlTable& table, std::string_view key, seconds least, seconds most, seconds& into,
                  Need need = Need::optional) {
  const auto value = table.duration(key, need);
  if (!value) return false;
  const auto whole = std::chrono::duration_cast<seconds>(*value);
  if (whole != *value || whole < least || whole > most) {
    table.complain(key, "must be whole seconds from " + std::to_string(least.count()) + "s to " +
                            std::to_string(most.count()) + "s");
    return false;
  }
  into = whole;
  return true;
}

void read_steps(TomlTable& table, TimePrice& price, Need need) {
  take_amount(table, "setup", price.setup_nano);
  take_amount(table, "price", price.price_nano, need);
  const bool has_step = take_seconds(table, "step", seconds(1), max_step, price.step, need);
  const bool has_first = take_seconds(table, "first_step", seconds(1), max_step, price.first_step);
  if (has_step && !has_first) price.first_step = price.step;
}

// "08:30"; 24:00 is the day's end.
std::optional<seconds> parse_clock_time(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hours = decimal(text.substr(0, 2));
  const auto minutes = decimal(text.substr(3));
  if (!hours || !minutes || *minutes > 59) return std::nullopt;
  const seconds time = std::chrono::hours(static_cast<int>(*hours)) + std::chrono::minutes(static_cast<int>(*minutes));
  return time > day_seconds ? std::nullopt : std::optional(time);
}

void take_clock_time(TomlTable& table, std::string_view key, seconds& into) {
  const auto text = table.text(key);
  if (!text) return;
  const auto time = parse_clock_time(*text);
  if (!time) return table.complain(key, "must be a time of the day (\"08:30\"), not \"" + base::escape(*text) + "\"");
  into = *time;
}

// "12-25" of every year, "2026-04-06" of one.
std::optional<BandDate> parse_date(std::string_view text) {
  BandDate date;
  if (text.size() == 10 && text[4] == '-') {
    const auto year = decimal(text.substr(0, 4));
    if (!year) return std::nullopt;
    date.year = std::chrono::year(static_cast<int>(*year));
    text.remove_prefix(5);
  }
  if (text.size() != 5 || text[2] != '-') return std::nullopt;
  const auto month = decimal(text.substr(0, 2));
  const auto day = decimal(text.substr(3));
  if (!month || !day) return std::nullopt;
  date.day = std::chrono::month(static_cast<unsigned>(*month)) / std::chrono::day(static_cast<unsigned>(*day));
  const bool is_date = date.year ? (*date.year / date.day.month() / date.day.day()).ok() : date.day.ok();
  return is_date ? std::optional(date) : std::nullopt;
}

Band read_band(TomlTable& table, const TimePrice& usual) {
  static const std::vector<std::string> weekdays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
  Band band;
  band.price = usual;
  band.name = table.text("name").value_or("");
  if (const auto days = table.choices("days", weekdays)) {
    for (const auto& day : *days) {
      const auto index = std::find(weekdays.begin(), weekdays.end(), day) - weekdays.begin();
      band.days.emplace_back(static_cast<unsigned>(index));
    }
    if (days->empty()) table.complain("days", "is empty");
  }
  if (const auto dates = table.texts("dates")) {
    if (dates->empty() || dates->size() > max_dates) {
      table.complain("dates", "must hold 1 to " + std::to_string(max_dates) + " dates");
    }
    for (const auto& text : *dates) {
      const auto date = parse_date(text);
      if (date) {
        band.dates.push_back(*date);
      } else {
        table.complain("dates", "must hold dates (\"12-25\", \"2026-04-06\"), not \"" + base::escape(text) + "\"");
      }
    }
  }
  take_clock_time(table, "from", band.from);
  take_clock_time(table, "to", band.to);
  if (band.from == band.to) table.complain("to", "is the time at which the band begins");
  if (band.from == day_seconds) table.complain("from", "is the end of the day");
  read_steps(table, band.price, Need::optional);
  return band;
}

void read_bands(TomlTable& table, Tariff& tariff) {
  const auto bands = table.tables("band");
  if (bands.size() > max_bands)
    table.complain("band", "stands there more than " + std::to_string(max_bands) + " times");
  for (auto* band : bands) tariff.bands.push_back(read_band(*band, tariff.price));
  take(table, "straddle", {"start", "split"}, Straddle::start, tariff.straddle);
  if (tariff.straddle == Straddle::start) return;
  if (!tariff.per) table.complain("straddle", "split needs per: the time that a part of the price is counted by");
  const auto& usual = tariff.price;
  for (std::size_t i = 0; i < tariff.bands.size(); ++i) {
    const auto& own = tariff.bands[i].price;
    if (own.step == usual.step && own.first_step == usual.first_step) continue;
    bands[i]->complain("step", "must be that of the other times where a step is split");
  }
}

VolumePrice read_volume(TomlTable& table) {
  static const std::vector<std::string> units{"octet", "kB", "KiB", "MB", "MiB"};
  static constexpr std::array<std::int64_t, 5> octets{1, 1000, 1024, 1'000'000, 1024 * 1024};
  VolumePrice volume;
  take_amount(table, "price", volume.price_nano, Need::required);
  if (const auto unit = table.choice("unit", units, Need::required)) {
    volume.unit_octets =
        octets.at(static_cast<std::size_t>(std::find(units.begin(), units.end(), *unit) - units.begin()));
  }
  const auto block = table.integer("block", 1, max_blocks).value_or(1);
  volume.block_octets = block * volume.unit_octets;
  if (volume.block_octets > max_block_octets) table.complain("block", "is more than 1 GB");
  take(table, "direction", {"both", "sent", "received"}, Direction::both, volume.direction);
  take(table, "round", {"exact", "up", "half-up", "half-even", "down"}, RoundingMode::exact, volume.rounding);
  return volume;
}

void read_rounding(TomlTable& table, Rounding& rounding) {
  take_amount(table, "to", rounding.place_nano, Need::required);
  if (rounding.place_nano == 0) table.complain("to", "is no place to round to");
  rounding.place_nano = std::max<std::int64_t>(rounding.place_nano, 1);
  take(table, "mode", {"up", "half-up", "half-even", "down"}, RoundingMode::up, rounding.mode);
  take(table, "at", {"call", "step"}, RoundingPoint::call, rounding.at);
}

// ISO 4217 has three letters; what a provider calls its units may have more.
void read_currency(TomlTable& table, Tariff& tariff) {
  const auto currency = table.text("currency", Need::required);
  if (!currency) return;
  tariff.currency = *currency;
  const bool is_word = std::all_of(currency->begin(), currency->end(),
                                   [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); });
  if (currency->empty() || currency->size() > max_currency_bytes || !is_word) {
    table.complain("currency", "must be 1 to " + std::to_string(max_currency_bytes) + " letters");
  }
}

void read_zone(TomlTable& table, Tariff& tariff) {
  const auto name = table.text("time_zone");
  if (!name) return;
  auto zone = base::TimeZone::load(*name);
  if (!zone) return table.complain("time_zone", "is none of this host: " + zone.error().text);
  tariff.zone = std::move(*zone);
}

void read_allowance(TomlTable& table, Tariff& tariff) {
  take_seconds(table, "free_time", seconds(0), max_step, tariff.free_time);
  if (const auto octets = table.size("free_volume")) {
    constexpr std::uint64_t most = std::uint64_t{1} << 50;
    if (*octets > most) table.complain("free_volume", "is more than anybody can use up");
    tariff.free_octets = static_cast<std::int64_t>(std::min(*octets, most));
  }
  constexpr std::int64_t last_day_of_all_months = 28;
  if (const auto day = table.integer("period_day", 1, last_day_of_all_months)) {
    tariff.period_day = static_cast<unsigned>(*day);
  }
}

}  // namespace

Tariff read_tariff(TomlTable& table) {
  Tariff tariff;
  read_currency(table, tariff);
  read_zone(table, tariff);
  take(table, "begin", {"dial", "answer", "connect"}, BillingBegin::dial, tariff.begin);
  take_seconds(table, "handshake", seconds(0), max_handshake, tariff.handshake);
  if (auto* volume = table.table("volume")) tariff.volume = read_volume(*volume);
  read_steps(table, tariff.price, tariff.volume ? Need::optional : Need::required);
  if (seconds per{0}; take_seconds(table, "per", seconds(1), max_step, per)) tariff.per = per;
  read_bands(table, tariff);
  read_allowance(table, tariff);
  if (tariff.free_octets > 0 && !tariff.volume) table.complain("free_volume", "needs [volume]");
  take_amount(table, "minimum", tariff.minimum_nano);
  if (auto* rounding = table.table("round")) read_rounding(*rounding, tariff.rounding);
  if (const auto tax = table.amount("tax_percent")) {
    if (*tax < 0 || *tax > max_tax_percent * nano_units) {
      table.complain("tax_percent", "must be from 0 to " + std::to_string(max_tax_percent));
    }
    tariff.tax_nano_percent = std::clamp<std::int64_t>(*tax, 0, max_tax_percent * nano_units);
  }
  return tariff;
}

base::Result<Tariff> load_tariff(const Places& places, const std::string& name) {
  auto path = named_file(places.tariffs_dir(), name, "tariff");
  if (!path) return path.error();
  auto file = TomlFile::load(*path);
  if (!file) return file.error();
  auto tariff = read_tariff(file->top());
  if (auto done = file->finish(); !done) return done.error();
  tariff.name = name;
  return tariff;
}

}  // namespace conf
