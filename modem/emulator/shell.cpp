#include "modem/emulator/shell.h"

#include <poll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <list>
#include <map>
#include <optional>

#include "base/io.h"
#include "base/stop_signals.h"
#include "modem/emulator/event_log.h"
#include "modem/emulator/leaving.h"
#include "modem/emulator/lines_file.h"
#include "modem/emulator/pty.h"
#include "modem/emulator/slave_watch.h"
#include "modem/emulator/sockets.h"

namespace emulator {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr Time sample_interval = milliseconds(10);  // of speed 0 and of a lines file; real time
constexpr Time leaving_interval = milliseconds(1);
// Octets come one by one; the shell looks at them this often at most.
constexpr Time longest_grain = milliseconds(1);
constexpr Time shortest_grain = microseconds(100);
constexpr std::size_t terminal_buffer_bytes = 2048;  // for the DTE, beyond what the pty holds
constexpr std::size_t read_bytes = 4096;

struct Port {
  PortOptions options;
  Pty pty;
  int watch = -1;
  bool open = false;  // somebody has the slave open
  std::optional<LinesFile> lines;
  std::string pending;     // for the DTE
  std::size_t polled = 0;  // its place among what is polled
  DteSpeed speed;
};

class Shell {
 public:
  Shell(const Options& options, EventLog log, SlaveWatch watch, base::StopSignals stop)
      : options_(options),
        emulation_(options.modems, options.exchange, options.book),
        sockets_(emulation_, options.programs),
        log_(std::move(log)),
        watch_(std::move(watch)),
        stop_(std::move(stop)),
        grain_(std::clamp(std::chrono::duration_cast<Time>(longest_grain * options.time_scale), shortest_grain,
                          longest_grain)) {}

  ~Shell() {
    for (const Port& port : ports_) remove_link(port.options.link, port.pty.device());
  }
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;

  base::Result<void> set_up() {
    if (auto r = sockets_.prepare(options_.addresses); !r) return r;
    for (const PortOptions& one : options_.ports) {
      auto pty = Pty::make();
      if (!pty) return pty.error();
      Port port{one, std::move(*pty), -1, false, std::nullopt, {}, 0, DteSpeed(one.speed)};
      if (!one.lines_file.empty()) {
        auto lines = LinesFile::open(one.lines_file);
        if (!lines) return lines.error();
        port.lines = std::move(*lines);
      }
      if (auto r = publish(port); !r) return r;
      ports_.push_back(std::move(port));
    }
    for (End modem = 0; modem < ports_.size(); ++modem) note(modem, "ready");
    write_out();  // the modem lines
    return {};
  }

  base::Result<void> run() {
    for (;;) {
      if (auto r = wait(); !r) return r;
      if (stop_.count() > 0) return {};
      now_ = virtual_now();
      if (auto r = look_at_slaves(); !r) return r;
      read_ports();
      carry_out(sockets_.serve(now_, polled_));
      sample_ports();
      deliver();
      carry_out(emulation_.advance(now_));
      write_out();
      if (failure_) return *failure_;
    }
  }

 private:
  [[nodiscard]] double real_seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  [[nodiscard]] Time virtual_now() const {
    return std::chrono::duration_cast<Time>(std::chrono::duration<double, std::nano>(Clock::now() - start_) /
                                            options_.time_scale);
  }
  [[nodiscard]] Time real_until(Time at) const {
    return std::chrono::duration_cast<Time>(std::chrono::duration<double, std::nano>(at) * options_.time_scale) -
           (Clock::now() - start_);
  }

  void note(End modem, const std::string& event) {
    log_.write(real_seconds(), Record{event, emulation_.name(modem), {}});
  }

  base::Result<void> publish(Port& port) {
    auto watch = watch_.add(port.pty.device());
    if (!watch) return watch.error();
    port.watch = *watch;
    return make_link(port.options.link, port.pty.device());
  }

  // ---- waiting

  base::Result<void> wait() {
    polled_.clear();
    polled_.push_back({stop_.fd().get(), POLLIN, 0});
    polled_.push_back({watch_.fd().get(), POLLIN, 0});
    std::optional<Time> least;  // real, from now
    const auto within = [&](Time real) { least = least ? std::min(*least, real) : real; };
    const auto by = [&](std::optional<Time> at) {
      if (at) within(std::max(real_until(*at), grain_));
    };
    by(emulation_.due());
    const Time now = virtual_now();
    for (End modem = 0; modem < ports_.size(); ++modem) {
      Port& port = ports_[modem];
      if (port.pending.size() < terminal_buffer_bytes) by(emulation_.next_arrival(modem));
      by(emulation_.more_room(now, modem));
      if (port.open) within(sample_interval);
      port.polled = polled_.size();
      polled_.push_back({port.open ? port.pty.master().get() : -1, events_of(now, modem), 0});
    }
    by(sockets_.due(now));
    sockets_.poll(now, polled_);
    if (!leaving_.empty() || sockets_.closing()) within(leaving_interval);
    if (sockets_.lingering()) within(sample_interval);
    return poll(least);
  }

  [[nodiscard]] bool reads(Time now, End modem) const {
    return ports_[modem].open && ports_[modem].pending.size() < terminal_buffer_bytes &&
           emulation_.room(now, modem) >= room_worth_waking;
  }

  [[nodiscard]] short events_of(Time now, End modem) const {
    int events = 0;
    if (reads(now, modem)) events |= POLLIN;
    if (!ports_[modem].pending.empty()) events |= POLLOUT;
    return static_cast<short>(events);
  }

  base::Result<void> poll(std::optional<Time> within) {
    timespec limit{};
    if (within) {
      const Time left = std::max(*within, Time::zero());
      limit.tv_sec = static_cast<time_t>(left.count() / std::nano::den);
      limit.tv_nsec = static_cast<long>(left.count() % std::nano::den);
    }
    const int ready = ::ppoll(polled_.data(), polled_.size(), within ? &limit : nullptr, nullptr);
    if (ready < 0 && errno != EINTR) return base::system_failure("wait for the modems");
    return {};
  }

  // ---- the slaves

  base::Result<void> look_at_slaves() {
    std::map<int, bool> seen;
    watch_.read([&](const SlaveWatch::Seen& one) { seen[one.watch] = one.reopened; });
    for (End modem = 0; modem < ports_.size(); ++modem) {
      Port& port = ports_[modem];
      const auto found = seen.find(port.watch);
      const bool hung_up = port.open && (polled_[port.polled].revents & POLLHUP) != 0;
      if (found == seen.end() && !hung_up) continue;
      if (found != seen.end() && found->second && port.open) closed(modem);
      if (port.pty.slave_is_open()) {
        if (!port.open) opened(modem);
      } else {
        watch_.closed(port.watch);
        if (port.open) closed(modem);
        // Between the close that was seen and now.
        if (port.pty.slave_is_open()) opened(modem);
      }
    }
    return {};
  }

  void opened(End modem) {
    Port& port = ports_[modem];
    port.open = true;
    note(modem, "opened");
    follow_dtr(modem);
  }

  // What was written before the close counts as far as it is a command; data of a call goes with the call.
  void closed(End modem) {
    Port& port = ports_[modem];
    note(modem, "closed");
    const bool in_call = emulation_.dce(modem).takes_octets();
    const bool stalled = !reads(now_, modem);
    const bool still_closed = !port.pty.slave_is_open();
    if (!in_call && still_closed) read_port(modem);
    port.open = false;
    port.pending.clear();
    follow_dtr(modem);
    if (in_call && !emulation_.dce(modem).takes_octets() && (still_closed || stalled)) port.pty.discard_input();
    if (still_closed) tidy(port);
  }

  // Our own look at the slave is not watched; somebody may come meanwhile.
  void tidy(Port& port) {
    watch_.remove(port.watch);
    if (!port.pty.tidy()) return renew(port);
    auto watch = watch_.add(port.pty.device());
    if (!watch) {
      failure_ = watch.error();
      return;
    }
    port.watch = *watch;
    if (port.pty.slave_is_open()) watch_.found_open(port.watch);
  }

  void follow_dtr(End modem) {
    const Port& port = ports_[modem];
    const bool on = port.open && (port.lines ? port.lines->dtr() : !port.pty.speed_is_zero());
    carry_out(emulation_.dtr(now_, modem, on));
  }

  void sample_ports() {
    const auto real = Clock::now();
    if (real >= next_sample_) {
      next_sample_ = real + sample_interval;
      for (End modem = 0; modem < ports_.size(); ++modem) {
        if (ports_[modem].open) follow_dtr(modem);
      }
    }
  }

  void read_ports() {
    for (End modem = 0; modem < ports_.size(); ++modem) {
      if (!ports_[modem].open) continue;
      if (reads(now_, modem)) {
        read_port(modem);
      } else {
        carry_out(emulation_.stalled(now_, modem));
      }
    }
  }

  void read_port(End modem) {
    std::array<char, read_bytes> buffer{};
    // What a command line starts may change how much is taken.
    for (std::size_t room = emulation_.room(now_, modem); room > 0; room = emulation_.room(now_, modem)) {
      const auto count = ports_[modem].pty.read(std::span(buffer).first(std::min(room, buffer.size())));
      if (!count) return;
      Port& port = ports_[modem];
      const auto heard = port.speed.from_dte(std::string_view(buffer.data(), *count), port.pty.speed());
      carry_out(emulation_.octets(now_, modem, heard));
      if (port.pending.size() >= terminal_buffer_bytes) return;
    }
  }

  // ---- what the emulation wants

  static void give(Port& port, std::string_view bytes) { port.pending += port.speed.to_dte(bytes, port.pty.speed()); }

  void carry_out(const std::vector<Output>& outputs) {
    for (const Output& output : outputs) {
      if (const auto* to = std::get_if<ToTerminal>(&output)) {
        if (ports_[to->modem].open) give(ports_[to->modem], to->bytes);
      } else if (const auto* fell = std::get_if<CarrierFell>(&output)) {
        carrier_fell(fell->modem);
      } else if (const auto* gone = std::get_if<DeviceGone>(&output)) {
        device_gone(gone->modem);
      } else if (const auto* back = std::get_if<DeviceBack>(&output)) {
        if (auto r = publish(ports_[back->modem]); !r) failure_ = r.error();
      } else if (const auto* open = std::get_if<OpenSocket>(&output)) {
        sockets_.open(*open);
      } else if (const auto* close = std::get_if<CloseSocket>(&output)) {
        sockets_.close(close->end);
      } else {
        log_.write(real_seconds(), std::get<Record>(output));
      }
    }
  }

  // A tty whose CLOCAL is off is hung up when the carrier goes: its holder reads the end of the file, and has to open
  // the link again, which leads to a new pty by then.
  void carrier_fell(End modem) {
    Port& port = ports_[modem];
    if (!port.open || port.pty.ignores_carrier()) return;
    note(modem, "hangup_pty");
    watch_.remove(port.watch);
    renew(port);
    follow_dtr(modem);
  }

  // As an unplugged device: its holder reads the end of the file, and there is no link until it is back.
  void device_gone(End modem) {
    Port& port = ports_[modem];
    remove_link(port.options.link, port.pty.device());
    watch_.remove(port.watch);
    replace(port);
    follow_dtr(modem);
  }

  // The link leads to a new pty.
  void renew(Port& port) {
    replace(port);
    if (failure_) return;
    if (auto r = publish(port); !r) failure_ = r.error();
  }

  // The old pty is closed when its holder has read what there is.
  void replace(Port& port) {
    auto fresh = Pty::make();
    if (!fresh) {
      failure_ = fresh.error();
      return;
    }
    leaving_.emplace_back(std::exchange(port.pty, std::move(*fresh)), std::exchange(port.pending, {}));
    port.open = false;
    port.watch = -1;
  }

  void deliver() {
    for (End modem = 0; modem < ports_.size(); ++modem) {
      Port& port = ports_[modem];
      for (;;) {
        const std::size_t room = terminal_buffer_bytes - std::min(port.pending.size(), terminal_buffer_bytes);
        const std::string bytes = emulation_.take(now_, modem, room);
        if (bytes.empty()) break;
        if (!port.open) continue;  // nobody reads it
        give(port, bytes);
        write_port(port);
      }
    }
    carry_out(sockets_.deliver(now_));
  }

  static void write_port(Port& port) {
    while (!port.pending.empty()) {
      const std::size_t count = port.pty.write(port.pending);
      if (count == 0) return;
      port.pending.erase(0, count);
    }
  }

  void write_out() {
    for (End modem = 0; modem < ports_.size(); ++modem) {
      Port& port = ports_[modem];
      if (port.open) write_port(port);
      const Dce& dce = emulation_.dce(modem);
      if (port.lines) {
        port.lines->set(dce.clear_to_send(), dce.carrier_detect(), dce.data_set_ready(), dce.ring_indicator(now_));
      }
    }
    leaving_.remove_if([](Leaving& one) { return one.has_left(); });
  }

  const Options& options_;
  Emulation emulation_;
  Sockets sockets_;
  EventLog log_;
  SlaveWatch watch_;
  base::StopSignals stop_;
  Time grain_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point next_sample_ = start_;
  Time now_{};
  std::vector<Port> ports_;
  std::list<Leaving> leaving_;
  std::vector<pollfd> polled_;
  std::optional<base::Failure> failure_;
};

}  // namespace

base::Result<void> run_emulator(const Options& options) {
  auto stop = base::StopSignals::watch();
  if (!stop) return stop.error();
  auto log = EventLog::open(options.log_file);
  if (!log) return log.error();
  auto watch = SlaveWatch::make();
  if (!watch) return watch.error();
  // The kernel puts 50 µs on every wait, which is much at a small time scale.
  ::prctl(PR_SET_TIMERSLACK, 1000);
  Shell shell(options, std::move(*log), std::move(*watch), std::move(*stop));
  if (auto r = shell.set_up(); !r) return r;
  base::Fd out(::dup(STDOUT_FILENO));
  if (auto r = base::write_all(out, "ready\n"); !r) return r.error();
  out.reset();
  return shell.run();
}

}  // namespace emulator
