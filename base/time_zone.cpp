#include "base/time_zone.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/directory.h"
#include "base/log.h"

namespace base {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

const std::string zone_directory = "/usr/share/zoneinfo";
const std::string local_zone_file = "/etc/localtime";

constexpr std::size_t header_bytes = 44;
constexpr std::size_t type_bytes = 6;
constexpr std::size_t most_times = 2000;
constexpr std::size_t most_types = 256;
constexpr seconds least_offset{-89999};  // RFC 8536 §3.2
constexpr seconds greatest_offset{93599};

// The rule knows the years of a calendar; what is before and after them has no summer.
constexpr sys_seconds rule_begin{std::chrono::sys_days(std::chrono::year(-9999) / 1 / 1)};
constexpr sys_seconds rule_end{std::chrono::sys_days(std::chrono::year(9999) / 1 / 1)};

// The changes of the years around a moment, ascending.
std::array<ZoneRule::Change, 8> changes_around(const ZoneRule& rule, sys_seconds at) {
  const auto year = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(at)).year();
  std::array<ZoneRule::Change, 8> all{};
  auto place = all.begin();
  for (int i = -1; i <= 2; ++i) {
    const auto two = rule.changes(year + std::chrono::years(i));
    place = std::copy(two.begin(), two.end(), place);
  }
  // A year's end of summer and the next one's begin may be the same moment: summer goes on.
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  return all;
}

bool has_summer_at(const ZoneRule& rule, sys_seconds at) { return rule.summer && at >= rule_begin && at < rule_end; }

template <class Changes>
auto first_after(const Changes& changes, sys_seconds at) {
  return std::upper_bound(changes.begin(), changes.end(), at,
                          [](sys_seconds moment, const ZoneRule::Change& change) { return moment < change.at; });
}

bool is_zone_name(std::string_view name) {
  constexpr std::string_view allowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";  // no dot: nothing leads out of the folder
  return !name.empty() && name.size() <= max_zone_name_bytes && name.front() != '/' && name.back() != '/' &&
         name.find_first_not_of(allowed) == std::string_view::npos;
}

}  // namespace

// RFC 8536 §3: a header and a block for old readers, a header and a block of 64-bit times, the rule between two LF.
class ZoneFile {
 public:
  ZoneFile(std::string_view bytes, const std::string& name) : rest_(bytes), name_(name) {}

  Result<TimeZone> read() {
    Counts counts;
    if (!header(counts) || !skip(block_bytes(counts, 4))) return malformed("its first block");
    if (!header(counts) || rest_.size() < block_bytes(counts, 8)) return malformed("its second block");
    if (counts.leaps != 0) return malformed("it counts leap seconds");
    if (counts.times > most_times || counts.types == 0 || counts.types > most_types) return malformed("its counts");
    if (!changes(counts)) return malformed("its table of changes");
    skip(block_bytes(counts, 8));
    if (!footer()) return malformed("its rule");
    return std::move(zone_);
  }

 private:
  struct Counts {
    std::size_t ut = 0, standard = 0, leaps = 0, times = 0, types = 0, chars = 0;
  };

  [[nodiscard]] Failure malformed(const std::string& what) const {
    return permanent("time zone '" + name_ + "': its file is none that can be read: " + what);
  }

  static std::size_t block_bytes(const Counts& counts, std::size_t time_bytes) {
    return counts.times * (time_bytes + 1) + counts.types * type_bytes + counts.chars +
           counts.leaps * (time_bytes + 4) + counts.standard + counts.ut;
  }

  [[nodiscard]] std::int64_t integer(std::size_t at, std::size_t bytes) const {
    std::uint64_t value = (static_cast<unsigned char>(rest_[at]) & 0x80U) != 0 ? ~std::uint64_t{0} : 0;
    for (std::size_t i = 0; i < bytes; ++i) value = value << 8U | static_cast<unsigned char>(rest_[at + i]);
    return static_cast<std::int64_t>(value);
  }

  bool skip(std::size_t bytes) {
    if (rest_.size() < bytes) return false;
    rest_.remove_prefix(bytes);
    return true;
  }

  bool header(Counts& counts) {
    if (rest_.size() < header_bytes || !rest_.starts_with("TZif") || rest_[4] < '2') return false;
    std::size_t at = 20;
    for (auto* count : {&counts.ut, &counts.standard, &counts.leaps, &counts.times, &counts.types, &counts.chars}) {
      const auto value = integer(at, 4);
      if (value < 0 || value > static_cast<std::int64_t>(max_zone_file_bytes)) return false;
      *count = static_cast<std::size_t>(value);
      at += 4;
    }
    return skip(header_bytes);
  }

  bool changes(const Counts& counts) {
    const std::size_t indices = counts.times * 8;
    const std::size_t types = indices + counts.times;
    const auto offset = [&](std::size_t type) { return seconds(integer(types + type * type_bytes, 4)); };
    for (std::size_t type = 0; type < counts.types; ++type) {
      if (offset(type) < least_offset || offset(type) > greatest_offset) return false;
    }
    zone_.first_ = offset(0);
    for (std::size_t i = 0; i < counts.times; ++i) {
      const sys_seconds at(seconds(integer(i * 8, 8)));
      const auto type = static_cast<unsigned char>(rest_[indices + i]);
      if (type >= counts.types || (i > 0 && at <= zone_.changes_.back().at)) return false;
      zone_.changes_.push_back({at, offset(type)});
    }
    return true;
  }

  bool footer() {
    if (!rest_.starts_with('\n')) return false;
    const auto end = rest_.find('\n', 1);
    if (end == std::string_view::npos) return false;
    const auto text = rest_.substr(1, end - 1);
    if (text.empty()) return true;
    zone_.rule_ = parse_zone_rule(text);
    return zone_.rule_.has_value();
  }

  std::string_view rest_;
  const std::string& name_;
  TimeZone zone_;
};

Result<TimeZone> TimeZone::parse(std::string_view bytes, const std::string& name) {
  return ZoneFile(bytes, escape(name)).read();
}

Result<TimeZone> TimeZone::load(const std::string& name) {
  if (name == "UTC") return TimeZone();
  const bool is_local = name == local_zone_name;
  if (!is_local && !is_zone_name(name)) return permanent("'" + escape(name) + "' is no name of a time zone");
  const auto bytes = read_file(is_local ? local_zone_file : zone_directory + "/" + name, max_zone_file_bytes);
  if (bytes) return parse(*bytes, name);
  if (bytes.error().error != ENOENT && bytes.error().error != ENOTDIR) return bytes.error();
  if (is_local) return TimeZone();
  if (!Directory::open(zone_directory)) {
    return permanent("time zone '" + name + "': " + zone_directory + " is not there (install the package tzdata)");
  }
  return permanent("there is no time zone '" + name + "' in " + zone_directory);
}

seconds TimeZone::offset_at(sys_seconds utc) const {
  if (rule_ && (changes_.empty() || utc >= changes_.back().at)) {
    if (!has_summer_at(*rule_, utc)) return rule_->offset;
    const auto around = changes_around(*rule_, utc);
    return std::prev(first_after(around, utc))->offset;
  }
  const auto after = first_after(changes_, utc);
  return after == changes_.begin() ? first_ : std::prev(after)->offset;
}

TimeZone::LocalTime TimeZone::local(sys_seconds utc) const {
  const auto offset = offset_at(utc);
  return {std::chrono::local_seconds(utc.time_since_epoch() + offset), offset};
}

std::optional<sys_seconds> TimeZone::next_change(sys_seconds utc) const {
  const auto now = offset_at(utc);
  for (auto change = first_after(changes_, utc); change != changes_.end(); ++change) {
    if (change->offset != now) return change->at;
  }
  const auto from = changes_.empty() ? utc : std::max(utc, changes_.back().at);
  if (!rule_ || !has_summer_at(*rule_, from)) return {};
  const auto around = changes_around(*rule_, from);
  for (auto change = first_after(around, from); change != around.end(); ++change) {
    if (change->offset != now) return change->at;
  }
  return {};
}

sys_seconds TimeZone::utc(std::chrono::local_seconds civil, Pass pass) const {
  // The moment lies where some offset in force around it leads back to the same civil time.
  const sys_seconds as_utc(civil.time_since_epoch());
  const auto last = as_utc - least_offset;
  std::optional<sys_seconds> found;
  std::optional<sys_seconds> leap;
  auto begin = as_utc - greatest_offset;
  for (;;) {
    const auto offset = offset_at(begin);
    const auto end = next_change(begin);
    const auto moment = as_utc - offset;
    if (moment >= begin && (!end || moment < *end)) {
      found = moment;
      if (pass == Pass::earlier) break;
    }
    if (!end || *end > last) break;
    if (moment >= *end && as_utc - offset_at(*end) < *end) leap = *end;
    begin = *end;
  }
  if (found) return *found;
  return leap.value_or(as_utc - offset_at(as_utc));
}

}  // namespace base
