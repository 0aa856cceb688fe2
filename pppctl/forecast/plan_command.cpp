#include "pppctl/forecast/plan_command.h"

#include <algorithm>

#include "base/child.h"
#include "base/clock.h"
#include "base/stop_signals.h"
#include "conf/named_file.h"
#include "conf/tariff.h"
#include "pppctl/ask_program.h"
#include "pppctl/forecast/plan_report.h"
#include "pppctl/ledger.h"
#include "pppctl/money/pricing.h"
#include "pppctl/plan.h"
#include "pppctl/print.h"

namespace pppctl {
namespace forecast {
namespace {

constexpr std::chrono::seconds survey_limit{60};
constexpr std::int64_t calls_read = 50;  // those that failed say nothing of a line's pace
constexpr double bits_in_octet = 8;
constexpr double ms_in_second = 1000;

using conf::BillingBegin;

// Of a call that begins now and lasts so long.
base::Result<std::int64_t> cost_of(const conf::Tariff& tariff, double total, double set_up, std::uint64_t octets) {
  double billed = total;
  switch (tariff.begin) {
    case BillingBegin::dial:
      break;
    case BillingBegin::answer:
      billed -= std::max(0.0, set_up - static_cast<double>(tariff.handshake.count()));
      break;
    case BillingBegin::connect:
      billed -= set_up;
      break;
  }
  const std::chrono::sys_seconds now{std::chrono::seconds(base::read_clock().wall_seconds)};
  const std::chrono::milliseconds time{static_cast<std::int64_t>(billed * ms_in_second)};
  const auto cost = money::price(tariff, {now, time, octets, 0}, {});
  if (!cost) return cost.error();
  return cost->nano;
}

base::Result<std::optional<CostRange>> cost_of(const conf::Places& places, const CallPlan& plan, const LinkPlan& link) {
  std::optional<CostRange> none;
  const auto is_empty = [](const RouteLoad& route) { return route.load.messages == 0; };
  if (plan.link.tariff.empty() || std::all_of(link.routes.begin(), link.routes.end(), is_empty)) return none;
  const auto tariff = conf::load_tariff(places, plan.link.tariff);
  if (!tariff) return tariff.error();
  std::uint64_t octets = 0;
  for (const auto& route : link.routes) octets += route.load.octets;
  const auto& total = link.forecast.total;
  const auto least = cost_of(*tariff, total.least, link.pace.set_up.least, octets);
  const auto usual = cost_of(*tariff, total.usual, link.pace.set_up.usual, octets);
  const auto most = cost_of(*tariff, total.most, link.pace.set_up.most, octets);
  for (const auto* cost : {&least, &usual, &most}) {
    if (!*cost) return cost->error();
  }
  return std::optional(CostRange{tariff->currency, *least, *usual, *most});
}

base::Result<Load> survey(const std::string& spool, const std::string& prefix, double rate, base::StopSignals& stop) {
  const auto waiting = waiting_mail(spool);
  if (!waiting) return waiting.error();
  if (waiting->messages == 0) return Load{};
  const auto bits = std::max<std::int64_t>(1, static_cast<std::int64_t>(rate * bits_in_octet));
  const auto answer = ask_program(
      {base::sibling_program("maildirserial"), "--plan", "--json", "--rate", std::to_string(bits), "--", spool, prefix},
      survey_limit, stop);
  if (!answer) return answer.error();
  if (answer->status != 0) return base::temporary(answer->last_line);
  return load_of(answer->output);
}

base::Result<LinkPlan> plan_of(const conf::Places& places, Ledger* ledger, const std::string& name,
                               base::StopSignals& stop) {
  const auto plan = load_plan(places, name);
  if (!plan) return plan.error();
  LinkPlan link;
  link.link = name;
  link.pace = assumed_pace(plan->link, plan->modem);
  if (ledger) {
    const auto calls = ledger->calls(name, calls_read);
    if (!calls) return calls.error();
    if (const auto measured = pace_of(*calls)) link.pace = *measured;
  }
  std::vector<Load> loads;
  for (const auto& job : plan->jobs) {
    if (job.spool.empty()) continue;
    const auto load = survey(job.spool, job.prefix, link.pace.rate.usual, stop);
    if (!load) return load.error();
    link.routes.push_back({job.route, *load});
    loads.push_back(*load);
  }
  link.forecast = forecast(link.pace, loads);
  auto cost = cost_of(places, *plan, link);
  if (!cost) return cost.error();
  link.cost = std::move(*cost);
  return link;
}

}  // namespace
}  // namespace forecast

base::Result<int> run_plan(const Options& options, const conf::Places& places) {
  auto stop = base::StopSignals::watch();
  if (!stop) return stop.error();
  auto ledger = Ledger::open_existing(places.ledger_file());
  if (!ledger) return ledger.error();
  auto links = conf::names_in(places.links_dir(), ".toml");
  if (!links) return links.error();
  if (!options.link.empty()) links = std::vector<std::string>{options.link};
  std::vector<forecast::LinkPlan> plans;
  for (const auto& name : *links) {
    auto plan = forecast::plan_of(places, *ledger ? &**ledger : nullptr, name, *stop);
    if (!plan) return plan.error();
    plans.push_back(std::move(*plan));
  }
  const auto printed = print(options.json ? forecast::plan_json(plans) : forecast::plan_text(plans));
  if (!printed) return printed.error();
  return 0;
}

}  // namespace pppctl
