#include <unistd.h>

#include <iostream>

#include "base/io.h"
#include "base/log.h"
#include "conf/text.h"
#include "modem/ask.h"
#include "modem/at_secret.h"
#include "modem/ctl/commands.h"
#include "modem/ctl/output.h"
#include "modem/ctl/session.h"

namespace modem {
namespace {

constexpr std::size_t max_given_bytes = 64U * 1024;
constexpr std::string_view from_input = "-";

// The words, with the lines of the standard input for a "-".
base::Result<std::vector<std::string>> read_commands(const std::vector<std::string>& words) {
  std::vector<std::string> commands;
  for (const auto& word : words) {
    if (word != from_input) {
      // Every user sees our arguments.
      if (has_secret(word))
        return base::permanent("at: " + without_secret(word) + " holds a secret: give it on standard input, with -");
      commands.push_back(word);
      continue;
    }
    const base::Fd input(::dup(STDIN_FILENO));
    if (input.get() < 0) return base::system_failure("read the standard input");
    const auto text = base::read_all(input, max_given_bytes, "the standard input");
    if (!text) return text.error();
    for (const auto& line : conf::numbered_lines(*text)) {
      if (!line.text.empty()) commands.emplace_back(line.text);
    }
  }
  for (const auto& command : commands) {
    if (!conf::is_command_line(command))
      return base::permanent("at: '" + base::escape(without_secret(command)) +
                             "' is no command line of a modem: printable ASCII, at most 255 characters");
  }
  return commands;
}

class Asking {
 public:
  Asking(const CtlOptions& options, Modem& modem, base::StopSignals& stop)
      : options_(options), modem_(modem), stop_(stop) {}

  base::Result<void> run(const std::vector<std::string>& commands) {
    for (const auto& command : commands) {
      auto done = ask_one(command, commands.size() > 1);
      if (!done && done_) done_ = done;
      const bool is_over = !done && (!options_.keep_going || done.error().error != 0);
      if (is_over || on_line_) break;
    }
    if (options_.json) print_json(all_);
    if (off_hook_) {
      if (auto down = modem_.hang_up(); !down) return failure_of(down.error());
    }
    return done_;
  }

 private:
  base::Result<void> ask_one(const std::string& command, bool with_command) {
    const bool calls = starts_call(command);
    off_hook_ = off_hook_ || calls;
    const auto& profile = modem_.profile();
    const auto limit = options_.timeout.value_or(calls ? profile.connect_timeout : profile.command_timeout);
    const auto answer = ask(modem_.port(), {command + "\r", calls ? Final::connect : Final::ok, limit}, &stop_);
    if (!answer) return answer.error();
    show(command, *answer, with_command);
    if (!answer->answered)
      return base::temporary("no answer to " + without_secret(command) + " within " + std::to_string(limit.count()) +
                             " ms" + (answer->octets == 0 ? "" : ", and what came is none"));
    on_line_ = answer->code.kind == ResultKind::connect;
    if (on_line_ || answer->code.kind == ResultKind::ok) {
      const auto pause = resets(command) ? profile.reset_pause : profile.command_pause;
      return base::pause(base::Deadline::after(pause), &stop_);
    }
    if (calls && ends_call(answer->code.kind) && answer->code.kind != ResultKind::error)
      return failure_of(trouble_of(answer->code, ""));
    return base::permanent("the modem answers '" + base::escape(answer->code.text) + "' to '" +
                           without_secret(command) + "'");
  }

  void show(const std::string& command, const AtAnswer& answer, bool with_command) {
    std::vector<std::string> lines;
    for (const auto& line : answer.lines) lines.push_back(without_secret_of(command, line));
    if (options_.json) {
      all_.push_back({{"command", without_secret(command)},
                      {"lines", lines},
                      {"result", answer.answered ? nlohmann::json(answer.code.text) : nlohmann::json()}});
      return;
    }
    if (with_command) std::cout << "> " << without_secret(command) << '\n';
    if (answer.answered) lines.push_back(answer.code.text);
    for (const auto& line : lines) std::cout << base::escape(line) << '\n';
    std::cout << std::flush;
  }

  const CtlOptions& options_;
  Modem& modem_;
  base::StopSignals& stop_;
  nlohmann::json all_ = nlohmann::json::array();
  base::Result<void> done_;
  bool off_hook_ = false;
  bool on_line_ = false;  // what followed would go to the far end
};

}  // namespace

base::Result<void> at_command(const CtlOptions& options) {
  const auto profile = find_modem(options);
  if (!profile) return profile.error();
  const auto commands = read_commands(options.words);
  if (!commands) return commands.error();
  return with_modem(*profile,
                    [&](Modem& modem, base::StopSignals& stop) { return Asking(options, modem, stop).run(*commands); });
}

}  // namespace modem
