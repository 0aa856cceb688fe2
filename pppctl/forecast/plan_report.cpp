#include "pppctl/forecast/plan_report.h"

#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/quantity_text.h"
#include "conf/text.h"
#include "pppctl/money/caps.h"

namespace pppctl::forecast {
namespace {

using Json = nlohmann::ordered_json;
using money::amount_text;

constexpr int json_indent = 1;
constexpr double ms_in_second = 1000;

std::string seconds(double value) { return base::seconds_text(static_cast<std::int64_t>(value * ms_in_second)); }

Load sum_of(const LinkPlan& link) {
  Load sum;
  for (const auto& route : link.routes) {
    sum.messages += route.load.messages;
    sum.copies += route.load.copies;
    sum.octets += route.load.octets;
    sum.kept += route.load.kept;
    sum.held += route.load.held;
  }
  return sum;
}

std::string load_text(const Load& load) {
  std::string text = std::to_string(load.messages + load.copies) +
                     (load.messages + load.copies == 1 ? " message, " : " messages, ") + base::octets_text(load.octets);
  if (load.kept > 0) text += "; " + std::to_string(load.kept) + " kept back by a bound";
  if (load.held > 0) text += "; " + std::to_string(load.held) + " on hold";
  return text;
}

std::string pace_text(const Pace& pace) {
  if (pace.calls == 0) return "assumed for such a modem, as no call has carried mail yet";
  return "as the last " + (pace.calls == 1 ? std::string("call") : std::to_string(pace.calls) + " calls") + " showed";
}

std::string one_text(const LinkPlan& link) {
  const auto name = base::escape(link.link);
  const auto sum = sum_of(link);
  if (sum.messages == 0) {
    std::string text = name + ": nothing would be sent";
    if (sum.kept + sum.held > 0) text += ": " + load_text(sum);
    return text + "\n";
  }
  const auto& times = link.forecast;
  std::string text = name + ": " + load_text(sum) + " in about " + seconds(times.total.usual) + " (" +
                     seconds(times.total.least) + " to " + seconds(times.total.most) + ")\n";
  text += "  set-up " + seconds(times.set_up) + ", dialogue " + seconds(times.dialogue) + ", octets " +
          seconds(times.octets) + ", hang-up " + seconds(times.hang_up) + "\n";
  text += "  speed and delays " + pace_text(link.pace) + ": " + base::rate_text(link.pace.rate.usual) + ", " +
          seconds(link.pace.round_trip.usual) + " a round trip; a server with PIPELINING\n";
  for (const auto& route : link.routes) text += "  " + base::escape(route.route) + ": " + load_text(route.load) + "\n";
  if (const auto& cost = link.cost) {
    text += "  cost: about " + amount_text(cost->usual_nano) + " " + base::escape(cost->currency) + " (" +
            amount_text(cost->least_nano) + " to " + amount_text(cost->most_nano) + ")\n";
  }
  return text;
}

Json json_of(const Range& range) { return {{"least", range.least}, {"usual", range.usual}, {"most", range.most}}; }

Json json_of(const RouteLoad& route) {
  return {{"route", route.route},        {"messages", route.load.messages}, {"copies", route.load.copies},
          {"octets", route.load.octets}, {"kept", route.load.kept},         {"held", route.load.held}};
}

}  // namespace

base::Result<Load> load_of(std::string_view plan) {
  Load load;
  for (const auto& line : conf::numbered_lines(plan)) {
    if (line.text.empty()) continue;
    const auto told = Json::parse(line.text, nullptr, false);
    if (!told.is_object() || !told.contains("event"))
      return base::temporary("maildirserial --plan: line " + std::to_string(line.number) + " is no event");
    const auto event = told["event"].is_string() ? told["event"].get<std::string>() : std::string();
    if (event == "kept") ++load.kept;
    if (event == "held") ++load.held;
    if (event != "message") continue;
    if (told.value("copy", false)) {
      ++load.copies;
      continue;
    }
    ++load.messages;
    if (told.contains("octets") && told["octets"].is_number_unsigned())
      load.octets += told["octets"].get<std::uint64_t>();
  }
  return load;
}

std::string plan_text(const std::vector<LinkPlan>& links) {
  std::string text;
  for (const auto& link : links) text += one_text(link);
  return text;
}

std::string plan_json(const std::vector<LinkPlan>& links) {
  Json all = Json::array();
  for (const auto& link : links) {
    Json json{{"link", link.link}, {"routes", Json::array()}, {"seconds", json_of(link.forecast.total)}};
    for (const auto& route : link.routes) json["routes"].push_back(json_of(route));
    json["set_up"] = link.forecast.set_up;
    json["dialogue"] = link.forecast.dialogue;
    json["octets"] = link.forecast.octets;
    json["hang_up"] = link.forecast.hang_up;
    json["calls"] = link.pace.calls;
    json["rate"] = json_of(link.pace.rate);
    json["round_trip"] = json_of(link.pace.round_trip);
    json["cost"] = Json();
    if (const auto& cost = link.cost) {
      json["cost"] = {{"currency", cost->currency},
                      {"least", amount_text(cost->least_nano)},
                      {"usual", amount_text(cost->usual_nano)},
                      {"most", amount_text(cost->most_nano)}};
    }
    all.push_back(std::move(json));
  }
  return all.dump(json_indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pppctl::forecast
