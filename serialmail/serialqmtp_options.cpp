#include "serialmail/serialqmtp_options.h"

#include "conf/command_line.h"
#include "serialmail/numbers.h"

namespace serialmail {
namespace {

namespace po = boost::program_options;

const conf::Program program{"serialqmtp", "[--connect HOST [--port N]] [--report-fd N] PREFIX",
                            "Sends the files named on descriptor 0 by QMTP over descriptors 6 and 7."};

}  // namespace

base::Result<SerialqmtpOptions> parse_serialqmtp_options(int argc, const char* const* argv) {
  po::options_description description("Options");
  description.add_options()("connect", po::value<std::string>()->value_name("HOST"),
                            "connect to HOST instead of using descriptors 6 and 7")(
      "port", po::value<std::string>()->value_name("N"), "connect to port N instead of 209")(
      "report-fd", po::value<std::string>()->value_name("N"), "write a report on descriptor N, one JSON object a line");
  const auto parsed = conf::parse_command_line(program, description, argc, argv);
  if (!parsed) return parsed.error();
  SerialqmtpOptions options;
  options.shown = parsed->shown;
  if (options.shown) return options;
  if (const auto& host = parsed->values["connect"]; !host.empty()) options.connect = host.as<std::string>();
  if (const auto& port = parsed->values["port"]; !port.empty()) {
    if (!options.connect) return base::permanent("--port is only for --connect");
    const auto number = read_number("--port", port.as<std::string>(), 1, max_port);
    if (!number) return number.error();
    options.port = static_cast<unsigned>(*number);
  }
  if (const auto& fd = parsed->values["report-fd"]; !fd.empty()) {
    const auto number = read_number("--report-fd", fd.as<std::string>(), lowest_report_descriptor, max_descriptor);
    if (!number) return number.error();
    options.report_descriptor = static_cast<int>(*number);
  }
  if (parsed->operands.size() != 1) return base::permanent("usage: serialqmtp " + program.synopsis);
  options.prefix = parsed->operands[0];
  return options;
}

}  // namespace serialmail
