// The options that maildirserial shares with maildirsmtp and maildirqmtp: order, bounds, plan and summary of a flush.
#pragma once

#include <boost/program_options.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "serialmail/flush_order.h"
#include "serialmail/plan.h"

namespace serialmail {

inline constexpr std::int64_t max_order_seconds = 100LL * 366 * 86400;
inline constexpr std::int64_t max_line_bits = 1'000'000'000'000;

// As they stand on the command line; empty: not given.
struct OrderWords {
  std::string big;
  std::string rate;
  std::string max_time;
  std::string max_bytes;
  std::string max_size;
  std::string min_priority;
  bool plan = false;
  bool json = false;
  bool summary = false;
};

void add_order_options(boost::program_options::options_description& description, OrderWords& words);

// A failure is permanent and names the option.
base::Result<OrderSettings> read_order_settings(const OrderWords& words);
// Empty: no plan is asked for.
std::optional<PlanFormat> plan_format(const OrderWords& words);

// The same options for another program's command line.
std::vector<std::string> order_arguments(const OrderWords& words);

}  // namespace serialmail
