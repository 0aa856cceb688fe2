#include "mta/queuectl/options.h"

#include <algorithm>
#include <array>

#include "conf/command_line.h"

namespace mta {
namespace {

struct Word {
  std::string_view text;
  QueueCommand command;
};
constexpr std::array commands{Word{"list", QueueCommand::list}, Word{"run", QueueCommand::run},
                              Word{"check", QueueCommand::check}, Word{"clock", QueueCommand::clock},
                              Word{"clock confirm", QueueCommand::confirm_clock}};

}  // namespace

base::Result<QueuectlOptions> parse_queuectl_options(int argc, const char* const* argv) {
  const conf::Program program{"mta-queuectl", "list | run | check | clock [confirm]",
                              "Looks after the queue and the spools.",
                              "0 done, 100 usage or a faulty configuration, 111 temporary failure"};
  const auto parsed =
      conf::parse_command_line(program, boost::program_options::options_description("Options"), argc, argv);
  if (!parsed) return parsed.error();
  QueuectlOptions out;
  out.shown = parsed->shown;
  if (out.shown) return out;
  std::string text;
  for (const auto& word : parsed->operands) text += (text.empty() ? "" : " ") + word;
  const auto found =
      std::find_if(commands.begin(), commands.end(), [&](const Word& word) { return word.text == text; });
  if (found == commands.end()) {
    return base::permanent((text.empty() ? "no command" : "unknown command '" + text + "'") + " (usage: mta-queuectl " +
                           program.synopsis + ")");
  }
  out.command = found->command;
  return out;
}

}  // namespace mta
