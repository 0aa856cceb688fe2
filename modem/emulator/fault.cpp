#include "modem/emulator/fault.h"

#include <algorithm>
#include <array>

#include "conf/text.h"

namespace emulator {
namespace {

constexpr Time usual_lateness = std::chrono::seconds(5);
constexpr std::uint64_t greatest_seconds = 86400;

struct NamedFault {
  std::string_view name;
  Fault fault;
};
constexpr std::array fault_names{NamedFault{"mute", Fault::mute},       NamedFault{"late", Fault::late},
                                 NamedFault{"echo", Fault::echo},       NamedFault{"garbage", Fault::garbage},
                                 NamedFault{"forget", Fault::forget},   NamedFault{"vanish", Fault::vanish},
                                 NamedFault{"carrier", Fault::carrier}, NamedFault{"dtr", Fault::dtr},
                                 NamedFault{"stuck", Fault::stuck},     NamedFault{"hardware", Fault::hardware}};

struct NamedMoment {
  std::string_view name;
  Moment moment;
  bool counts;
};
constexpr std::array moment_names{NamedMoment{"start", Moment::start, false}, NamedMoment{"dial", Moment::dial, false},
                                  NamedMoment{"octets", Moment::octets, true},
                                  NamedMoment{"commands", Moment::commands, true}};

template <class Table>
const typename Table::value_type* named(const Table& table, std::string_view name) {
  const auto* found = std::find_if(table.begin(), table.end(), [&](const auto& one) { return one.name == name; });
  return found == table.end() ? nullptr : found;
}

bool read_moment(std::string_view text, PlannedFault& planned) {
  const auto colon = text.find(':');
  const auto* moment = named(moment_names, text.substr(0, colon));
  if (moment == nullptr || moment->counts != (colon != std::string_view::npos)) return false;
  planned.moment = moment->moment;
  if (!moment->counts) return true;
  const auto count = conf::decimal(text.substr(colon + 1));
  if (!count || *count == 0) return false;
  planned.count = *count;
  return true;
}

}  // namespace

std::optional<PlannedFault> parse_fault(std::string_view text) {
  PlannedFault planned;
  if (const auto slash = text.find('/'); slash != std::string_view::npos) {
    const auto seconds = conf::decimal(text.substr(slash + 1));
    if (!seconds || *seconds == 0 || *seconds > greatest_seconds) return std::nullopt;
    planned.lasts = std::chrono::seconds(*seconds);
    text = text.substr(0, slash);
  }
  if (const auto at = text.find('@'); at != std::string_view::npos) {
    if (!read_moment(text.substr(at + 1), planned)) return std::nullopt;
    text = text.substr(0, at);
  }
  const auto* fault = named(fault_names, text);
  if (fault == nullptr) return std::nullopt;
  planned.fault = fault->fault;
  return planned;
}

std::string_view name_of(Fault fault) {
  const auto* found =
      std::find_if(fault_names.begin(), fault_names.end(), [=](const NamedFault& one) { return one.fault == fault; });
  return found == fault_names.end() ? "none" : found->name;
}

std::vector<PlannedFault> Faults::begin(Time now, Moment moment, std::uint64_t count) {
  std::vector<PlannedFault> begun;
  std::erase_if(planned_, [&](const PlannedFault& one) {
    if (one.moment != moment || one.count > count) return false;
    begun.push_back(one);
    return true;
  });
  for (const PlannedFault& one : begun) {
    std::optional<Time> until;
    if (one.lasts && one.fault != Fault::late) until = now + *one.lasts;
    running_.push_back({one, until});
  }
  return begun;
}

void Faults::advance(Time now) {
  std::erase_if(running_, [now](const Running& one) { return one.until && now >= *one.until; });
}

std::optional<Time> Faults::due() const {
  std::optional<Time> first;
  for (const Running& one : running_) first = sooner(first, one.until);
  return first;
}

bool Faults::has(Fault fault) const {
  return std::any_of(running_.begin(), running_.end(), [=](const Running& one) { return one.planned.fault == fault; });
}

Time Faults::lateness() const {
  const auto found = std::find_if(running_.begin(), running_.end(),
                                  [](const Running& one) { return one.planned.fault == Fault::late; });
  return found == running_.end() ? Time::zero() : found->planned.lasts.value_or(usual_lateness);
}

}  // namespace emulator
