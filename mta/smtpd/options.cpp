#include "mta/smtpd/options.h"

#include "conf/command_line.h"

namespace mta {

base::Result<SmtpdOptions> parse_smtpd_options(int argc, const char* const* argv) {
  const conf::Program program{"mta-smtpd", "", "Receives mail by SMTP on descriptors 0 and 1 and queues it.",
                              "0 the session ended, 100 usage or bad configuration, 111 temporary failure"};
  const boost::program_options::options_description none("Options");
  auto parsed = conf::parse_command_line(program, none, argc, argv);
  if (!parsed) return parsed.error();
  if (!parsed->operands.empty()) return base::permanent("no arguments are taken (usage: mta-smtpd)");
  return SmtpdOptions{parsed->shown};
}

}  // namespace mta
