#include "pppctl/progress.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace pppctl {
namespace {

using Json = nlohmann::json;

constexpr std::size_t max_bodies = 1024;  // begun and without result; pipelining has a handful
constexpr Progress::Time window{1000};
constexpr std::uint64_t max_number = 1'000'000'000'000'000;  // no report of ours means more, and sums stay in range
constexpr double newer_weight = 0.4;                         // of a window's rate against what was known before
constexpr double bits_in_octet = 8;
constexpr double ms_in_second = 1000;

std::uint64_t number(const Json& event, const char* key) {
  const auto found = event.find(key);
  return found != event.end() && found->is_number_unsigned() ? std::min(found->get<std::uint64_t>(), max_number) : 0;
}

std::string text(const Json& event, const char* key) {
  const auto found = event.find(key);
  return found != event.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// By all bounds together.
std::uint64_t kept_back(const Json& end) {
  const auto kept = end.find("kept");
  std::uint64_t sum = 0;
  if (kept == end.end() || !kept->is_object()) return sum;
  for (const auto& bound : kept->items()) sum += number(*kept, bound.key().c_str());
  return sum;
}

}  // namespace

void Progress::begin_job(Time now) {
  job_ = {};
  bodies_.clear();
  has_totals_ = false;
  job_began_ = job_now_ = window_began_ = now;
  window_octets_ = 0;
  begin_pass(0);
}

void Progress::begin_pass(std::uint64_t octets) {
  planned_before_ += pass_done_;
  pass_done_ = 0;
  planned_ = octets;
}

void Progress::report(std::string_view line) {
  const Json event = Json::parse(line, nullptr, false);
  if (!event.is_object()) return;
  const std::string kind = text(event, "event");
  const std::string file = text(event, "file");
  if (kind == "planned") {
    begin_pass(number(event, "octets"));
  } else if (kind == "begin") {
    if (bodies_.size() < max_bodies) bodies_[file] = {number(event, "octets"), 0};
  } else if (kind == "octets") {
    const auto body = bodies_.find(file);
    if (body != bodies_.end()) body->second.sent = std::min(number(event, "sent"), body->second.octets);
  } else if (kind == "result") {
    const auto body = bodies_.find(file);
    if (body != bodies_.end()) {
      done_ += body->second.octets;
      pass_done_ += body->second.octets;
      bodies_.erase(body);
    }
    const std::string what = text(event, "class");
    job_.accepted += what == "accepted" ? 1U : 0U;
    job_.refused += what == "refused" ? 1U : 0U;
    job_.deferred += what == "deferred" ? 1U : 0U;
  } else if (kind == "end") {
    job_.accepted = number(event, "sent");
    job_.refused = number(event, "refused");
    job_.deferred = number(event, "deferred");
    // What our own bounds kept back waits for another link: nothing of it has failed.
    job_.left = number(event, "left");
    job_.left -= std::min(job_.left, kept_back(event));
    job_.unknown = number(event, "unknown");
    has_totals_ = true;
  }
}

void Progress::count(const Octets& octets, Time now) {
  job_.octets = octets;
  job_now_ = now;
  const auto all = octets.sent + octets.received;
  if (now - window_began_ < window) return;
  const double newest = static_cast<double>(all - std::min(all, window_octets_)) * ms_in_second /
                        static_cast<double>((now - window_began_).count());
  rate_ = rate_ <= 0 ? newest : rate_ * (1 - newer_weight) + newest * newer_weight;
  window_began_ = now;
  window_octets_ = all;
}

JobRecord Progress::end_job(Time now) {
  job_now_ = now;
  job_.took_ms = (now - job_began_).count();
  JobRecord ended = job_;
  before_.accepted += job_.accepted;
  before_.refused += job_.refused;
  before_.deferred += job_.deferred;
  before_.left += job_.left;
  before_.unknown += job_.unknown;
  before_.octets.sent += job_.octets.sent;
  before_.octets.received += job_.octets.received;
  before_.took_ms += job_.took_ms;
  job_ = {};
  job_began_ = now;
  return ended;
}

Octets Progress::octets() const {
  return {before_.octets.sent + job_.octets.sent, before_.octets.received + job_.octets.received};
}

std::uint64_t Progress::planned_octets() const {
  return std::max({expected_, planned_before_ + planned_, done_octets()});
}

std::uint64_t Progress::done_octets() const {
  std::uint64_t octets = done_;
  for (const auto& [name, body] : bodies_) octets += body.sent;
  return octets;
}

std::optional<std::chrono::seconds> Progress::time_left() const {
  if (rate_ < 1) return {};
  const auto left = static_cast<double>(planned_octets() - done_octets());
  return std::chrono::seconds(std::llround(left / rate_));
}

double Progress::average_rate() const {
  const auto time = before_.took_ms + (job_now_ - job_began_).count();
  const auto all = octets();
  return time <= 0 ? 0 : static_cast<double>(all.sent + all.received) * ms_in_second / static_cast<double>(time);
}

std::optional<double> Progress::idle_share() const {
  const auto time = before_.took_ms + (job_now_ - job_began_).count();
  if (!speed_ || *speed_ == 0 || time <= 0) return {};
  // Both directions carry at once; the busier one counts.
  const auto all = octets();
  const double busy = static_cast<double>(std::max(all.sent, all.received)) * bits_in_octet * ms_in_second / *speed_;
  return std::clamp(1 - busy / static_cast<double>(time), 0.0, 1.0);
}

}  // namespace pppctl
