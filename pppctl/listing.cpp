#include "pppctl/listing.h"

#include <nlohmann/json.hpp>

#include "base/log.h"
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
          {"reason", phase.reason}};
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
            {"octets_sent", call.octets.sent},
            {"octets_received", call.octets.received},
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

std::string number_of(const Call& call) { return "call " + std::to_string(call.id); }

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

}  // namespace

std::string status_text(const std::vector<LinkStatus>& links) {
  std::string text;
  for (const auto& link : links) {
    text += base::escape(link.link) + ": " +
            (link.state  ? state_text(*link.state)
             : link.last ? "state unknown"
                         : "no call has ended yet") +
            "\n";
    if (const auto& call = link.running) {
      text += "  running: " + number_of(*call) + ", pid " + std::to_string(call->start.process.pid) + ", since " +
              local_time(call->start.started.wall_ms) + ", " + call->phase + ", " + octets_of(*call) + "\n";
    }
    if (const auto& call = link.last) {
      text += "  last: " + number_of(*call) + ", " + local_time(call->start.started.wall_ms) + ", " +
              seconds_text(duration_ms(*call)) + ", " + octets_of(*call) + ", " + call->result +
              with_reason(call->retry, call->reason) + "\n";
    }
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
    json["running"] = link.running ? json_of(*link.running) : Json();
    json["last"] = link.last ? json_of(*link.last) : Json();
    all.push_back(std::move(json));
  }
  return dumped(all);
}

std::string history_text(const std::vector<Call>& calls) {
  std::string text;
  for (const auto& call : calls) {
    text += number_of(call) + "  " + local_time(call.start.started.wall_ms) + "  " + base::escape(call.start.link) +
            "  " + base::escape(call.start.number) + "  " + seconds_text(duration_ms(call)) + "  " + octets_of(call) +
            ": " + call.result + with_reason(call.retry, call.reason) + "\n";
    if (!call.connect.empty()) text += "  " + base::escape(call.connect) + "\n";
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
