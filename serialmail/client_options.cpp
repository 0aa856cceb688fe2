#include "serialmail/client_options.h"

#include "serialmail/numbers.h"

namespace serialmail {

namespace po = boost::program_options;

void add_client_options(po::options_description& description, unsigned default_port) {
  const std::string port = "connect to port N instead of " + std::to_string(default_port);
  description.add_options()("connect", po::value<std::string>()->value_name("HOST"),
                            "connect to HOST instead of using descriptors 6 and 7")(
      "port", po::value<std::string>()->value_name("N"), port.c_str())(
      "report-fd", po::value<std::string>()->value_name("N"), "write a report on descriptor N, one JSON object a line")(
      "line-fd", po::value<std::string>()->value_name("N"), line_word_help);
}

base::Result<unsigned> read_port(const po::variables_map& values, const std::string& name, bool has_other,
                                 const std::string& other, unsigned default_port) {
  const auto& value = values[name];
  if (value.empty()) return default_port;
  if (!has_other) return base::permanent("--" + name + " is only for " + other);
  const auto number = read_number("--" + name, value.as<std::string>(), 1, max_port);
  if (!number) return number.error();
  return static_cast<unsigned>(*number);
}

base::Result<std::optional<int>> read_descriptor(const po::variables_map& values, const std::string& name,
                                                 std::int64_t lowest) {
  const auto& value = values[name];
  if (value.empty()) return std::optional<int>();
  const auto number = read_number("--" + name, value.as<std::string>(), lowest, max_descriptor);
  if (!number) return number.error();
  return std::optional(static_cast<int>(*number));
}

base::Result<ClientOptions> read_client_options(const po::variables_map& values, unsigned default_port) {
  ClientOptions options;
  if (const auto& host = values["connect"]; !host.empty()) options.connect = host.as<std::string>();
  const auto port = read_port(values, "port", options.connect.has_value(), "--connect", default_port);
  if (!port) return port.error();
  options.port = *port;
  const auto report = read_descriptor(values, "report-fd", lowest_report_descriptor);
  if (!report) return report.error();
  options.report_descriptor = *report;
  const auto line = read_descriptor(values, "line-fd", lowest_line_descriptor);
  if (!line) return line.error();
  options.line = LineWord(*line);
  return options;
}

}  // namespace serialmail
