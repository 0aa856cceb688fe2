// The clock floor (mta/mail/clock_floor.h) and the file that keeps it.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/directory.h"
#include "mta/mail/clock_floor.h"

namespace mta {

// What is believed, for people: one line.
std::string describe_clock(const mail::ClockFloor& floor);

class ClockKeeper {
 public:
  // Reads FOLDER/clock (the state folder, or a spool's .offhook); a file that is missing or unreadable is a fresh
  // state.
  static base::Result<ClockKeeper> open(const std::string& folder);

  // Reads the clocks, takes note of them and writes the file when something worth keeping changed.
  base::ClockReading observe();
  // A person says that the present time is right.
  base::Result<void> confirm();
  [[nodiscard]] const mail::ClockFloor& floor() const { return floor_; }
  base::Result<void> save();

 private:
  ClockKeeper(base::Directory state, mail::ClockFloor floor, std::string boot)
      : state_(std::move(state)), floor_(std::move(floor)), boot_(std::move(boot)) {}

  base::Directory state_;
  mail::ClockFloor floor_;
  std::string boot_;
  mail::ClockTrust reported_ = mail::ClockTrust::trusted;
  bool write_failed_ = false;
};

}  // namespace mta
