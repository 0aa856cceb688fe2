#include "serialmail/maildirserial_options.h"

#include "conf/command_line.h"
#include "serialmail/client_options.h"
#include "serialmail/numbers.h"
#include "serialmail/order_options.h"

namespace serialmail {
namespace {

namespace po = boost::program_options;

const conf::Program program{"maildirserial", "[options] DIR PREFIX CLIENT [ARG...]",
                            "Passes the messages of a maildir to a client that sends them, and acts on its results.",
                            "0 nothing is left, 100 usage (or the client exited 100), 111 mail is left or trouble"};

}  // namespace

base::Result<MaildirserialOptions> parse_maildirserial_options(int argc, const char* const* argv) {
  MaildirserialOptions options;
  OrderWords words;
  po::options_description description("Options");
  description.add_options()(",b", po::bool_switch(&options.bounces),
                            "bounce permanently refused messages to their senders and remove them")(
      ",t", po::value<std::string>()->value_name("LIFETIME"),
      "seconds after a message's first answer from a server from which a temporary refusal counts as a permanent one")(
      "report-fd", po::value<std::string>()->value_name("N"), "write a report on descriptor N, one JSON object a line")(
      "client-report-fd", po::value<std::string>()->value_name("N"),
      "the client is told to report on its descriptor N: listen there, and pass it on")(
      "line-fd", po::value<std::string>()->value_name("N"), line_word_help);
  add_order_options(description, words);
  const auto parsed = conf::parse_command_line(program, description, argc, argv);
  if (!parsed) return parsed.error();
  options.shown = parsed->shown;
  if (options.shown) return options;
  if (const auto& t = parsed->values["-t"]; !t.empty()) {
    const auto lifetime = read_number("-t", t.as<std::string>(), 0, max_lifetime_seconds);
    if (!lifetime) return lifetime.error();
    options.lifetime = *lifetime;
  }
  const auto report = read_descriptor(parsed->values, "report-fd", lowest_report_descriptor);
  if (!report) return report.error();
  options.report_descriptor = *report;
  const auto client_report = read_descriptor(parsed->values, "client-report-fd", lowest_report_descriptor);
  if (!client_report) return client_report.error();
  options.client_report_descriptor = *client_report;
  const auto line = read_descriptor(parsed->values, "line-fd", lowest_line_descriptor);
  if (!line) return line.error();
  options.line = LineWord(*line);
  const auto order = read_order_settings(words);
  if (!order) return order.error();
  options.order = *order;
  options.plan = plan_format(words);
  options.json = words.json;
  options.summary = words.summary;
  if (parsed->operands.size() < (options.plan ? 2U : 3U))
    return base::permanent("usage: maildirserial " + program.synopsis);
  options.maildir = parsed->operands[0];
  options.prefix = parsed->operands[1];
  options.client.assign(parsed->operands.begin() + 2, parsed->operands.end());
  return options;
}

}  // namespace serialmail
