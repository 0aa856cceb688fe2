#include "mta/queue/options.h"

#include "conf/command_line.h"

namespace mta {

base::Result<QueueOptions> parse_queue_options(int argc, const char* const* argv) {
  const conf::Program program{
      "mta-queue", "< MESSAGE 1< ENVELOPE", "Queues one message: message on descriptor 0, envelope on descriptor 1.",
      "0 queued, 11 to 40 permanent, 41 to 99 temporary (mta-queue(8)), 100 usage, 111 temporary"};
  const boost::program_options::options_description none("Options");
  auto parsed = conf::parse_command_line(program, none, argc, argv);
  if (!parsed) return parsed.error();
  if (!parsed->operands.empty())
    return base::permanent("no arguments are taken (usage: mta-queue " + program.synopsis + ")");
  return QueueOptions{parsed->shown};
}

}  // namespace mta
