// The names that come into a spool while it is being flushed.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"

namespace serialmail {

class Arrivals {
 public:
  // Watches new/ of the working directory. Where the kernel refuses, nothing is seen to arrive: the next pass finds it.
  void watch();

  // What has come since it was last asked, as "new/NAME" in the order of coming; never waits. After an overflow of the
  // kernel's queue some are missing.
  std::vector<std::string> take();

 private:
  base::Fd inotify_;
};

}  // namespace serialmail
