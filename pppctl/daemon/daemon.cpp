#include "pppctl/daemon/daemon.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <set>

#include "base/child.h"
#include "base/clock.h"
#include "base/directory.h"
#include "base/log.h"
#include "conf/link.h"
#include "conf/named_file.h"
#include "conf/routes.h"
#include "conf/text.h"
#include "conf/waiting_file.h"
#include "pppctl/daemon/control.h"
#include "pppctl/link_lock.h"
#include "pppctl/moment.h"
#include "pppctl/next_look.h"
#include "pppctl/print.h"
#include "pppctl/session.h"

namespace pppctl::daemon {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

constexpr std::array signals{SIGTERM, SIGINT, SIGHUP};
constexpr seconds recover_rest{60};  // what could not be put right is tried again
constexpr seconds settle{1};         // deliveries come in bursts
constexpr seconds stop_limit{60};    // for sessions to end after SIGTERM; a hang-up takes its time

base::Result<void> checked(int result, std::string_view what) {
  if (result < 0) return base::system_failure(what, -result);
  return {};
}

// What has to be right for the daemon's own work; sessions read their profiles themselves.
struct Setting {
  std::vector<std::string> links;
  std::set<std::string> spools;
};

base::Result<Setting> read_setting(const conf::Places& places) {
  Setting setting;
  auto links = conf::names_in(places.links_dir(), ".toml");
  if (!links) return links.error();
  for (const auto& name : *links) {
    if (const auto link = conf::load_link(places, name); !link) return link.error();
  }
  setting.links = std::move(*links);
  const auto routes = conf::load_routes(places);
  if (!routes) return routes.error();
  for (const auto& route : routes->all()) setting.spools.insert(route.spool);
  return setting;
}

class Daemon {
 public:
  explicit Daemon(const conf::Places& places) : places_(places) {}
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon() {
    sessions_.clear();
    control_.reset();
    for (auto* watch : watches_) sd_event_source_disable_unref(watch);
    sd_event_source_disable_unref(timer_);
    sd_event_unref(loop_);
  }

  base::Result<void> open();
  base::Result<void> run();

 private:
  // A child at work: the look that calls what is to be called, a call that was asked for, or the recovery.
  struct Session {
    Daemon* daemon = nullptr;
    std::string link;  // any_link for the look
    base::Child child;
    sd_event_source* source = nullptr;

    Session(Daemon* owner, std::string name, base::Child started)
        : daemon(owner), link(std::move(name)), child(std::move(started)) {}
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session() { sd_event_source_disable_unref(source); }
  };

  base::Result<void> watch_signals();
  void watch_spools();
  base::Result<void> start(const std::string& link, const std::vector<std::string>& words);
  void on_end(Session& session);
  void look();
  void look_in(microseconds time);
  void reload();
  void stop();
  Answer answer(const std::string& request, bool has_rights);
  Answer up(const std::string& link);
  Answer down(const std::string& link);
  [[nodiscard]] Answer tell() const;
  [[nodiscard]] Session* session_of(const std::string& link);
  [[nodiscard]] std::string state_text() const;

  static int on_signal(sd_event_source*, const signalfd_siginfo* info, void* self);
  static int on_timer(sd_event_source*, uint64_t, void* self);
  static int on_spool(sd_event_source*, const inotify_event*, void* self);
  static int on_child(sd_event_source*, int, uint32_t, void* session);

  const conf::Places& places_;
  base::Fd lock_;
  Setting setting_;
  sd_event* loop_ = nullptr;
  sd_event_source* timer_ = nullptr;
  std::vector<sd_event_source*> watches_;
  std::unique_ptr<Control> control_;
  std::vector<std::unique_ptr<Session>> sessions_;
  bool has_news_ = false;  // mail came while a look was under way
  base::Deadline recover_again_;
  bool stopping_ = false;
};

base::Result<void> Daemon::open() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : signals) ::sigaddset(&set, number);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  auto setting = read_setting(places_);
  if (!setting) return setting.error();
  setting_ = std::move(*setting);
  auto lock = lock_daemon(places_);
  if (!lock) return lock.error();
  lock_ = std::move(*lock);
  if (auto r = checked(sd_event_new(&loop_), "create event loop"); !r) return r;
  if (auto r = watch_signals(); !r) return r;
  if (auto r = checked(sd_event_add_time(loop_, &timer_, CLOCK_BOOTTIME, 0, 0, on_timer, this), "add timer"); !r)
    return r;
  sd_event_source_set_enabled(timer_, SD_EVENT_OFF);
  auto control =
      Control::open(places_, loop_, [this](const auto& request, bool rights) { return answer(request, rights); });
  if (!control) return control.error();
  control_ = std::move(*control);
  watch_spools();
  // What a session of an earlier life has left comes first; the look follows its end.
  if (auto started = start("", {"recover"}); !started) return started;
  sd_event_set_watchdog(loop_, 1);  // only where the service manager asks for it
  sd_notify(0, "READY=1");
  base::log(base::Level::info, "at work for " + std::to_string(setting_.links.size()) + " links");
  return {};
}

base::Result<void> Daemon::watch_signals() {
  for (const int number : signals) {
    if (auto r = checked(sd_event_add_signal(loop_, nullptr, number, on_signal, this), "watch signals"); !r) return r;
  }
  return {};
}

// A spool that is not there yet, or cannot be watched, is seen at the next look.
void Daemon::watch_spools() {
  for (auto* watch : watches_) sd_event_source_disable_unref(watch);
  watches_.clear();
  for (const auto& spool : setting_.spools) {
    sd_event_source* watch = nullptr;
    const auto path = spool + "/new";
    if (sd_event_add_inotify(loop_, &watch, path.c_str(), IN_MOVED_TO | IN_CREATE, on_spool, this) >= 0) {
      watches_.push_back(watch);
    }
  }
}

base::Result<void> Daemon::start(const std::string& link, const std::vector<std::string>& words) {
  base::ChildOptions options;
  options.argv = {base::sibling_program("pppctl")};
  options.argv.insert(options.argv.end(), words.begin(), words.end());
  options.own_group = true;        // Ctrl-C is ours, and we tell them
  options.die_with_parent = true;  // SIGTERM: the line goes on-hook in order
  auto child = base::Child::start(options);
  if (!child) return child.error();
  auto session = std::make_unique<Session>(this, link, std::move(*child));
  const int fd = session->child.end_event().get();
  const int added = sd_event_add_io(loop_, &session->source, fd, EPOLLIN, on_child, session.get());
  if (added < 0) return base::system_failure("watch a session", -added);
  sessions_.push_back(std::move(session));
  sd_notify(0, ("STATUS=" + state_text()).c_str());
  return {};
}

int Daemon::on_child(sd_event_source*, int, uint32_t, void* pointer) {
  auto& session = *static_cast<Session*>(pointer);
  session.daemon->on_end(session);
  return 0;
}

void Daemon::on_end(Session& session) {
  const auto end = session.child.wait();
  if (!end) base::log(base::Level::error, end.error().text);
  if (end && *end && !(*end)->exited) {
    base::log(base::Level::error,
              "the session " + session.link + " was killed by signal " + std::to_string((*end)->status));
  }
  if (session.link.empty() && end && *end && (!(*end)->exited || (*end)->status != 0)) {
    recover_again_ = base::Deadline::after(recover_rest);
  }
  const bool was_look = session.link == any_link && end && *end && (*end)->exited;
  std::erase_if(sessions_, [&](const auto& one) { return one.get() == &session; });
  sd_notify(0, ("STATUS=" + state_text()).c_str());
  if (stopping_) {
    if (sessions_.empty()) sd_event_exit(loop_, 0);
    return;
  }
  if (!was_look || std::exchange(has_news_, false)) return look_in(settle);
  watch_spools();  // one may have been made meanwhile
  const microseconds rest = rest_until(read_next_look(places_), read_moment().wall_ms);
  look_in(recover_again_.never() ? rest : std::min<microseconds>(rest, recover_rest));
}

void Daemon::look() {
  if (stopping_) return;
  if (session_of(std::string(any_link)) != nullptr) {
    has_news_ = true;
    return;
  }
  const std::string any(any_link);
  const bool recovers = recover_again_.passed();
  if (recovers) recover_again_ = {};
  if (auto started = recovers ? start("", {"recover"}) : start(any, {"session", any}); !started) {
    base::log(base::Level::error, started.error().text);
    look_in(longest_rest);
  }
}

void Daemon::look_in(microseconds time) {
  sd_event_source_set_time_relative(timer_, static_cast<std::uint64_t>(time.count()));
  sd_event_source_set_enabled(timer_, SD_EVENT_ONESHOT);
}

int Daemon::on_timer(sd_event_source*, uint64_t, void* self) {
  static_cast<Daemon*>(self)->look();
  return 0;
}

int Daemon::on_spool(sd_event_source*, const inotify_event*, void* pointer) {
  auto& self = *static_cast<Daemon*>(pointer);
  if (self.session_of(std::string(any_link)) != nullptr) {
    self.has_news_ = true;
  } else {
    self.look_in(settle);
  }
  return 0;
}

int Daemon::on_signal(sd_event_source*, const signalfd_siginfo* info, void* pointer) {
  auto& self = *static_cast<Daemon*>(pointer);
  if (static_cast<int>(info->ssi_signo) == SIGHUP) {
    self.reload();
  } else {
    self.stop();
  }
  return 0;
}

void Daemon::reload() {
  auto setting = read_setting(places_);
  if (!setting) {
    base::log(base::Level::error, setting.error().text + "; what was read before stays in force");
    return;
  }
  setting_ = std::move(*setting);
  watch_spools();
  base::log(base::Level::info, "configuration read again");
  look_in(settle);
}

void Daemon::stop() {
  if (std::exchange(stopping_, true)) return;
  sd_notify(0, "STOPPING=1");
  for (const auto& session : sessions_) static_cast<void>(session->child.signal(SIGTERM));
  if (sessions_.empty()) {
    sd_event_exit(loop_, 0);
    return;
  }
  // Then they are killed, and their lines fall by themselves.
  const auto limit = static_cast<std::uint64_t>(microseconds(stop_limit).count());
  sd_event_add_time_relative(
      loop_, nullptr, CLOCK_BOOTTIME, limit, 0,
      [](sd_event_source* source, uint64_t, void*) { return sd_event_exit(sd_event_source_get_event(source), 0); },
      this);
}

Daemon::Session* Daemon::session_of(const std::string& link) {
  const auto found =
      std::find_if(sessions_.begin(), sessions_.end(), [&](const auto& one) { return one->link == link; });
  return found == sessions_.end() ? nullptr : found->get();
}

std::string Daemon::state_text() const {
  if (sessions_.empty()) return "waiting for mail and time";
  std::string text;
  for (const auto& session : sessions_) {
    const auto what = session->link.empty()       ? "recovering"
                      : session->link == any_link ? "looking at all links"
                                                  : session->link;
    text += (text.empty() ? "" : ", ") + what;
  }
  return text;
}

Answer Daemon::answer(const std::string& request, bool has_rights) {
  const auto words = conf::words_of(request);
  if (words.size() == 1 && words[0] == "next") return tell();
  if (!has_rights) return {false, "only root and the daemon's user may do that"};
  if (words.size() == 1 && words[0] == "reload") {
    reload();
    return {true, "read again, or the log says why not\n"};
  }
  if (words.size() != 2) return {false, "unknown request"};
  const std::string link(words[1]);
  if (std::find(setting_.links.begin(), setting_.links.end(), link) == setting_.links.end()) {
    return {false, "there is no link '" + base::escape(link) + "'"};
  }
  if (words[0] == "up") return up(link);
  if (words[0] == "down") return down(link);
  return {false, "unknown request"};
}

Answer Daemon::up(const std::string& link) {
  if (stopping_) return {false, "the daemon is about to end"};
  if (session_of(link) != nullptr) return {true, link + ": a session is at work\n"};
  if (auto started = start(link, {"session", link, "--always"}); !started) return {false, started.error().text};
  return {true, link + ": called\n"};
}

// The look is stopped whole when it is in a call by this link.
Answer Daemon::down(const std::string& link) {
  const auto holder = link_holder(places_, link);
  for (const auto& session : sessions_) {
    if (session->link != link && (!holder || session->child.pid() != *holder)) continue;
    if (auto told = session->child.signal(SIGTERM); !told) return {false, told.error().text};
    return {true, link + ": stopped\n"};
  }
  return {true, link + ": no session of this daemon is at work\n"};
}

Answer Daemon::tell() const {
  std::string text = state_text() + "\n";
  for (const auto& line : conf::read_waiting(places_)) text += line + "\n";
  return {true, text};
}

base::Result<void> Daemon::run() { return checked(sd_event_loop(loop_), "event loop"); }

}  // namespace

base::Result<int> run_daemon(const conf::Places& places) {
  Daemon daemon(places);
  if (auto opened = daemon.open(); !opened) return opened.error();
  if (auto ran = daemon.run(); !ran) return ran.error();
  return 0;
}

base::Result<int> run_request(const std::string& request, const conf::Places& places) {
  const auto answer = ask_daemon(places, request);
  if (!answer) return answer.error();
  if (auto printed = print(*answer); !printed) return printed.error();
  return 0;
}

}  // namespace pppctl::daemon
