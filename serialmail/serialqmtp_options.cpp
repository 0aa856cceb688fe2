#include "serialmail/serialqmtp_options.h"

#include "conf/command_line.h"
#include "serialmail/numbers.h"

namespace serialmail {
namespace {

namespace po = boost::program_options;

const conf::Program program{
    "serialqmtp", "[--connect HOST [--port N] [--smtp HELOHOST [--smtp-port N]]] [--report-fd N] [--line-fd N] PREFIX",
    "Sends the files named on descriptor 0 by QMTP over descriptors 6 and 7."};

}  // namespace

base::Failure qmtp_relay_failure() {
  return base::permanent("--relay: QMTP has neither TLS nor a login; maildirsmtp --relay sends by SMTP");
}

base::Result<SerialqmtpOptions> parse_serialqmtp_options(int argc, const char* const* argv) {
  po::options_description description("Options");
  add_client_options(description, qmtp_port);
  description.add_options()("smtp", po::value<std::string>()->value_name("HELOHOST"),
                            "go on by SMTP where nothing answers by QMTP, and call ourselves HELOHOST")(
      "smtp-port", po::value<std::string>()->value_name("N"), "then connect to port N instead of 25")(
      "relay", po::value<std::string>()->value_name("NAME"), qmtp_relay_help);
  const auto parsed = conf::parse_command_line(program, description, argc, argv);
  if (!parsed) return parsed.error();
  SerialqmtpOptions options;
  options.shown = parsed->shown;
  if (options.shown) return options;
  if (!parsed->values["relay"].empty()) return qmtp_relay_failure();
  auto client = read_client_options(parsed->values, qmtp_port);
  if (!client) return client.error();
  options.client = std::move(*client);
  if (const auto& name = parsed->values["smtp"]; !name.empty()) {
    if (!options.client.connect) return base::permanent("--smtp is only for --connect");
    options.smtp_helo_name = name.as<std::string>();
    if (auto checked = check_helo_name(options.smtp_helo_name); !checked) return checked.error();
  }
  const auto port = read_port(parsed->values, "smtp-port", !options.smtp_helo_name.empty(), "--smtp", smtp_port);
  if (!port) return port.error();
  options.smtp_port = *port;
  if (parsed->operands.size() != 1) return base::permanent("usage: serialqmtp " + program.synopsis);
  options.prefix = parsed->operands[0];
  return options;
}

}  // namespace serialmail
