#include "pppctl/bill.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "pppctl/ledger.h"
#include "pppctl/money/caps.h"
#include "pppctl/print.h"
#include "pppctl/timeline.h"

namespace pppctl {
namespace {

using namespace std::chrono;
using Json = nlohmann::ordered_json;
using money::amount_text;
using money::second_of;

constexpr int json_indent = 1;
// A period begins within the month that it is named by, and is a month long; calls may be older than their billing.
constexpr days around{2};

struct Month {
  std::string text;
  std::optional<year_month> period;  // none: that of now
};

year_month period_of(const conf::Tariff& tariff, sys_seconds at) {
  const auto begin = money::windows_at(tariff, at).month;
  const year_month_day date(floor<days>(tariff.zone.local(begin).civil));
  return date.year() / date.month();
}

// "2026-11-23 09:16:23".
std::string civil_text(local_seconds civil) {
  constexpr std::size_t date_end = 10;
  auto text = utc_time(milliseconds(civil.time_since_epoch()).count());
  text[date_end] = ' ';
  text.pop_back();
  return text;
}

// The tariffs of the calls, as they are now; of one that is gone, days and months are those of UTC.
class Sheets {
 public:
  explicit Sheets(const conf::Places& places) : places_(places) {}

  const conf::Tariff& of(const Call& call) {
    auto& tariff = tariffs_[call.start.tariff];
    if (!tariff) tariff = conf::load_tariff(places_, call.start.tariff).value_or(conf::Tariff());
    return *tariff;
  }

 private:
  const conf::Places& places_;
  std::map<std::string, std::optional<conf::Tariff>> tariffs_;
};

std::vector<BillLine> lines_of(std::vector<Call> calls, const Month& month, const conf::Places& places,
                               sys_seconds now) {
  Sheets sheets(places);
  std::vector<BillLine> lines;
  for (auto& call : calls) {
    const auto& tariff = sheets.of(call);
    const auto begin = second_of(call.answered_wall_ms.value_or(call.start.started.wall_ms));
    if (period_of(tariff, begin) != month.period.value_or(period_of(tariff, now))) continue;
    lines.push_back({std::move(call), civil_text(tariff.zone.local(begin).civil)});
  }
  return lines;
}

std::int64_t duration_ms(const Call& call) {
  if (!call.answered_wall_ms) return 0;
  const auto end = call.on_hook_boot_ms.value_or((call.ended ? *call.ended : call.updated).boot_ms);
  return std::max<std::int64_t>(
      call.start.started.wall_ms + (end - call.start.started.boot_ms) - *call.answered_wall_ms, 0);
}

std::int64_t asked(const Call& call) { return call.cost ? call.cost->nano : call.reserved_nano; }

std::string line_text(const BillLine& line) {
  const auto& call = line.call;
  std::string text = "call " + std::to_string(call.id) + "  " + line.begin + "  " + base::escape(call.start.link) +
                     "  " + base::escape(call.start.number) + "  " + seconds_text(duration_ms(call));
  if (!call.cost)
    return text + ": not settled, reserved " + amount_text(asked(call)) + " " + call.start.currency + "\n";
  const auto& cost = *call.cost;
  text += ", billed " + seconds_text(cost.billed_ms);
  if (cost.free_ms > 0) text += ", free " + seconds_text(cost.free_ms);
  if (cost.billed_octets > 0) text += ", " + octets_text(static_cast<std::uint64_t>(cost.billed_octets));
  if (cost.free_octets > 0) text += ", free " + octets_text(static_cast<std::uint64_t>(cost.free_octets));
  return text + ": set-up " + amount_text(cost.setup_nano) + ", time " + amount_text(cost.time_nano) + ", volume " +
         amount_text(cost.volume_nano) + ", tax " + amount_text(cost.tax_nano) + ", in all " + amount_text(cost.nano) +
         " " + call.start.currency + "\n";
}

Json json_of(const BillLine& line) {
  const auto& call = line.call;
  const auto cost = call.cost.value_or(money::Cost());
  return {{"id", call.id},
          {"account", call.start.account},
          {"link", call.start.link},
          {"number", call.start.number},
          {"tariff", call.start.tariff},
          {"begin", line.begin},
          {"milliseconds", duration_ms(call)},
          {"billed_milliseconds", cost.billed_ms},
          {"free_milliseconds", cost.free_ms},
          {"billed_octets", cost.billed_octets},
          {"free_octets", cost.free_octets},
          {"setup", amount_text(cost.setup_nano)},
          {"time", amount_text(cost.time_nano)},
          {"volume", amount_text(cost.volume_nano)},
          {"tax", amount_text(cost.tax_nano)},
          {"cost", amount_text(asked(call))},
          {"currency", call.start.currency},
          {"settled", call.cost.has_value()},
          {"result", call.result}};
}

base::Result<Month> month_of(const std::string& text) {
  if (text.empty()) return Month{"current", std::nullopt};
  const auto bad = base::permanent("--month: '" + base::escape(text) + "' is no month like 2026-11");
  constexpr std::size_t length = 7, dash = 4;
  if (text.size() != length || text[dash] != '-') return bad;
  if (text.find_first_not_of("0123456789-") != std::string::npos || text.rfind('-') != dash) return bad;
  const auto found =
      year(std::stoi(text.substr(0, dash))) / month(static_cast<unsigned>(std::stoi(text.substr(dash + 1))));
  if (!found.ok()) return bad;
  return Month{text, found};
}

base::Result<std::vector<Call>> calls_of(const Options& options, const conf::Places& places, const Month& month,
                                         sys_seconds now) {
  auto ledger = Ledger::open_existing(places.ledger_file());
  if (!ledger) return ledger.error();
  if (!*ledger) return std::vector<Call>();
  // The period of now may have begun in the month before.
  const year_month_day today(floor<days>(now));
  const auto first = month.period.value_or(today.year() / today.month() - months(1));
  const auto begin = sys_days(first / day(1)) - around;
  const auto end = sys_days((first + months(month.period ? 2 : 3)) / day(1)) + around;
  const auto ms = [](sys_days at) { return duration_cast<milliseconds>(at.time_since_epoch()).count(); };
  return (*ledger)->priced_calls(options.link, ms(begin), ms(end));
}

}  // namespace

base::Result<Bill> bill_of(const std::string& month, std::vector<BillLine> lines) {
  Bill bill{month, std::move(lines), {}};
  for (const auto& line : bill.lines) {
    const auto& start = line.call.start;
    const auto same = [&](const BillSum& sum) {
      return sum.account == start.account && sum.currency == start.currency;
    };
    auto sum = std::find_if(bill.sums.begin(), bill.sums.end(), same);
    if (sum == bill.sums.end()) sum = bill.sums.insert(sum, BillSum{start.account, start.currency});
    ++sum->calls;
    if (!line.call.cost) ++sum->unsettled;
    const auto tax = line.call.cost ? line.call.cost->tax_nano : 0;
    if (__builtin_add_overflow(sum->nano, asked(line.call), &sum->nano) ||
        __builtin_add_overflow(sum->tax_nano, tax, &sum->tax_nano)) {
      return base::permanent("the bill of " + start.account + " is beyond what can be counted");
    }
  }
  return bill;
}

std::string bill_text(const Bill& bill) {
  std::string text;
  for (const auto& line : bill.lines) text += line_text(line);
  for (const auto& sum : bill.sums) {
    text += base::escape(sum.account) + ": " + std::to_string(sum.calls) + (sum.calls == 1 ? " call" : " calls");
    if (sum.unsettled > 0) text += ", " + std::to_string(sum.unsettled) + " of them not settled";
    text += ", net " + amount_text(sum.nano - sum.tax_nano) + ", tax " + amount_text(sum.tax_nano) + ", in all " +
            amount_text(sum.nano) + " " + sum.currency + "\n";
  }
  return text;
}

std::string bill_json(const Bill& bill) {
  Json json{{"month", bill.month}, {"calls", Json::array()}, {"sums", Json::array()}};
  for (const auto& line : bill.lines) json["calls"].push_back(json_of(line));
  for (const auto& sum : bill.sums) {
    json["sums"].push_back({{"account", sum.account},
                            {"currency", sum.currency},
                            {"calls", sum.calls},
                            {"unsettled", sum.unsettled},
                            {"net", amount_text(sum.nano - sum.tax_nano)},
                            {"tax", amount_text(sum.tax_nano)},
                            {"cost", amount_text(sum.nano)}});
  }
  return json.dump(json_indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

base::Result<int> show_bill(const Options& options, const conf::Places& places) {
  const auto month = month_of(options.month);
  if (!month) return month.error();
  const auto now = second_of(read_moment().wall_ms);
  auto calls = calls_of(options, places, *month, now);
  if (!calls) return calls.error();
  const auto bill = bill_of(month->text, lines_of(std::move(*calls), *month, places, now));
  if (!bill) return bill.error();
  if (auto printed = print(options.json ? bill_json(*bill) : bill_text(*bill)); !printed) return printed.error();
  return 0;
}

}  // namespace pppctl
