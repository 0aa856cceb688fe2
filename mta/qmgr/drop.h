// The drop directory: mail handed in while the queue manager was not there. Anybody may create a file in it, so nothing
// in it is believed but what the kernel says of the file.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "base/directory.h"
#include "mta/qmgr/manager.h"

namespace mta {

class Drop {
 public:
  // Makes the directory, mode 3733, where it is missing.
  static base::Result<Drop> open(const std::string& path, Store& store, Manager& manager, ClockKeeper& clock);

  // Takes every finished file into the queue, each once: the entry's id comes from the file's name, and the file goes,
  // durably, before the entry is first worked on.
  void scan();
  // The entry's file is still here: it must not be worked on before scan() has removed that.
  [[nodiscard]] bool holds(const std::string& id) const;
  [[nodiscard]] const std::string& path() const { return directory_.path(); }

 private:
  Drop(base::Directory directory, Store& store, Manager& manager, ClockKeeper& clock)
      : directory_(std::move(directory)), store_(store), manager_(manager), clock_(clock) {}

  void take(const std::string& name);
  base::Result<void> copy(const std::string& name, const std::string& id);
  bool remove(const std::string& name);
  void refuse(const std::string& name, std::string_view why);

  base::Directory directory_;
  Store& store_;
  Manager& manager_;
  ClockKeeper& clock_;
  std::set<std::string> under_way_;
  std::set<std::string> refused_;  // named in the log once a run
};

}  // namespace mta
