#include "modem/modem.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/log.h"
#include "modem/ask.h"
#include "modem/dial_line.h"
#include "modem/unsolicited.h"

namespace modem {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds carrier_delay{1000};  // DCD comes with CONNECT; adapters poll it
constexpr milliseconds carrier_poll{20};
constexpr milliseconds reopen_poll{50};
constexpr std::size_t max_report_bytes = 4096;

// It knows of no errors, and corrects none.
ResultCode null_connect() { return {ResultKind::connect, "null modem", {}, false}; }

PortSettings settings_of(const conf::ModemProfile& profile) { return {profile.speed, profile.flow}; }

Retry retry_of(const base::Failure& failure) {
  if (failure.error == EBUSY) return Retry::soon;
  // A port that is not there is a person's matter, unless it is one that comes and goes with its plug: its kind tells.
  for (const int person : {EACCES, EPERM, ENOTTY, ENOTDIR, ELOOP, EINVAL}) {
    if (failure.error == person) return Retry::stop;
  }
  return failure.kind == base::FailureKind::permanent ? Retry::stop : Retry::later;
}

// Above 8 each maker has numbers of his own (result_code.h).
std::string advice_on_no_connect(const AtAnswer& answer) {
  const bool has_number = std::ranges::any_of(
      answer.lines, [](const auto& line) { return line.find_first_not_of("0123456789") == std::string::npos; });
  if (has_number) return "the modem answers in numbers: put V1 into init";
  const bool has_failed = std::ranges::any_of(answer.unsolicited, is_hardware_failure);
  return has_failed ? "the modem says HARDWARE FAILURE: switch it off and on" : "";
}

}  // namespace

Modem::Modem(conf::ModemProfile profile, std::string program, PortLock lock, std::unique_ptr<Port> port,
             base::StopSignals* stop, Upkeep upkeep)
    : profile_(std::move(profile)),
      program_(std::move(program)),
      lock_(std::move(lock)),
      port_(std::move(port)),
      stop_(stop),
      upkeep_(std::move(upkeep)),
      ladder_(profile_) {}

Modem::~Modem() {
  if (port_ && off_hook_) [[maybe_unused]]
    auto tried = hang_up();
  [[maybe_unused]] auto closed = close();
}

Outcome<Modem> Modem::open(const conf::ModemProfile& profile, const std::string& program, base::StopSignals* stop,
                           Upkeep upkeep) {
  auto lock = lock_port(profile, program);
  if (!lock) return fail(std::move(lock.error()));
  auto port = Port::open(profile.port, settings_of(profile));
  if (!port) return fail({retry_of(port.error()), port.error().text, "", port.error().error});
  return Modem(profile, program, std::move(*lock), std::move(*port), stop, std::move(upkeep));
}

Outcome<PortLock> Modem::lock_port(const conf::ModemProfile& profile, const std::string& program) {
  auto lock = PortLock::take(profile.lock_dir, profile.port, program);
  if (!lock) return fail({retry_of(lock.error()), lock.error().text, "", lock.error().error});
  return std::move(*lock);
}

Outcome<void> Modem::unlock() {
  if (!lock_) return {};
  auto released = std::exchange(lock_, std::nullopt)->release();
  if (!released) return fail({Retry::later, released.error().text, "", released.error().error});
  return {};
}

void Modem::leave() {
  off_hook_ = false;
  port_->unclaim();
  // Its flags are those of whoever has the line now.
  [[maybe_unused]] const auto blocking = base::set_nonblocking(port_->fd(), false);
}

Outcome<void> Modem::close() {
  port_.reset();
  off_hook_ = false;
  return unlock();
}

std::string Modem::where() const {
  return "modem " + profile_.name + " on " + (port_ ? port_->device() : profile_.port) + ": ";
}

Trouble Modem::trouble(const base::Failure& failure) const {
  if (failure.error == EINTR) return {Retry::soon, failure.text, "", EINTR};
  return {Retry::soon, where() + "the port has gone: " + failure.text, "", failure.error};
}

Outcome<void> Modem::reopen(const base::Deadline& deadline) {
  port_.reset();
  for (;;) {
    auto port = Port::open(profile_.port, settings_of(profile_));
    if (port) {
      port_ = std::move(*port);
      return {};
    }
    // A device that was plugged in again, or a pty that was replaced, has its name back after a moment.
    if (deadline.passed()) return fail({retry_of(port.error()), port.error().text, "", port.error().error});
    [[maybe_unused]] auto waited = base::pause(base::Deadline::after(reopen_poll), nullptr);
  }
}

base::Result<bool> Modem::answers(const std::string& bytes, milliseconds limit, base::StopSignals* stop) {
  const auto answer = ask(*port_, {bytes, Final::ok, limit}, stop);
  if (!answer) return answer.error();
  return answer->answered && answer->code.kind == ResultKind::ok;
}

base::Result<void> Modem::drop_dtr(base::StopSignals* stop) {
  if (auto flushed = port_->flush_output(); !flushed) return flushed;
  if (auto low = port_->set_dtr(false); !low) return low;
  auto paused = base::pause(base::Deadline::after(profile_.dtr_low), stop);
  auto high = port_->set_dtr(true);
  return paused ? high : paused;
}

base::Result<bool> Modem::escape(base::StopSignals* stop) {
  // V.250 and every Hayes: silence, three octets without CR, silence. A modem that is in command state already takes
  // them for the start of a line; the CR before ATH0 ends that.
  if (auto before = base::pause(base::Deadline::after(profile_.guard_time), stop); !before) return before.error();
  const auto limit = std::min(profile_.command_timeout, answer_limit);
  if (auto escaped = answers("+++", profile_.guard_time + limit, stop); !escaped) return escaped.error();
  return answers("\r" + profile_.hangup_command + "\r", limit, stop);
}

Outcome<Connection> Modem::dial(const DialOrder& order) {
  if (!conf::is_command_line(order.phone))
    return fail({Retry::stop, "dial: '" + base::escape(order.phone) + "' is no telephone number", "", 0});
  off_hook_ = true;
  if (is_null()) {
    auto joined = join();
    if (joined && order.script) return on_line(play(order));
    if (joined && !profile_.carrier_detect) {
      const auto deadline = base::Deadline::after(profile_.command_timeout);
      if (auto called = port_->write("\r", deadline, stop_); !called) joined = fail(trouble(called.error()));
    }
    return on_line(std::move(joined));
  }
  if (order.script) return on_line(play(order));
  const auto line = profile_.dial + order.phone;
  if (order.log) order.log("send (" + line + ")");
  return on_line(call(line, order.phone));
}

Outcome<Connection> Modem::answer() {
  off_hook_ = true;
  return on_line(is_null() ? join() : call(profile_.answer, ""));
}

Outcome<Connection> Modem::call(const std::string& line, std::string_view number) {
  const std::string what = number.empty() ? "answer a call" : "dial " + std::string(number);
  const auto dialled_at = std::chrono::steady_clock::now();
  auto answer = ask(*port_, {line + "\r", Final::connect, profile_.connect_timeout}, stop_);
  const auto after = duration_cast<milliseconds>(std::chrono::steady_clock::now() - dialled_at);
  if (!answer) return fail(trouble(answer.error()));
  if (!answer->answered)
    return fail({Retry::later,
                 what + ": " + (answer->lines.empty() ? "the modem answered nothing" : "no CONNECT") + " within " +
                     time_text(profile_.connect_timeout),
                 advice_on_no_connect(*answer), 0});
  if (answer->code.kind == ResultKind::connect) return Connection{std::move(answer->code), ""};
  in_command_state_ = true;
  has_said_no_carrier_ = answer->code.kind == ResultKind::no_carrier;
  // Who calls may be anybody, which is no fault of ours: the next call is answered.
  if (number.empty() && (answer->code.kind == ResultKind::fax || answer->code.kind == ResultKind::voice))
    return fail({Retry::later,
                 what + ": a " + (answer->code.kind == ResultKind::fax ? "fax machine" : "person") +
                     " calls, and data calls alone are taken: " + base::escape(answer->code.text),
                 "", 0});
  return fail(trouble_of(answer->code, number, number.empty() ? std::nullopt : std::optional(after)));
}

Outcome<Connection> Modem::play(const DialOrder& order) {
  if (!is_null()) {  // whose input is the other end's already
    if (auto flushed = port_->flush_input(); !flushed) return fail(trouble(flushed.error()));
  }
  DialLine line(*port_, stop_);
  Connection connection;
  chat::Settings settings;
  settings.pace = profile_.pace;
  settings.phone = order.phone;
  chat::Listener listener;
  listener.log = order.log;
  listener.report = [&](std::string_view text) {
    auto& report = connection.chat_report;
    if (report.size() + text.size() < max_report_bytes) report.append(report.empty() ? "" : "\n").append(text);
  };
  const auto ending = chat::converse(*order.script, settings, line, listener);
  const auto deadline = base::Deadline::after(std::min(profile_.command_timeout, answer_limit));
  if (ending.status == chat::status_done) {
    line.read_connect(deadline);
  } else if (ending.status >= chat::status_abort && !line.watch().connect()) {
    line.read_line(deadline);
  }
  if (ending.status == chat::status_done && (line.watch().connect() || is_null())) {
    connection.connect = line.watch().connect().value_or(null_connect());
    return connection;
  }
  in_command_state_ = line.watch().failure().has_value();
  has_said_no_carrier_ = in_command_state_ && line.watch().failure()->kind == ResultKind::no_carrier;
  return fail(trouble_of_script(ending, line.watch(), line.fault(), order.phone, line.failed_after()));
}

Outcome<Connection> Modem::join() {
  const auto there = wait_other_end(base::Deadline::after(profile_.connect_timeout));
  if (!there) return fail(there.error());
  if (*there) return Connection{null_connect(), ""};
  return fail({Retry::later, where() + "nobody is at the other end of the line: DCD is off",
               "start the other end, or set carrier_detect = false in " + profile_.file, 0});
}

// False: the deadline passed. Where DCD is not wired nobody can tell.
Outcome<bool> Modem::wait_other_end(const base::Deadline& deadline) {
  while (carrier() == false) {
    if (gone()) return fail(trouble(base::system_failure("read " + port_->device(), EIO)));
    if (deadline.passed()) return false;
    if (auto waited = base::pause(base::Deadline::after(carrier_poll), stop_); !waited)
      return fail(trouble(waited.error()));
  }
  return true;
}

// What follows every attempt: the carrier is watched, or the line is put on-hook.
Outcome<Connection> Modem::on_line(Outcome<Connection> connection) {
  if (connection) {
    auto followed = follow_carrier();
    was_connected_ = followed.has_value();
    if (followed) return connection;
    connection = fail(std::move(followed.error()));
  }
  if (std::exchange(has_said_no_carrier_, false) && has_network()) add_release_cause(connection.error());
  if (auto down = hang_up(); !down) {
    // That matters more than why the call failed: it may cost money by the minute. Nobody has to be told of it twice.
    down.error().text = connection.error().text + "; then " + down.error().text;
    return fail(std::move(down.error()));
  }
  return connection;
}

Outcome<void> Modem::follow_carrier() {
  if (use_ != Use::line || !profile_.carrier_detect) return {};
  const auto deadline = base::Deadline::after(carrier_delay);
  while (carrier() == false) {
    if (deadline.passed())
      return fail({Retry::soon, where() + "CONNECT came and DCD is off: the carrier was lost at once",
                   "or DCD is not wired: carrier_detect = false in " + profile_.file, 0});
    if (auto waited = base::pause(base::Deadline::after(carrier_poll), stop_); !waited)
      return fail(trouble(waited.error()));
  }
  if (auto followed = port_->follow_carrier(true); !followed) return fail(trouble(followed.error()));
  return {};
}

bool Modem::gone() const {
  pollfd entry{port_ ? port_->fd().get() : -1, POLLRDHUP, 0};  // a server's end of a connection is no hang-up to poll
  return !port_ || (::poll(&entry, 1, 0) > 0 && entry.revents != 0);
}

std::optional<bool> Modem::carrier() {
  if (!port_ || !profile_.carrier_detect) return std::nullopt;
  const auto lines = port_->lines();
  if (!lines) return false;
  if (!*lines) return std::nullopt;
  return (*lines)->dcd;
}

bool Modem::carrier_lost() { return gone() || carrier() == false || port_->said_no_carrier(); }

}  // namespace modem
