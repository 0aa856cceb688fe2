// `pppctl bill`: the calls of a month as the provider's bill has them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "conf/places.h"
#include "pppctl/call_record.h"
#include "pppctl/options.h"

namespace pppctl {

struct BillLine {
  Call call;
  std::string begin;  // of the billing, by the provider's clocks
};

struct BillSum {
  std::string account, currency;
  std::int64_t calls = 0, nano = 0, tax_nano = 0;
  std::int64_t unsettled = 0;  // calls that go on, or could not be priced: counted with what they have reserved
};

struct Bill {
  std::string month;  // "2026-11"
  std::vector<BillLine> lines;
  std::vector<BillSum> sums;  // by account and currency
};

// Permanent for a sum that cannot be counted. Pure.
base::Result<Bill> bill_of(const std::string& month, std::vector<BillLine> lines);

std::string bill_text(const Bill& bill);
std::string bill_json(const Bill& bill);

base::Result<int> show_bill(const Options& options, const conf::Places& places);

}  // namespace pppctl
