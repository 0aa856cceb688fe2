// The event loop around the queue manager: signals, timers, the drop directory's and the workers' events.
#pragma once

#include <systemd/sd-event.h>

#include <memory>

#include "conf/places.h"
#include "mta/qmgr/drop.h"
#include "mta/qmgr/listener.h"
#include "mta/qmgr/manager.h"
#include "mta/qmgr/options.h"

namespace mta {

class Daemon {
 public:
  // Opens everything: configuration, queue, clock, drop directory and, but for --once, the socket. Readiness is told to
  // the service manager when it returns well.
  static base::Result<std::unique_ptr<Daemon>> open(const conf::Places& places, const QmgrOptions& options);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // Until SIGTERM or SIGINT, or with --once until nothing is left to do now. Deliveries under way are finished first.
  base::Result<void> run();

 private:
  Daemon(conf::Places places, QmgrOptions options, Store store, ClockKeeper clock, std::unique_ptr<Workers> workers,
         std::shared_ptr<const Rules> rules);

  base::Result<void> watch();
  base::Result<void> watch_signals();
  base::Result<void> watch_drop();
  base::Result<void> turn();
  void arm_timer();
  void reload();

  static int on_workers(sd_event_source*, int, uint32_t, void* self);
  static int on_timer(sd_event_source*, uint64_t, void* self);
  static int on_minute(sd_event_source*, uint64_t, void* self);
  static int on_signal(sd_event_source*, const struct signalfd_siginfo* info, void* self);
  static int on_drop(sd_event_source*, const struct inotify_event*, void* self);

  conf::Places places_;
  QmgrOptions options_;
  sd_event* loop_ = nullptr;
  sd_event_source* timer_ = nullptr;
  sd_event_source* minute_ = nullptr;
  Store store_;
  ClockKeeper clock_;
  std::unique_ptr<Workers> workers_;
  Manager manager_;
  std::unique_ptr<Drop> drop_;
  std::unique_ptr<Listener> listener_;
  bool stopping_ = false;
};

}  // namespace mta
