#include "serialmail/serialsmtp_options.h"

#include <algorithm>

#include "conf/command_line.h"
#include "serialmail/connection_plan.h"
#include "serialmail/numbers.h"

namespace serialmail {
namespace {

namespace po = boost::program_options;

constexpr std::size_t max_helo_bytes = 255;  // RFC 5321 §4.5.3.1.2

const conf::Program program{"serialsmtp",
                            "[--connect HOST [--port N] | --relay NAME [--secret-fd N]] "
                            "[--connections N] [--no-chunking] [--report-fd N] [--line-fd N] PREFIX [HELOHOST]",
                            "Sends the files named on descriptor 0 by SMTP over descriptors 6 and 7."};

base::Result<void> check_relay(const SerialsmtpOptions& options) {
  if (options.relay && options.client.connect) return base::permanent("--relay and --connect: one of them");
  if (options.secret_descriptor && !options.relay) return base::permanent("--secret-fd is only for --relay");
  return {};
}

}  // namespace

base::Result<void> check_helo_name(const std::string& name) {
  const bool fits = std::all_of(name.begin(), name.end(), [](char c) { return c > 32 && c < 127; });
  if (name.empty() || name.size() > max_helo_bytes || !fits) return base::permanent("HELOHOST is not a host's name");
  return {};
}

base::Result<SerialsmtpOptions> parse_serialsmtp_options(int argc, const char* const* argv) {
  po::options_description description("Options");
  add_client_options(description, smtp_port);
  description.add_options()("relay", po::value<std::string>()->value_name("NAME"),
                            "connect and log in as relays/NAME.toml says")(
      "secret-fd", po::value<std::string>()->value_name("N"),
      "with --relay: the password is the first line of descriptor N")(
      "connections", po::value<std::string>()->value_name("N"),
      "with --connect or --relay: have up to N connections where one leaves the line idle, 4 if not given")(
      "no-chunking", "send messages by DATA, also where the server offers CHUNKING");
  const auto parsed = conf::parse_command_line(program, description, argc, argv);
  if (!parsed) return parsed.error();
  SerialsmtpOptions options;
  options.shown = parsed->shown;
  if (options.shown) return options;
  auto client = read_client_options(parsed->values, smtp_port);
  if (!client) return client.error();
  options.client = std::move(*client);
  if (const auto& relay = parsed->values["relay"]; !relay.empty()) options.relay = relay.as<std::string>();
  const auto secret = read_descriptor(parsed->values, "secret-fd", lowest_secret_descriptor);
  if (!secret) return secret.error();
  options.secret_descriptor = *secret;
  if (auto checked = check_relay(options); !checked) return checked.error();
  const bool connects = options.client.connect || options.relay;
  if (connects) options.connections = ConnectionPlan::default_connections;
  if (const auto& most = parsed->values["connections"]; !most.empty()) {
    if (!connects) return base::permanent("--connections is only for --connect and --relay");
    const auto number = read_number("--connections", most.as<std::string>(), 1, ConnectionPlan::max_connections);
    if (!number) return number.error();
    options.connections = static_cast<std::size_t>(*number);
  }
  options.no_chunking = parsed->values.count("no-chunking") > 0;
  if (parsed->operands.size() != (options.relay ? 1 : 2))
    return base::permanent("usage: serialsmtp " + program.synopsis);
  options.prefix = parsed->operands[0];
  if (options.relay) return options;
  options.helo_name = parsed->operands[1];
  if (auto checked = check_helo_name(options.helo_name); !checked) return checked.error();
  return options;
}

}  // namespace serialmail
