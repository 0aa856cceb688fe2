#include "pppctl/connect.h"

#include <nlohmann/json.hpp>

#include "base/child.h"
#include "base/directory.h"
#include "base/log.h"
#include "base/stop_signals.h"
#include "modem/modem.h"
#include "pppctl/ppp/peers.h"
#include "pppctl/print.h"

namespace pppctl {
namespace {

std::optional<modem::Retry> retry_of(const std::string& text) {
  for (const auto retry : {modem::Retry::soon, modem::Retry::later, modem::Retry::stop}) {
    if (modem::word(retry) == text) return retry;
  }
  return {};
}

modem::Outcome<modem::Connection> dial(modem::Modem& modem, const CallPlan& plan, const std::string& phone) {
  if (auto ready = modem.prepare(modem::Use::ppp, phone); !ready) return modem::fail(ready.error());
  modem::DialOrder order;
  order.phone = phone;
  order.script = plan.script ? &*plan.script : nullptr;
  return modem.dial(order);
}

// The numbers one after the other, as a session does it that dials itself.
ConnectReport dial_all(const CallPlan& plan, base::StopSignals& stop) {
  auto profile = plan.modem;
  profile.port = "fd:0";
  ConnectReport report;
  auto modem = modem::Modem::open(profile, "pppctl", &stop);
  if (!modem) {
    report.trouble = modem.error();
    return report;
  }
  for (const auto& phone : plan.link.phones) {
    report.phone = phone;
    const auto connection = dial(*modem, plan, phone);
    if (connection) {
      report.connect = connection->connect.text;
      report.speed = connection->connect.speed;
      report.trouble.reset();
      modem->leave();
      return report;
    }
    report.trouble = connection.error();
    if (!report.trouble->wants_other_number) break;
  }
  return report;
}

}  // namespace

std::string report_text(const ConnectReport& report) {
  nlohmann::json json{{"phone", report.phone}, {"connect", report.connect}};
  if (report.speed) json["speed"] = *report.speed;
  if (report.trouble) {
    json["retry"] = modem::word(report.trouble->retry);
    json["text"] = report.trouble->text;
    json["advice"] = report.trouble->advice;
  }
  return json.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) + "\n";
}

std::optional<ConnectReport> parse_connect_report(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return {};
  const auto text_of = [&](const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  ConnectReport report{text_of("phone"), text_of("connect"), {}, {}};
  if (const auto speed = json.find("speed"); speed != json.end() && speed->is_number_unsigned()) {
    report.speed = speed->get<unsigned>();
  }
  if (const auto retry = retry_of(text_of("retry"))) report.trouble = {*retry, text_of("text"), text_of("advice"), 0};
  return report;
}

std::string connect_report_file(const conf::Places& places, const std::string& link) {
  return places.run + "/" + ppp::link_name(link) + ".connect";
}

ppp::LinkOptions pppd_options(const CallPlan& plan) {
  auto options = ppp::link_options(plan.link.name, plan.link.ppp, plan.modem);
  options.connect = {base::sibling_program("pppctl"), "connect", plan.link.name};
  return options;
}

base::Result<int> write_peers(const std::string& link, const std::string& folder, const conf::Places& places) {
  const auto plan = load_plan(places, link);
  if (!plan) return plan.error();
  if (plan->link.kind != conf::LinkKind::ppp) {
    return base::permanent(plan->link.file + ": a link of kind " + word(plan->link.kind) + " has no pppd");
  }
  const auto written = ppp::write_peers_file(pppd_options(*plan), folder.empty() ? ppp::peers_dir : folder);
  if (!written) return written.error();
  if (auto printed = print(*written + "\n"); !printed) return printed.error();
  return 0;
}

base::Result<int> run_connect(const std::string& link, const conf::Places& places) {
  const auto plan = load_plan(places, link);
  if (!plan) return plan.error();
  auto stop = base::StopSignals::watch();
  if (!stop) return stop.error();
  const auto report = dial_all(*plan, *stop);
  const auto directory = base::Directory::open(places.run);
  if (!directory) return directory.error();
  const auto written = base::replace_file(*directory, ppp::link_name(link) + ".connect", report_text(report));
  if (!written) return written.error();
  if (!report.trouble) return 0;
  base::log(base::Level::error, report.trouble->line());
  return 1;
}

}  // namespace pppctl
