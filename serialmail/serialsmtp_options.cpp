#include "serialmail/serialsmtp_options.h"

#include <algorithm>

#include "conf/command_line.h"
#include "serialmail/connection_plan.h"
#include "serialmail/numbers.h"

namespace serialmail {
namespace {

namespace po = boost::program_options;

constexpr std::size_t max_helo_bytes = 255;  // RFC 5321 §4.5.3.1.2

const conf::Program program{
    "serialsmtp", "[--connect HOST [--port N] [--connections N]] [--no-chunking] [--report-fd N] PREFIX HELOHOST",
    "Sends the files named on descriptor 0 by SMTP over descriptors 6 and 7."};

}  // namespace

base::Result<void> check_helo_name(const std::string& name) {
  const bool fits = std::all_of(name.begin(), name.end(), [](char c) { return c > 32 && c < 127; });
  if (name.empty() || name.size() > max_helo_bytes || !fits) return base::permanent("HELOHOST is not a host's name");
  return {};
}

base::Result<SerialsmtpOptions> parse_serialsmtp_options(int argc, const char* const* argv) {
  po::options_description description("Options");
  description.add_options()("connect", po::value<std::string>()->value_name("HOST"),
                            "connect to HOST instead of using descriptors 6 and 7")(
      "port", po::value<std::string>()->value_name("N"), "connect to port N instead of 25")(
      "connections", po::value<std::string>()->value_name("N"),
      "with --connect: have up to N connections where one leaves the line idle, 4 if not given")(
      "no-chunking", "send messages by DATA, also where the server offers CHUNKING")(
      "report-fd", po::value<std::string>()->value_name("N"), "write a report on descriptor N, one JSON object a line");
  const auto parsed = conf::parse_command_line(program, description, argc, argv);
  if (!parsed) return parsed.error();
  SerialsmtpOptions options;
  options.shown = parsed->shown;
  if (options.shown) return options;
  if (const auto& host = parsed->values["connect"]; !host.empty()) options.connect = host.as<std::string>();
  if (const auto& port = parsed->values["port"]; !port.empty()) {
    if (!options.connect) return base::permanent("--port is only for --connect");
    const auto number = read_number("--port", port.as<std::string>(), 1, max_port);
    if (!number) return number.error();
    options.port = static_cast<unsigned>(*number);
  }
  if (options.connect) options.connections = ConnectionPlan::default_connections;
  if (const auto& most = parsed->values["connections"]; !most.empty()) {
    if (!options.connect) return base::permanent("--connections is only for --connect");
    const auto number = read_number("--connections", most.as<std::string>(), 1, ConnectionPlan::max_connections);
    if (!number) return number.error();
    options.connections = static_cast<std::size_t>(*number);
  }
  options.no_chunking = parsed->values.count("no-chunking") > 0;
  if (const auto& fd = parsed->values["report-fd"]; !fd.empty()) {
    const auto number = read_number("--report-fd", fd.as<std::string>(), lowest_report_descriptor, max_descriptor);
    if (!number) return number.error();
    options.report_descriptor = static_cast<int>(*number);
  }
  if (parsed->operands.size() != 2) return base::permanent("usage: serialsmtp " + program.synopsis);
  options.prefix = parsed->operands[0];
  options.helo_name = parsed->operands[1];
  if (auto checked = check_helo_name(options.helo_name); !checked) return checked.error();
  return options;
}

}  // namespace serialmail
