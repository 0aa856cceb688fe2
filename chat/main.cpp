#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <ctime>
#include <string>
#include <string_view>

#include "base/directory.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/run.h"
#include "base/secret.h"
#include "base/stop_signals.h"
#include "chat/conversation.h"
#include "chat/options.h"
#include "chat/script_check.h"
#include "chat/terminal.h"
#include "chat/transcript.h"

extern char** environ;

namespace {

// What people read must not stop the call: the result is looked at by nobody. Standard error can be the line's own open
// file, which does not wait: it gets a moment to take the text.
void print(int raw, std::string_view text) {
  constexpr int moment_ms = 1000;
  pollfd polled{raw, POLLOUT, 0};
  while (!text.empty()) {
    const auto written = ::write(raw, text.data(), text.size());
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
    if (written < 0 && (errno != EAGAIN || ::poll(&polled, 1, moment_ms) != 1)) return;
  }
}

// syslog, and standard error with -s. Steps are wanted only with -v; the last words go to standard error without it
// too.
class Journal {
 public:
  explicit Journal(const chat::Options& options) : options_(options) {
    if (options_.log_to_syslog) ::openlog("chat", LOG_PID | LOG_NDELAY, LOG_LOCAL2);
  }

  void step(std::string_view text) const {
    // chat 2.4.9 sets what was found apart from what follows.
    if (options_.verbose) put(LOG_INFO, text == " -- got it" ? " -- got it\n" : text);
  }
  void last_words(std::string_view text) const {
    if (options_.verbose) return put(LOG_INFO, text);
    if (options_.log_to_stderr) print(STDERR_FILENO, std::string(text) + "\n");
  }
  void error(std::string_view text) const { put(LOG_ERR, text); }

 private:
  void put(int level, std::string_view text) const {
    if (options_.log_to_syslog) ::syslog(level, "%s", std::string(text).c_str());
    if (options_.log_to_stderr) print(STDERR_FILENO, std::string(text) + "\n");
  }

  const chat::Options& options_;
};

// Where the reports go: the last file of -r, or standard error.
class Reports {
 public:
  explicit Reports(const chat::Options& options) : verbose_(options.verbose) {
    for (const auto& file : options.report_files) {
      name_ = file.path;
      auto opened = base::open_file(file.path, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY, 0666);
      // One that cannot be opened: standard error, without a word (chat(8)).
      file_ = opened ? std::move(*opened) : base::Fd();
      if (opened && file.announced) put("Opening \"" + name_ + "\"...\n");
    }
  }
  Reports(const Reports&) = delete;
  Reports& operator=(const Reports&) = delete;
  ~Reports() {
    if (verbose_ && !name_.empty()) put("Closing \"" + name_ + "\".\n");
  }

  void put_report(std::string_view text) const {
    const std::time_t now = ::time(nullptr);
    std::tm local{};
    ::localtime_r(&now, &local);
    char stamp[32] = "";
    const auto length = ::strftime(stamp, sizeof stamp, "%b %d %H:%M:%S ", &local);
    put("chat:  " + std::string(stamp, length) + std::string(text) + "\n");
  }

 private:
  void put(const std::string& text) const { print(file_.valid() ? file_.get() : STDERR_FILENO, text); }

  bool verbose_;
  std::string name_;
  base::Fd file_;
};

// HANGUP OFF. A blocked signal is kept even while it is ignored, so it is unblocked for that time.
void obey_hangup(bool on) {
  sigset_t hangup;
  ::sigemptyset(&hangup);
  ::sigaddset(&hangup, SIGHUP);
  if (!on) ::signal(SIGHUP, SIG_IGN);
  ::sigprocmask(on ? SIG_BLOCK : SIG_UNBLOCK, &hangup, nullptr);
  if (on) ::signal(SIGHUP, SIG_DFL);
}

chat::Environment environment() {
  chat::Environment found;
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) found.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return found;
}

base::Result<std::string> read_script_file(const std::string& name) {
  auto text = base::read_file(name, chat::max_script_bytes);
  if (!text && text.error().error != 0)
    return base::permanent(name + " -- open failed: " + std::string(::strerrordesc_np(text.error().error)));
  return text;
}

base::Result<chat::Script> read_script(const chat::Options& options) {
  if (!options.script_file) return chat::script_of_words(options.words);
  const auto text = read_script_file(*options.script_file);
  if (!text) return text.error();
  return chat::parse_script(*text, *options.script_file);
}

// --check: what is wrong, a line each, and whether the conversation would come to grief.
int check(const std::string& name, const chat::Settings& settings) {
  const auto text = read_script_file(name);
  if (!text) {
    base::log(base::Level::error, text.error().text);
    return chat::status_error;
  }
  auto report = chat::check_script(*text, settings);
  for (const auto& file : report.files) {
    if (::access(file.name.c_str(), R_OK) != 0)
      report.add({chat::ScriptFault::Kind::error, file.line, file.name + ": " + ::strerrordesc_np(errno)});
  }
  for (const auto& fault : report.faults) {
    const bool error = fault.kind == chat::ScriptFault::Kind::error;
    base::log(error ? base::Level::error : base::Level::warning,
              name + ":" + std::to_string(fault.line) + ": " + fault.text);
  }
  return report.has_error() ? chat::status_error : chat::status_done;
}

int talk(const chat::Options& options, const chat::Settings& settings, const chat::Script& script,
         const Journal& journal, const Reports& reports) {
  base::hide_memory();  // what is sent may be a password
  auto stop = base::StopSignals::watch();
  if (!stop) {
    journal.error(stop.error().text);
    return chat::status_signal;
  }
  auto modes = chat::TerminalModes::set();
  if (!modes) {
    journal.error(modes.error().text);
    return chat::status_signal;
  }
  chat::EchoText shown;
  chat::Listener listener;
  listener.log = [&](std::string_view text) { journal.step(text); };
  listener.failed = [&](std::string_view text) { journal.last_words(text); };
  listener.error = [&](std::string_view text) { journal.error(text); };
  listener.echo = [](std::string_view text) { print(STDERR_FILENO, text); };
  listener.say = listener.echo;
  listener.report = [&](std::string_view text) { reports.put_report(text); };
  listener.interrupted = [&] { journal.error(std::string("SIG") + ::sigabbrev_np(stop->first())); };
  listener.hangup = obey_hangup;
  if (options.show_received)
    listener.received = [&](unsigned char octet) { print(STDERR_FILENO, shown.feed(static_cast<char>(octet))); };
  chat::StandardLine line(*stop);
  auto ending = chat::converse(script, settings, line, listener);
  // A line that was hung up keeps no modes: whatever the script ended with, the line is gone.
  if (auto restored = modes->restore(); !restored) {
    journal.error(restored.error().text);
    return chat::status_signal;
  }
  return ending.status;
}

base::Result<int> run(int argc, const char* const* argv) {
  const auto options = chat::parse_options(argc, argv);
  if (!options) {
    base::log(base::Level::fatal, options.error().text);
    return chat::status_error;
  }
  if (options->shown) return chat::status_done;
  chat::Settings settings = options->settings;
  if (options->expand_environment) settings.environment = environment();
  if (options->check_file) return check(*options->check_file, settings);
  const Journal journal(*options);
  const Reports reports(*options);
  const auto script = read_script(*options);
  if (!script) {
    journal.error(script.error().text);
    return chat::status_error;
  }
  return talk(*options, settings, *script, journal, reports);
}

}  // namespace

int main(int argc, char** argv) {
  return base::run_with_status("chat", [&] { return run(argc, argv); });
}
