#include "pppctl/connect.h"

#include <algorithm>
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

using Json = nlohmann::json;

std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t integer_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

void add_trouble(Json& json, const std::optional<modem::Trouble>& trouble) {
  if (!trouble) return;
  json["retry"] = modem::word(trouble->retry);
  json["text"] = trouble->text;
  json["advice"] = trouble->advice;
}

std::optional<modem::Trouble> trouble_in(const Json& json) {
  const auto retry = retry_of(text_of(json, "retry"));
  if (!retry) return {};
  return modem::Trouble{*retry, text_of(json, "text"), text_of(json, "advice"), 0};
}

std::string line_of(const Json& json) { return json.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n"; }

modem::Outcome<modem::Connection> dial(modem::Modem& modem, const CallPlan& plan, const std::string& phone) {
  modem::DialOrder order;
  order.phone = phone;
  order.script = plan.script ? &*plan.script : nullptr;
  return modem.dial(order);
}

void keep_ordered(std::vector<std::string>& phones, const std::vector<std::string>& order) {
  if (order.empty()) return;
  const auto is_left_out = [&](const std::string& phone) {
    return std::find(order.begin(), order.end(), phone) == order.end();
  };
  phones.erase(std::remove_if(phones.begin(), phones.end(), is_left_out), phones.end());
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
    if (auto ready = modem->prepare(modem::Use::ppp, phone); !ready) {
      report.trouble = ready.error();
      return report;
    }
    report.dials.push_back({phone, read_moment(), {}});
    const auto connection = dial(*modem, plan, phone);
    if (connection) {
      report.connect = connection->connect.text;
      report.speed = connection->connect.speed;
      report.trouble.reset();
      modem->leave();
      return report;
    }
    report.trouble = report.dials.back().trouble = connection.error();
    if (!report.trouble->wants_other_number) break;
  }
  return report;
}

}  // namespace

std::string report_text(const ConnectReport& report) {
  Json json{{"connect", report.connect}, {"dials", Json::array()}};
  if (report.speed) json["speed"] = *report.speed;
  add_trouble(json, report.trouble);
  for (const auto& dial : report.dials) {
    Json one{{"phone", dial.phone}, {"wall_ms", dial.at.wall_ms}, {"boot_ms", dial.at.boot_ms}};
    add_trouble(one, dial.trouble);
    json["dials"].push_back(std::move(one));
  }
  return line_of(json);
}

std::optional<ConnectReport> parse_connect_report(std::string_view text) {
  const auto json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return {};
  ConnectReport report{{}, text_of(json, "connect"), {}, trouble_in(json)};
  if (const auto speed = json.find("speed"); speed != json.end() && speed->is_number_unsigned()) {
    report.speed = speed->get<unsigned>();
  }
  const auto dials = json.find("dials");
  if (dials == json.end() || !dials->is_array()) return report;
  for (const auto& dial : *dials) {
    if (!dial.is_object()) continue;
    report.dials.push_back(
        {text_of(dial, "phone"), {integer_of(dial, "wall_ms"), integer_of(dial, "boot_ms")}, trouble_in(dial)});
  }
  return report;
}

std::string dial_order_text(const std::vector<std::string>& phones) { return line_of(Json{{"phones", phones}}); }

std::vector<std::string> parse_dial_order(std::string_view text) {
  const auto json = Json::parse(text, nullptr, false);
  const auto phones = json.is_object() ? json.find("phones") : json.end();
  if (phones == json.end() || !phones->is_array()) return {};
  std::vector<std::string> all;
  for (const auto& phone : *phones) {
    if (phone.is_string()) all.push_back(phone.get<std::string>());
  }
  return all;
}

std::string connect_report_file(const conf::Places& places, const std::string& link) {
  return places.run + "/" + ppp::link_name(link) + ".connect";
}

base::Result<void> write_connect_file(const conf::Places& places, const std::string& link, const std::string& text) {
  const auto directory = base::Directory::open(places.run);
  if (!directory) return directory.error();
  return base::replace_file(*directory, ppp::link_name(link) + ".connect", text);
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
  auto plan = load_plan(places, link);
  if (!plan) return plan.error();
  const auto order = base::read_file(connect_report_file(places, link), max_connect_report_bytes);
  if (order) keep_ordered(plan->link.phones, parse_dial_order(*order));
  auto stop = base::StopSignals::watch();
  if (!stop) return stop.error();
  const auto report = dial_all(*plan, *stop);
  if (auto written = write_connect_file(places, link, report_text(report)); !written) return written.error();
  if (!report.trouble) return 0;
  base::log(base::Level::error, report.trouble->line());
  return 1;
}

}  // namespace pppctl
