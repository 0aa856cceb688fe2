#include "mta/qmgr/clock_keeper.h"

#include "base/bug.h"
#include "base/log.h"

namespace mta {
namespace {

constexpr std::size_t max_clock_file_bytes = 65536;
constexpr mode_t clock_file_mode = 0644;

std::string_view describe(mail::ClockTrust trust) {
  switch (trust) {
    case mail::ClockTrust::trusted:
      return "clock: believed";
    case mail::ClockTrust::below_floor:
      return "clock: earlier than a time already seen; until it is right, nothing expires (mta-queuectl clock)";
    case mail::ClockTrust::jumped:
      return "clock: set forward by more than an hour; until that has held for an hour, nothing expires (mta-queuectl "
             "clock)";
  }
  base::bug("describe: bad trust");
}

}  // namespace

std::string describe_clock(const mail::ClockFloor& floor) {
  const std::string until = base::rfc5322_date(floor.floor());
  switch (floor.trust()) {
    case mail::ClockTrust::trusted:
      return "believed; newest time seen: " + until;
    case mail::ClockTrust::below_floor:
      return "not believed: earlier than the newest time seen, " + until;
    case mail::ClockTrust::jumped:
      return "not believed yet: set forward by more than an hour, less than an hour ago; newest time believed: " +
             until;
  }
  return until;
}

base::Result<ClockKeeper> ClockKeeper::open(const std::string& folder) {
  auto state = base::Directory::open(folder);
  if (!state) return state.error();
  const auto text = base::read_file(*state, "clock", max_clock_file_bytes);
  return ClockKeeper(std::move(*state), mail::ClockFloor::parse(text ? *text : std::string()), base::boot_id());
}

base::ClockReading ClockKeeper::observe() {
  const auto now = base::read_clock();
  const auto trust = floor_.observe(now, boot_);
  if (trust != reported_)
    base::log(trust == mail::ClockTrust::trusted ? base::Level::info : base::Level::warning, describe(trust));
  reported_ = trust;
  if (floor_.changed()) {
    auto saved = save();
    // Once is enough: a full disk is reported by everything else too.
    if (!saved && !write_failed_) base::log(base::Level::warning, saved.error().text);
    write_failed_ = !saved;
  }
  return now;
}

base::Result<void> ClockKeeper::confirm() {
  floor_.confirm(base::read_clock(), boot_);
  return save();
}

base::Result<void> ClockKeeper::save() {
  auto written = base::replace_file(state_, "clock", floor_.format(), clock_file_mode);
  if (written) floor_.mark_written();
  return written;
}

}  // namespace mta
