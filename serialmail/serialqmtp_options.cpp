#include "serialmail/serialqmtp_options.h"

#include "conf/command_line.h"
#include "serialmail/numbers.h"

namespace serialmail {
namespace {

namespace po = boost::program_options;

const conf::Program program{"serialqmtp",
                            "[--connect HOST [--port N] [--smtp HELOHOST [--smtp-port N]]] [--report-fd N] PREFIX",
                            "Sends the files named on descriptor 0 by QMTP over descriptors 6 and 7."};

// An option that belongs to another one.
base::Result<void> read_port(const po::variables_map& values, const std::string& name, bool has_other,
                             const std::string& other, unsigned& port) {
  const auto& value = values[name];
  if (value.empty()) return {};
  if (!has_other) return base::permanent("--" + name + " is only for " + other);
  const auto number = read_number("--" + name, value.as<std::string>(), 1, max_port);
  if (!number) return number.error();
  port = static_cast<unsigned>(*number);
  return {};
}

}  // namespace

base::Result<SerialqmtpOptions> parse_serialqmtp_options(int argc, const char* const* argv) {
  po::options_description description("Options");
  description.add_options()("connect", po::value<std::string>()->value_name("HOST"),
                            "connect to HOST instead of using descriptors 6 and 7")(
      "port", po::value<std::string>()->value_name("N"), "connect to port N instead of 209")(
      "smtp", po::value<std::string>()->value_name("HELOHOST"),
      "go on by SMTP where nothing answers by QMTP, and call ourselves HELOHOST")(
      "smtp-port", po::value<std::string>()->value_name("N"), "then connect to port N instead of 25")(
      "report-fd", po::value<std::string>()->value_name("N"), "write a report on descriptor N, one JSON object a line");
  const auto parsed = conf::parse_command_line(program, description, argc, argv);
  if (!parsed) return parsed.error();
  SerialqmtpOptions options;
  options.shown = parsed->shown;
  if (options.shown) return options;
  if (const auto& host = parsed->values["connect"]; !host.empty()) options.connect = host.as<std::string>();
  if (auto read = read_port(parsed->values, "port", options.connect.has_value(), "--connect", options.port); !read) {
    return read.error();
  }
  if (const auto& name = parsed->values["smtp"]; !name.empty()) {
    if (!options.connect) return base::permanent("--smtp is only for --connect");
    options.smtp_helo_name = name.as<std::string>();
    if (auto checked = check_helo_name(options.smtp_helo_name); !checked) return checked.error();
  }
  if (auto read = read_port(parsed->values, "smtp-port", !options.smtp_helo_name.empty(), "--smtp", options.smtp_port);
      !read) {
    return read.error();
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
