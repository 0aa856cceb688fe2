#include "serialmail/maildirsmtp_options.h"

#include "conf/command_line.h"
#include "serialmail/connection_plan.h"
#include "serialmail/numbers.h"
#include "serialmail/serialsmtp_options.h"

namespace serialmail {
namespace {

namespace po = boost::program_options;

const conf::Program program{"maildirsmtp", "[options] DIR PREFIX [HOST HELOHOST]",
                            "Sends the messages of a maildir to HOST by SMTP.",
                            "0 nothing is left, 100 usage, 111 mail is left or trouble"};

base::Result<void> check_numbers(const MaildirsmtpOptions& options) {
  if (auto port = read_number("--port", options.port, 1, max_port); !port) return port.error();
  if (!options.connections.empty()) {
    auto n = read_number("--connections", options.connections, 1, ConnectionPlan::max_connections);
    if (!n) return n.error();
  }
  if (auto t = read_number("-t", options.lifetime, 0, max_lifetime_seconds); !t) return t.error();
  if (auto order = read_order_settings(options.order); !order) return order.error();
  if (auto plan = read_plan_format(options.order); !plan) return plan.error();
  if (!options.secret_descriptor.empty()) {
    if (options.relay.empty()) return base::permanent("--secret-fd is only for --relay");
    auto fd = read_number("--secret-fd", options.secret_descriptor, lowest_secret_descriptor, max_descriptor);
    if (!fd) return fd.error();
  }
  if (options.report_descriptor.empty()) return {};
  auto fd = read_number("--report-fd", options.report_descriptor, lowest_report_descriptor, max_descriptor);
  return fd ? base::Result<void>() : fd.error();
}

}  // namespace

base::Result<MaildirsmtpOptions> parse_maildirsmtp_options(int argc, const char* const* argv) {
  MaildirsmtpOptions options;
  po::options_description description("Options");
  description.add_options()("port", po::value(&options.port)->value_name("N"), "connect to port N instead of 25")(
      "relay", po::value(&options.relay)->value_name("NAME"), "connect and log in as relays/NAME.toml says")(
      "secret-fd", po::value(&options.secret_descriptor)->value_name("N"),
      "with --relay: the password is the first line of the file on descriptor N")(
      "connections", po::value(&options.connections)->value_name("N"),
      "have up to N connections where one leaves the line idle, 4 if not given")(
      "no-chunking", po::bool_switch(&options.no_chunking), "send by DATA, also where the server offers CHUNKING")(
      ",t", po::value(&options.lifetime)->value_name("LIFETIME"),
      "seconds after a message's first answer from a server from which a temporary refusal is a permanent one; two "
      "weeks "
      "if not given")("report-fd", po::value(&options.report_descriptor)->value_name("N"),
                      "write a report on descriptor N, one JSON object a line");
  add_order_options(description, options.order);
  const auto parsed = conf::parse_command_line(program, description, argc, argv);
  if (!parsed) return parsed.error();
  options.shown = parsed->shown;
  if (options.shown) return options;
  if (auto checked = check_numbers(options); !checked) return checked.error();
  const auto& relay = parsed->values["relay"];
  if (!relay.empty() && options.relay.empty()) return base::permanent("--relay names none");
  if (!relay.empty() && !parsed->values["port"].empty()) return base::permanent("--relay and --port: one of them");
  if (parsed->operands.size() != (relay.empty() ? 4 : 2))
    return base::permanent("usage: maildirsmtp " + program.synopsis);
  options.maildir = parsed->operands[0];
  options.prefix = parsed->operands[1];
  if (!relay.empty()) return options;
  options.host = parsed->operands[2];
  options.helo_name = parsed->operands[3];
  if (auto checked = check_helo_name(options.helo_name); !checked) return checked.error();
  return options;
}

std::vector<std::string> maildirserial_command(const MaildirsmtpOptions& options, const std::string& maildirserial,
                                               const std::string& serialsmtp) {
  const bool reports = !options.report_descriptor.empty();
  std::vector<std::string> words{maildirserial, "-b", "-t", options.lifetime};
  if (reports) words.insert(words.end(), {"--report-fd", options.report_descriptor});
  const auto order = order_arguments(options.order);
  words.insert(words.end(), order.begin(), order.end());
  words.insert(words.end(), {"--", options.maildir, options.prefix, serialsmtp});
  if (reports) words.insert(words.end(), {"--report-fd", options.report_descriptor});
  if (options.no_chunking) words.emplace_back("--no-chunking");
  if (!options.relay.empty()) {
    words.insert(words.end(), {"--relay", options.relay});
    if (!options.secret_descriptor.empty()) words.insert(words.end(), {"--secret-fd", options.secret_descriptor});
    if (!options.connections.empty()) words.insert(words.end(), {"--connections", options.connections});
    words.insert(words.end(), {"--", options.prefix});
    return words;
  }
  if (!options.connections.empty()) words.insert(words.end(), {"--connections", options.connections});
  words.insert(words.end(),
               {"--connect", options.host, "--port", options.port, "--", options.prefix, options.helo_name});
  return words;
}

}  // namespace serialmail
