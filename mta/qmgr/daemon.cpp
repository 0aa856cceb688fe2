#include "mta/qmgr/daemon.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>

#include <array>
#include <chrono>

#include "base/log.h"
#include "mta/qmgr/rules.h"
#include "mta/queue/listing.h"

namespace mta {
namespace {

constexpr std::uint64_t minute_microseconds = 60'000'000;
constexpr std::array signals{SIGTERM, SIGINT, SIGHUP, SIGALRM};

base::Result<void> checked(int result, std::string_view what) {
  if (result < 0) return base::system_failure(what, -result);
  return {};
}

base::Result<void> sync_folder(const std::string& path) {
  const auto folder = base::Directory::open(path);
  if (!folder) return folder.error();
  return folder->sync();
}

}  // namespace

Daemon::Daemon(conf::Places places, QmgrOptions options, Store store, ClockKeeper clock,
               std::unique_ptr<Workers> workers, std::shared_ptr<const Rules> rules)
    : places_(std::move(places)),
      options_(options),
      store_(std::move(store)),
      clock_(std::move(clock)),
      workers_(std::move(workers)),
      manager_(store_, std::move(rules), *workers_, clock_) {}

Daemon::~Daemon() {
  workers_.reset();
  listener_.reset();
  sd_event_source_disable_unref(timer_);
  sd_event_source_disable_unref(minute_);
  sd_event_unref(loop_);
}

base::Result<std::unique_ptr<Daemon>> Daemon::open(const conf::Places& places, const QmgrOptions& options) {
  // Blocked before any thread starts: they come through the event loop.
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : signals) ::sigaddset(&set, number);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);

  auto rules = load_rules(places);
  if (!rules) return rules.error();
  if (auto made = base::make_path(places.state, 0755); !made) return made.error();
  auto store = Store::open(places.queue_dir());
  if (!store) return store.error();
  auto clock = ClockKeeper::open(places.state);
  if (!clock) return clock.error();
  if (auto made = base::make_path(places.spool_root(), 0755); !made) return made.error();
  if (auto synced = sync_folder(places.state); !synced) return synced.error();  // or a power cut forgets the spools
  auto workers = Workers::make(options.workers);
  if (!workers) return workers.error();
  std::unique_ptr<Daemon> daemon(
      new Daemon(places, options, std::move(*store), std::move(*clock), std::move(*workers), std::move(*rules)));
  if (auto watched = daemon->watch(); !watched) return watched.error();
  return daemon;
}

base::Result<void> Daemon::watch() {
  if (auto r = checked(sd_event_new(&loop_), "create event loop"); !r) return r;
  clock_.observe();
  auto drop = Drop::open(places_.drop_dir(), store_, manager_, clock_);
  if (!drop) return drop.error();
  drop_ = std::make_unique<Drop>(std::move(*drop));
  if (auto loaded = manager_.load([this](const std::string& id) { return drop_->holds(id); }); !loaded) return loaded;
  drop_->scan();
  if (auto r = watch_signals(); !r) return r;
  if (auto r =
          checked(sd_event_add_io(loop_, nullptr, workers_->ready().get(), EPOLLIN, on_workers, this), "watch workers");
      !r)
    return r;
  if (auto r = checked(sd_event_add_time(loop_, &timer_, CLOCK_MONOTONIC, 0, 1000, on_timer, this), "add timer"); !r)
    return r;
  if (options_.once) return {};
  if (auto r =
          checked(sd_event_add_time_relative(loop_, &minute_, CLOCK_MONOTONIC, minute_microseconds, 0, on_minute, this),
                  "add timer");
      !r)
    return r;
  if (auto r = watch_drop(); !r) return r;
  if (auto made = base::make_path(places_.run, 0755); !made) return made;
  auto listener =
      Listener::open(places_.socket_file(), loop_, store_, manager_, clock_,
                     {[this] { return list_lines(places_); }, [this] { return describe_clock(clock_.floor()); }});
  if (!listener) return listener.error();
  listener_ = std::move(*listener);
  sd_event_set_watchdog(loop_, 1);  // only where the service manager asks for it
  sd_notify(0, "READY=1");
  return {};
}

base::Result<void> Daemon::watch_signals() {
  for (const int number : signals) {
    if (auto r = checked(sd_event_add_signal(loop_, nullptr, number, on_signal, this), "watch signals"); !r) return r;
  }
  return {};
}

base::Result<void> Daemon::watch_drop() {
  const int added =
      sd_event_add_inotify(loop_, nullptr, drop_->path().c_str(), IN_CLOSE_WRITE | IN_MOVED_TO, on_drop, this);
  // Without inotify (limit reached) the scan every minute is enough.
  if (added < 0) base::log(base::Level::warning, base::system_failure("watch " + drop_->path(), -added).text);
  return {};
}

int Daemon::on_workers(sd_event_source*, int, uint32_t, void* self) {
  static_cast<Daemon*>(self)->workers_->collect();
  return 0;
}

int Daemon::on_timer(sd_event_source*, uint64_t, void*) { return 0; }  // turn() does the work after every event

int Daemon::on_minute(sd_event_source* source, uint64_t, void* pointer) {
  auto& self = *static_cast<Daemon*>(pointer);
  self.clock_.observe();
  self.drop_->scan();
  sd_event_source_set_time_relative(source, minute_microseconds);
  sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
  return 0;
}

int Daemon::on_drop(sd_event_source*, const inotify_event*, void* self) {
  static_cast<Daemon*>(self)->drop_->scan();
  return 0;
}

int Daemon::on_signal(sd_event_source*, const signalfd_siginfo* info, void* pointer) {
  auto& self = *static_cast<Daemon*>(pointer);
  switch (static_cast<int>(info->ssi_signo)) {
    case SIGHUP:
      self.reload();
      break;
    case SIGALRM:
      self.manager_.all_due();
      break;
    default:
      self.stopping_ = true;
      break;
  }
  return 0;
}

void Daemon::reload() {
  auto rules = load_rules(places_);
  if (!rules) {
    base::log(base::Level::error, rules.error().text + "; the configuration read before stays in force");
    return;
  }
  manager_.use_rules(std::move(*rules));
  manager_.all_due();
  base::log(base::Level::info, "configuration read again");
}

void Daemon::arm_timer() {
  const auto due = manager_.next_due();
  if (!due) {
    sd_event_source_set_enabled(timer_, SD_EVENT_OFF);
    return;
  }
  const auto at = std::chrono::duration_cast<std::chrono::microseconds>(due->time_since_epoch()).count();
  sd_event_source_set_time(timer_, static_cast<std::uint64_t>(at) + 1);
  sd_event_source_set_enabled(timer_, SD_EVENT_ONESHOT);
}

base::Result<void> Daemon::turn() {
  if (!stopping_) manager_.run_due();
  arm_timer();
  return checked(sd_event_run(loop_, UINT64_MAX), "event loop");
}

base::Result<void> Daemon::run() {
  const auto started = std::chrono::steady_clock::now();
  while (!stopping_) {
    if (options_.once) {
      manager_.run_due();
      const auto due = manager_.next_due();
      if (manager_.nothing_running() && (!due || *due > started)) {
        // What this run deferred is due later; what it made (bounces) is due now.
        if (!due || *due > std::chrono::steady_clock::now()) break;
      }
    }
    if (auto turned = turn(); !turned) return turned;
  }
  sd_notify(0, "STOPPING=1");
  listener_.reset();
  while (!manager_.nothing_running()) {
    if (auto turned = turn(); !turned) return turned;
  }
  if (auto saved = clock_.save(); !saved) base::log(base::Level::warning, saved.error().text);
  return {};
}

}  // namespace mta
