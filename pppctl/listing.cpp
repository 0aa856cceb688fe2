#include "pppctl/listing.h"

#include <nlohmann/json.hpp>

#include "base/bug.h"
#include "base/log.h"
#include "pppctl/money/caps.h"
#include "pppctl/timeline.h"

namespace pppctl {
namespace {

using Json = nlohmann::ordered_json;

constexpr double ms_in_second = 1000;
constexpr int json_indent = 1;

double in_seconds(std::int64_t ms) { return static_cast<double>(ms) / ms_in_second; }

template <class T>
Json maybe(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

std::int64_t duration_ms(const Call& call) {
  return (call.ended ? *call.ended : call.updated).boot_ms - call.start.started.boot_ms;
}

Json json_of(const PhaseRecord& phase) {
  return {{"name", phase.name},
          {"at", in_seconds(phase.at_ms)},
          {"seconds", phase.took_ms ? Json(in_seconds(*phase.took_ms)) : Json()},
          {"result", phase.result},
          {"class", phase.retry},
          {"reason", phase.reason},
          {"number", phase.number}};
}

Json json_of(const JobRecord& job) {
  return {{"job", job.job},
          {"route", job.route},
          {"exit", maybe(job.exit)},
          {"signal", maybe(job.signal)},
          {"sent", job.accepted},
          {"refused", job.refused},
          {"deferred", job.deferred},
          {"left", job.left},
          {"unknown", job.unknown},
          {"octets_sent", job.octets.sent},
          {"octets_received", job.octets.received},
          {"seconds", in_seconds(job.took_ms)},
          {"text", job.text}};
}

Json json_of(const Call& call) {
  Json json{{"id", call.id},
            {"link", call.start.link},
            {"kind", call.start.kind},
            {"number", call.start.number},
            {"modem", call.start.modem},
            {"port", call.start.port},
            {"device", call.start.device},
            {"pid", call.start.process.pid},
            {"started", utc_time(call.start.started.wall_ms)},
            {"ended", call.ended ? Json(utc_time(call.ended->wall_ms)) : Json()},
            {"seconds", in_seconds(duration_ms(call))},
            {"phase", call.phase},
            {"connect", call.connect},
            {"speed", maybe(call.speed)},
            {"network", call.modem.network},
            {"operator", call.modem.carrier},
            {"signal", call.modem.signal},
            {"modem_report", call.modem.report},
            {"interface", call.interface.name},
            {"local_ip", call.interface.local_ip},
            {"remote_ip", call.interface.remote_ip},
            {"octets_sent", call.octets.sent},
            {"octets_received", call.octets.received},
            {"cost", call.cost ? Json(money::amount_text(call.cost->nano)) : Json()},
            {"currency", call.start.currency},
            {"result", call.result},
            {"class", call.retry},
            {"reason", call.reason},
            {"exit", maybe(call.exit)},
            {"phases", Json::array()},
            {"jobs", Json::array()}};
  for (const auto& phase : call.phases) json["phases"].push_back(json_of(phase));
  for (const auto& job : call.jobs) json["jobs"].push_back(json_of(job));
  return json;
}

Json json_of(const RouteWaiting& route) {
  return {{"route", route.route},
          {"messages", route.messages},
          {"octets", route.octets},
          {"oldest", route.oldest_wall_ms ? Json(utc_time(*route.oldest_wall_ms)) : Json()}};
}

// Modems' and programs' words need not be UTF-8, which JSON has to be.
std::string dumped(const Json& json) {
  return json.dump(json_indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string with_reason(const std::string& retry, const std::string& reason) {
  std::string text;
  if (!retry.empty()) text += " (" + retry + ")";
  if (!reason.empty()) text += ": " + base::escape(reason);
  return text;
}

std::string octets_of(const Call& call) {
  return octets_text(call.octets.sent) + " out, " + octets_text(call.octets.received) + " in";
}

// Of a call that is not settled, what it may cost so far.
std::string cost_of(const Call& call) {
  if (call.start.currency.empty()) return {};
  const auto currency = " " + base::escape(call.start.currency);
  if (call.cost) return ", " + money::amount_text(call.cost->nano) + currency;
  return call.reserved_nano > 0 ? ", up to " + money::amount_text(call.reserved_nano) + currency : "";
}

std::string number_of(const Call& call) { return "call " + std::to_string(call.id); }

// Octets a second since the jobs began, as far as the ledger knows them; none: no job has begun.
std::optional<double> rate_of(const Call& call) {
  for (const auto& phase : call.phases) {
    const auto took = call.updated.boot_ms - call.start.started.boot_ms - phase.at_ms;
    if (phase.name != word(Phase::jobs) || took <= 0) continue;
    return static_cast<double>(call.octets.sent + call.octets.received) / in_seconds(took);
  }
  return {};
}

// What waits, at that rate.
std::optional<std::chrono::seconds> time_left(const LinkStatus& link) {
  const auto rate = link.running ? rate_of(*link.running) : std::optional<double>();
  if (!rate || *rate < 1) return {};
  double octets = 0;
  for (const auto& route : link.waiting) octets += static_cast<double>(route.octets);
  return std::chrono::seconds(static_cast<std::int64_t>(octets / *rate));
}

// A call's reason is "REASON (REMEDY)", and the link's state keeps the reason alone.
std::string remedy_of(const LinkStatus& link) {
  if (!link.state || !link.state->failing || !link.last) return {};
  const auto& all = link.last->reason;
  const auto begin = link.state->reason + " (";
  if (!all.starts_with(begin) || !all.ends_with(')')) return {};
  return all.substr(begin.size(), all.size() - begin.size() - 1);
}

std::string running_text(const LinkStatus& link) {
  const auto& call = *link.running;
  std::string text = "  running: " + number_of(call) + ", pid " + std::to_string(call.start.process.pid) + ", since " +
                     local_time(call.start.started.wall_ms) + ", " + call.phase;
  if (call.speed) text += ", " + std::to_string(*call.speed) + " bit/s";
  if (!call.modem.signal.empty()) text += ", signal " + base::escape(call.modem.signal);
  text += ", " + octets_of(call);
  if (const auto rate = rate_of(call)) text += ", " + base::rate_text(*rate);
  if (const auto left = time_left(link)) text += ", about " + base::minutes_text(*left) + " left";
  return text + cost_of(call) + "\n";
}

std::string waiting_text(const RouteWaiting& route) {
  std::string text = "  waiting: " + base::escape(route.route) + ": ";
  if (route.messages == 0) return text + "nothing\n";
  text +=
      std::to_string(route.messages) + (route.messages == 1 ? " message, " : " messages, ") + octets_text(route.octets);
  if (route.oldest_wall_ms) text += ", the oldest of " + local_time(*route.oldest_wall_ms);
  return text + "\n";
}

std::string when_text(const policy::Decision& decision) {
  if (decision.act == policy::Act::call) return "now: ";
  if (decision.until) return "not before " + local_time(decision.until->time_since_epoch().count()) + ": ";
  return {};
}

const char* word(policy::Act act) {
  switch (act) {
    case policy::Act::call:
      return "call";
    case policy::Act::wait:
      return "wait";
    case policy::Act::stopped:
      return "stopped";
    case policy::Act::never:
      return "never";
  }
  base::bug("Act: bad value");
}

Json json_of(const policy::Decision& decision) {
  return {{"decision", word(decision.act)},
          {"not_before", decision.until ? Json(utc_time(decision.until->time_since_epoch().count())) : Json()},
          {"reason", decision.reason}};
}

std::string state_text(const LinkState& state) {
  if (!state.failing) return "ok since " + local_time(state.since_wall_ms);
  return "failing since " + local_time(state.since_wall_ms) + ", " + std::to_string(state.count) + " in a row" +
         with_reason(state.retry, state.reason);
}

std::string phase_text(const PhaseRecord& phase) {
  return "  " + timeline_line(phase.at_ms, phase.name, phase.took_ms ? seconds_text(*phase.took_ms) : "not ended") +
         with_reason(phase.retry, phase.reason) + "\n";
}

std::string job_text(const JobRecord& job) {
  return "  " + job.job + " " + base::escape(job.route) + ": " + std::to_string(job.accepted) + " sent, " +
         std::to_string(job.refused) + " refused, " + std::to_string(job.deferred) + " deferred, " +
         std::to_string(job.left) + " left; " + octets_text(job.octets.sent) + " out, " +
         octets_text(job.octets.received) + " in, " + seconds_text(job.took_ms) + "\n";
}

std::string network_text(const Call& call) {
  std::string text;
  const auto& modem = call.modem;
  if (!modem.network.empty()) {
    text += "  " + base::escape(modem.network + (modem.carrier.empty() ? "" : " " + modem.carrier)) + ", signal " +
            base::escape(modem.signal) + "\n";
  }
  const auto& interface = call.interface;
  if (interface.name.empty()) return text;
  text += "  " + base::escape(interface.name);
  if (!interface.local_ip.empty())
    text += ": " + base::escape(interface.local_ip) + " -> " + base::escape(interface.remote_ip);
  return text + "\n";
}

}  // namespace

std::string status_text(const std::vector<LinkStatus>& links) {
  std::string text;
  for (const auto& link : links) {
    text += base::escape(link.link) + ": " +
            (link.state  ? state_text(*link.state)
             : link.last ? "state unknown"
                         : "no call has ended yet") +
            "\n";
    if (const auto remedy = remedy_of(link); !remedy.empty()) text += "  remedy: " + base::escape(remedy) + "\n";
    if (link.running) text += running_text(link);
    if (const auto& call = link.last) {
      text += "  last: " + number_of(*call) + ", " + local_time(call->start.started.wall_ms) + ", " +
              seconds_text(duration_ms(*call)) + ", " + octets_of(*call) + cost_of(*call) + ", " + call->result +
              with_reason(call->retry, call->reason) + "\n";
    }
    for (const auto& route : link.waiting) text += waiting_text(route);
    if (link.next) text += "  next: " + when_text(*link.next) + base::escape(link.next->reason) + "\n";
  }
  return text;
}

std::string status_json(const std::vector<LinkStatus>& links) {
  Json all = Json::array();
  for (const auto& link : links) {
    Json json{{"link", link.link}, {"state", !link.state ? "unknown" : link.state->failing ? "failing" : "ok"}};
    json["since"] = link.state ? Json(utc_time(link.state->since_wall_ms)) : Json();
    json["class"] = link.state ? link.state->retry : "";
    json["reason"] = link.state ? link.state->reason : "";
    json["count"] = link.state ? link.state->count : 0;
    json["remedy"] = remedy_of(link);
    json["running"] = link.running ? json_of(*link.running) : Json();
    json["last"] = link.last ? json_of(*link.last) : Json();
    if (link.running) {
      json["running"]["rate"] = maybe(rate_of(*link.running));
      const auto left = time_left(link);
      json["running"]["seconds_left"] = left ? Json(left->count()) : Json();
    }
    json["waiting"] = Json::array();
    for (const auto& route : link.waiting) json["waiting"].push_back(json_of(route));
    json["next"] = link.next ? json_of(*link.next) : Json();
    all.push_back(std::move(json));
  }
  return dumped(all);
}

std::string history_text(const std::vector<Call>& calls) {
  std::string text;
  for (const auto& call : calls) {
    text += number_of(call) + "  " + local_time(call.start.started.wall_ms) + "  " + base::escape(call.start.link) +
            "  " + base::escape(call.start.number) + "  " + seconds_text(duration_ms(call)) + "  " + octets_of(call) +
            cost_of(call) + ": " + call.result + with_reason(call.retry, call.reason) + "\n";
    if (!call.connect.empty()) text += "  " + base::escape(call.connect) + "\n";
    text += network_text(call);
    for (const auto& phase : call.phases) text += phase_text(phase);
    for (const auto& job : call.jobs) text += job_text(job);
  }
  return text;
}

std::string history_json(const std::vector<Call>& calls) {
  Json all = Json::array();
  for (const auto& call : calls) all.push_back(json_of(call));
  return dumped(all);
}

}  // namespace pppctl
