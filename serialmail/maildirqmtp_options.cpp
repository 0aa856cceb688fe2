#include "serialmail/maildirqmtp_options.h"

#include "conf/command_line.h"
#include "serialmail/numbers.h"
#include "serialmail/serialsmtp_options.h"

namespace serialmail {
namespace {

namespace po = boost::program_options;

const conf::Program program{"maildirqmtp", "[options] DIR PREFIX HOST",
                            "Sends the messages of a maildir to HOST by QMTP over one connection.",
                            "0 nothing is left, 100 usage, 111 mail is left or trouble"};

base::Result<void> check(const MaildirqmtpOptions& options) {
  if (auto port = read_number("--port", options.port, 1, max_port); !port) return port.error();
  if (auto t = read_number("-t", options.lifetime, 0, max_lifetime_seconds); !t) return t.error();
  if (!options.smtp_helo_name.empty()) {
    if (auto checked = check_helo_name(options.smtp_helo_name); !checked) return checked;
  }
  if (!options.smtp_port.empty()) {
    if (options.smtp_helo_name.empty()) return base::permanent("--smtp-port is only for --smtp");
    if (auto port = read_number("--smtp-port", options.smtp_port, 1, max_port); !port) return port.error();
  }
  if (auto order = read_order_settings(options.order); !order) return order.error();
  if (auto plan = read_plan_format(options.order); !plan) return plan.error();
  if (options.report_descriptor.empty()) return {};
  auto fd = read_number("--report-fd", options.report_descriptor, lowest_report_descriptor, max_descriptor);
  return fd ? base::Result<void>() : fd.error();
}

}  // namespace

base::Result<MaildirqmtpOptions> parse_maildirqmtp_options(int argc, const char* const* argv) {
  MaildirqmtpOptions options;
  po::options_description description("Options");
  description.add_options()("port", po::value(&options.port)->value_name("N"), "connect to port N instead of 209")(
      ",t", po::value(&options.lifetime)->value_name("LIFETIME"),
      "seconds after a message's first answer from a server from which a temporary refusal is a permanent one; two "
      "weeks if not given")("smtp", po::value(&options.smtp_helo_name)->value_name("HELOHOST"),
                            "go on by SMTP where nothing answers by QMTP, and call ourselves HELOHOST")(
      "smtp-port", po::value(&options.smtp_port)->value_name("N"), "then connect to port N instead of 25")(
      "report-fd", po::value(&options.report_descriptor)->value_name("N"),
      "write a report on descriptor N, one JSON object a line");
  add_order_options(description, options.order);
  const auto parsed = conf::parse_command_line(program, description, argc, argv);
  if (!parsed) return parsed.error();
  options.shown = parsed->shown;
  if (options.shown) return options;
  if (auto checked = check(options); !checked) return checked.error();
  if (parsed->operands.size() != 3) return base::permanent("usage: maildirqmtp " + program.synopsis);
  options.maildir = parsed->operands[0];
  options.prefix = parsed->operands[1];
  options.host = parsed->operands[2];
  return options;
}

std::vector<std::string> maildirserial_command(const MaildirqmtpOptions& options, const std::string& maildirserial,
                                               const std::string& serialqmtp) {
  const bool reports = !options.report_descriptor.empty();
  std::vector<std::string> words{maildirserial, "-b", "-t", options.lifetime};
  if (reports) words.insert(words.end(), {"--report-fd", options.report_descriptor});
  const auto order = order_arguments(options.order);
  words.insert(words.end(), order.begin(), order.end());
  words.insert(words.end(), {"--", options.maildir, options.prefix, serialqmtp});
  if (reports) words.insert(words.end(), {"--report-fd", options.report_descriptor});
  words.insert(words.end(), {"--connect", options.host, "--port", options.port});
  if (!options.smtp_helo_name.empty()) words.insert(words.end(), {"--smtp", options.smtp_helo_name});
  if (!options.smtp_port.empty()) words.insert(words.end(), {"--smtp-port", options.smtp_port});
  words.insert(words.end(), {"--", options.prefix});
  return words;
}

}  // namespace serialmail
