#include "serialmail/flush_options.h"

#include "serialmail/line_word.h"
#include "serialmail/numbers.h"

namespace serialmail {

namespace po = boost::program_options;

void add_flush_options(po::options_description& description, FlushWords& words) {
  description.add_options()(
      ",t", po::value(&words.lifetime)->value_name("LIFETIME"),
      "seconds after a message's first answer from a server from which a temporary refusal is a permanent one; two "
      "weeks if not given")("report-fd", po::value(&words.report_descriptor)->value_name("N"),
                            "write a report on descriptor N, one JSON object a line")(
      "line-fd", po::value(&words.line_descriptor)->value_name("N"), line_word_help);
  add_order_options(description, words.order);
}

base::Result<void> check_flush_options(const FlushWords& words) {
  if (auto t = read_number("-t", words.lifetime, 0, max_lifetime_seconds); !t) return t.error();
  if (auto order = read_order_settings(words.order); !order) return order.error();
  if (!words.line_descriptor.empty()) {
    auto fd = read_number("--line-fd", words.line_descriptor, lowest_line_descriptor, max_descriptor);
    if (!fd) return fd.error();
  }
  if (words.report_descriptor.empty()) return {};
  auto fd = read_number("--report-fd", words.report_descriptor, lowest_report_descriptor, max_descriptor);
  return fd ? base::Result<void>() : fd.error();
}

std::vector<std::string> flush_command(const FlushWords& words, const FlushPrograms& programs,
                                       const std::string& taken) {
  // Any that is not in use.
  std::string client_report;
  for (const auto* free : {"10", "9", "8"}) {
    if (free != taken && free != words.line_descriptor) client_report = free;
  }
  std::vector<std::string> command{programs.maildirserial, "-b", "-t", words.lifetime};
  if (!words.report_descriptor.empty()) command.insert(command.end(), {"--report-fd", words.report_descriptor});
  command.insert(command.end(), {"--client-report-fd", client_report});
  if (!words.line_descriptor.empty()) command.insert(command.end(), {"--line-fd", words.line_descriptor});
  const auto order = order_arguments(words.order);
  command.insert(command.end(), order.begin(), order.end());
  command.insert(command.end(), {"--", words.maildir, words.prefix, programs.client, "--report-fd", client_report});
  if (!words.line_descriptor.empty()) command.insert(command.end(), {"--line-fd", words.line_descriptor});
  return command;
}

}  // namespace serialmail
