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
  if (!options.secret_descriptor.empty()) {
    if (options.relay.empty()) return base::permanent("--secret-fd is only for --relay");
    auto fd = read_number("--secret-fd", options.secret_descriptor, lowest_secret_descriptor, max_descriptor);
    if (!fd) return fd.error();
  }
  return check_flush_options(options.flush);
}

}  // namespace

base::Result<MaildirsmtpOptions> parse_maildirsmtp_options(int argc, const char* const* argv) {
  MaildirsmtpOptions options;
  po::options_description description("Options");
  description.add_options()("port", po::value<std::string>(&options.port)->value_name("N"),
                            "connect to port N instead of 25")("relay", po::value(&options.relay)->value_name("NAME"),
                                                               "connect and log in as relays/NAME.toml says")(
      "secret-fd", po::value(&options.secret_descriptor)->value_name("N"),
      "with --relay: the password is the first line of the file on descriptor N")(
      "connections", po::value(&options.connections)->value_name("N"),
      "have up to N connections where one leaves the line idle, 4 if not given")(
      "no-chunking", po::bool_switch(&options.no_chunking), "send by DATA, also where the server offers CHUNKING");
  add_flush_options(description, options.flush);
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
  options.flush.maildir = parsed->operands[0];
  options.flush.prefix = parsed->operands[1];
  if (!relay.empty()) return options;
  options.host = parsed->operands[2];
  options.helo_name = parsed->operands[3];
  if (auto checked = check_helo_name(options.helo_name); !checked) return checked.error();
  return options;
}

std::vector<std::string> maildirserial_command(const MaildirsmtpOptions& options, const FlushPrograms& programs) {
  auto words = flush_command(options.flush, programs, options.secret_descriptor);
  if (options.no_chunking) words.emplace_back("--no-chunking");
  const auto& prefix = options.flush.prefix;
  if (!options.relay.empty()) {
    words.insert(words.end(), {"--relay", options.relay});
    if (!options.secret_descriptor.empty()) words.insert(words.end(), {"--secret-fd", options.secret_descriptor});
    if (!options.connections.empty()) words.insert(words.end(), {"--connections", options.connections});
    words.insert(words.end(), {"--", prefix});
    return words;
  }
  if (!options.connections.empty()) words.insert(words.end(), {"--connections", options.connections});
  words.insert(words.end(), {"--connect", options.host, "--port", options.port, "--", prefix, options.helo_name});
  return words;
}

}  // namespace serialmail
