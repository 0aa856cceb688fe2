#include "serialmail/maildirqmtp_options.h"

#include "conf/command_line.h"
#include "serialmail/numbers.h"
#include "serialmail/serialqmtp_options.h"
#include "serialmail/serialsmtp_options.h"

namespace serialmail {
namespace {

namespace po = boost::program_options;

const conf::Program program{"maildirqmtp", "[options] DIR PREFIX HOST",
                            "Sends the messages of a maildir to HOST by QMTP over one connection.",
                            "0 nothing is left, 100 usage, 111 mail is left or trouble"};

base::Result<void> check(const MaildirqmtpOptions& options) {
  if (auto port = read_number("--port", options.port, 1, max_port); !port) return port.error();
  if (!options.smtp_helo_name.empty()) {
    if (auto checked = check_helo_name(options.smtp_helo_name); !checked) return checked;
  }
  if (!options.smtp_port.empty()) {
    if (options.smtp_helo_name.empty()) return base::permanent("--smtp-port is only for --smtp");
    if (auto port = read_number("--smtp-port", options.smtp_port, 1, max_port); !port) return port.error();
  }
  return check_flush_options(options.flush);
}

}  // namespace

base::Result<MaildirqmtpOptions> parse_maildirqmtp_options(int argc, const char* const* argv) {
  MaildirqmtpOptions options;
  po::options_description description("Options");
  description.add_options()("port", po::value(&options.port)->value_name("N"), "connect to port N instead of 209")(
      "smtp", po::value(&options.smtp_helo_name)->value_name("HELOHOST"),
      "go on by SMTP where nothing answers by QMTP, and call ourselves HELOHOST")(
      "smtp-port", po::value(&options.smtp_port)->value_name("N"), "then connect to port N instead of 25")(
      "relay", po::value<std::string>()->value_name("NAME"), qmtp_relay_help);
  add_flush_options(description, options.flush);
  const auto parsed = conf::parse_command_line(program, description, argc, argv);
  if (!parsed) return parsed.error();
  options.shown = parsed->shown;
  if (options.shown) return options;
  if (!parsed->values["relay"].empty()) return qmtp_relay_failure();
  if (auto checked = check(options); !checked) return checked.error();
  if (parsed->operands.size() != 3) return base::permanent("usage: maildirqmtp " + program.synopsis);
  options.flush.maildir = parsed->operands[0];
  options.flush.prefix = parsed->operands[1];
  options.host = parsed->operands[2];
  return options;
}

std::vector<std::string> maildirserial_command(const MaildirqmtpOptions& options, const FlushPrograms& programs) {
  auto words = flush_command(options.flush, programs, "");
  words.insert(words.end(), {"--connect", options.host, "--port", options.port});
  if (!options.smtp_helo_name.empty()) words.insert(words.end(), {"--smtp", options.smtp_helo_name});
  if (!options.smtp_port.empty()) words.insert(words.end(), {"--smtp-port", options.smtp_port});
  words.insert(words.end(), {"--", options.flush.prefix});
  return words;
}

}  // namespace serialmail
