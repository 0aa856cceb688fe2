#include "serialmail/order_options.h"

#include <array>
#include <utility>

#include "conf/toml.h"
#include "serialmail/numbers.h"

namespace serialmail {
namespace {

namespace po = boost::program_options;

base::Result<std::chrono::seconds> read_seconds(const std::string& option, const std::string& text,
                                                std::int64_t least) {
  const auto number = read_number(option, text, least, max_order_seconds);
  return number ? base::Result<std::chrono::seconds>(std::chrono::seconds(*number)) : number.error();
}

base::Result<void> read_octets(const std::string& option, const std::string& text,
                               std::optional<std::uint64_t>& octets) {
  if (text.empty()) return {};
  octets = conf::parse_size(text);
  if (octets) return {};
  return base::permanent(option + ": not a number of octets, with k, M or G behind it or not: " + text);
}

}  // namespace

void add_order_options(po::options_description& description, OrderWords& words) {
  const auto text = [](std::string& into, const char* name) { return po::value(&into)->value_name(name); };
  description.add_options()("big", text(words.big, "SECONDS"),
                            "bodies that take the line longer than this go behind the others of their priority; 30 if "
                            "not given, 0 for none")(
      "rate", text(words.rate, "BITS"),
      "bits a second of the line, until this run has measured it; 33600 if not given")(
      "max-time", text(words.max_time, "SECONDS"), "begin no message so long after the start, nor one that would last")(
      "max-bytes", text(words.max_bytes, "OCTETS"), "begin no message that takes the run beyond so many octets")(
      "max-size", text(words.max_size, "OCTETS"), "send no message that is longer")(
      "min-priority", text(words.min_priority, "N"), "send no message less urgent than this, from -9 to 9")(
      "plan", po::bool_switch(&words.plan), "print what would go, in order, and change nothing")(
      "json", po::bool_switch(&words.json), "with --plan one JSON object a line, else at the end one with a summary")(
      "summary", po::bool_switch(&words.summary),
      "say at the end on standard error what was sent, what the line carried and what is left, as on a terminal");
}

base::Result<OrderSettings> read_order_settings(const OrderWords& words) {
  OrderSettings settings;
  if (!words.big.empty()) {
    const auto big = read_seconds("--big", words.big, 0);
    if (!big) return big.error();
    settings.big = *big;
  }
  if (!words.rate.empty()) {
    const auto rate = read_number("--rate", words.rate, 1, max_line_bits);
    if (!rate) return rate.error();
    settings.rate_bits = static_cast<std::uint64_t>(*rate);
  }
  if (!words.max_time.empty()) {
    const auto time = read_seconds("--max-time", words.max_time, 1);
    if (!time) return time.error();
    settings.max_time = *time;
  }
  if (auto read = read_octets("--max-bytes", words.max_bytes, settings.max_bytes); !read) return read.error();
  if (auto read = read_octets("--max-size", words.max_size, settings.max_size); !read) return read.error();
  if (words.min_priority.empty()) return settings;
  const auto priority = conf::parse_priority(words.min_priority);
  if (!priority) return base::permanent("--min-priority: not a number from -9 to 9: " + words.min_priority);
  settings.min_priority = *priority;
  return settings;
}

std::optional<PlanFormat> plan_format(const OrderWords& words) {
  if (!words.plan) return {};
  return words.json ? PlanFormat::json : PlanFormat::text;
}

std::vector<std::string> order_arguments(const OrderWords& words) {
  std::vector<std::string> arguments;
  const std::array<std::pair<const char*, const std::string*>, 6> valued{{{"--big=", &words.big},
                                                                          {"--rate=", &words.rate},
                                                                          {"--max-time=", &words.max_time},
                                                                          {"--max-bytes=", &words.max_bytes},
                                                                          {"--max-size=", &words.max_size},
                                                                          {"--min-priority=", &words.min_priority}}};
  for (const auto& [option, value] : valued) {
    if (!value->empty()) arguments.push_back(option + *value);
  }
  if (words.plan) arguments.emplace_back("--plan");
  if (words.json) arguments.emplace_back("--json");
  if (words.summary) arguments.emplace_back("--summary");
  return arguments;
}

}  // namespace serialmail
