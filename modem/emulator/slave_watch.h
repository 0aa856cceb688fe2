// Who opens and closes the slaves: a close that is followed by an open at once never shows in poll, and yet it drops
// DTR.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace emulator {

class SlaveWatch {
 public:
  static base::Result<SlaveWatch> make();

  [[nodiscard]] const base::Fd& fd() const { return fd_; }
  base::Result<int> add(const std::string& device);
  // Somebody had it open before it was watched.
  void found_open(int watch) { slaves_[watch].opens = 1; }
  void remove(int watch);

  // Reads what has happened. For a slave that was closed by its last holder and opened again: reopened.
  struct Seen {
    int watch = 0;
    bool reopened = false;
  };
  void read(const std::function<void(const Seen&)>& seen);
  // The slave is closed, whatever was counted.
  void closed(int watch) { slaves_[watch] = {}; }

 private:
  explicit SlaveWatch(base::Fd fd) : fd_(std::move(fd)) {}
  struct Slave {
    int opens = 0;         // open files
    bool emptied = false;  // the last one was closed, and poll has not shown it yet
  };
  base::Fd fd_;
  std::map<int, Slave> slaves_;  // by their watch
};

}  // namespace emulator
