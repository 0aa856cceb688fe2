#include "pppctl/forecast/forecast.h"

#include <algorithm>

#include "base/bug.h"

namespace pppctl::forecast {
namespace {

constexpr double bits_in_octet = 8;
constexpr double ms_in_second = 1000;
// CR LF for each LF of the file, and dots: a line of mail is 50 octets on the average.
constexpr double line_ends = 1.02;
// MAIL with SIZE, RCPT, DATA, the final dot.
constexpr double envelope_octets = 130;
constexpr double copy_octets = 40;     // another RCPT
constexpr double session_octets = 60;  // EHLO, QUIT
// The greeting, half of one, as nothing is sent for it; EHLO; the first envelope; QUIT.
constexpr double session_round_trips = 3.5;
constexpr double share_of_ppp = 0.95;  // frames and IP headers

double seconds_of(std::int64_t ms) { return static_cast<double>(ms) / ms_in_second; }

double round_trips(const std::vector<Load>& loads) {
  double count = 0;
  for (const auto& load : loads) {
    if (load.messages > 0) count += session_round_trips + static_cast<double>(load.messages);
  }
  return count;
}

double line_octets(const std::vector<Load>& loads) {
  double count = 0;
  for (const auto& load : loads) {
    if (load.messages == 0) continue;
    count += session_octets + line_ends * static_cast<double>(load.octets) +
             envelope_octets * static_cast<double>(load.messages) + copy_octets * static_cast<double>(load.copies);
  }
  return count;
}

struct Sample {
  double set_up = 0, rate = 0, round_trip = 0, hang_up = 0;
};

const PhaseRecord* phase_of(const Call& call, Phase phase) {
  for (const auto& one : call.phases) {
    if (one.name == word(phase)) return &one;
  }
  return nullptr;
}

// Of a call that went well and carried mail: its jobs' time less that of their octets is round trips.
std::optional<Sample> sample_of(const Call& call) {
  const auto* jobs = phase_of(call, Phase::jobs);
  const auto* down = phase_of(call, Phase::hanging_up);
  if (call.result != word(CallResult::ok) || !jobs || !call.ended) return {};
  double took = 0;
  double trips = 0;
  double octets = 0;
  for (const auto& job : call.jobs) {
    if (job.accepted == 0) continue;
    took += seconds_of(job.took_ms);
    trips += session_round_trips + static_cast<double>(job.accepted);
    octets += static_cast<double>(job.octets.sent);
  }
  if (trips <= 0 || took <= 0) return {};
  Sample sample;
  sample.set_up = seconds_of(jobs->at_ms);
  sample.hang_up = down ? std::max(0.0, seconds_of(call.ended->boot_ms - call.start.started.boot_ms - down->at_ms)) : 0;
  sample.rate = call.speed ? static_cast<double>(*call.speed) / bits_in_octet : octets / took;
  // A modem that tells the speed of its port, or a line without a speed: what it carried is what it carries.
  if (octets / sample.rate > took) sample.rate = octets / took;
  sample.round_trip = (took - octets / sample.rate) / trips;
  return sample;
}

Range range_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {values.front(), values[values.size() / 2], values.back()};
}

Range of(const std::vector<Sample>& samples, double Sample::*member) {
  std::vector<double> values;
  for (const auto& sample : samples) values.push_back(sample.*member);
  return range_of(std::move(values));
}

Pace pace_of_modem(const conf::ModemProfile& modem) {
  Pace pace;
  pace.hang_up = {1, 2, 6};
  switch (modem.kind) {
    case conf::ModemKind::hayes:
      pace.set_up = {20, 30, 60};
      pace.rate = {1200, 3600, 6600};
      pace.round_trip = {0.15, 0.25, 0.5};
      break;
    case conf::ModemKind::cellular:
      pace.set_up = {3, 10, 60};
      pace.rate = {1000, 10000, 100000};
      pace.round_trip = {0.1, 0.5, 1.5};
      break;
    case conf::ModemKind::iridium:
      pace.set_up = {15, 25, 60};
      pace.rate = {200, 270, 300};
      pace.round_trip = {1.2, 1.6, 2.5};
      break;
    case conf::ModemKind::null: {
      const double rate = modem.speed.value_or(9600) / (bits_in_octet + 2);  // start and stop bit
      pace.set_up = {0.1, 0.5, 2};
      pace.rate = {rate * share_of_ppp, rate, rate};
      pace.round_trip = {0.01, 0.02, 0.1};
      break;
    }
  }
  return pace;
}

// An interface that is no modem's: nothing is known of it.
Pace pace_of_network(bool is_there) {
  Pace pace;
  if (!is_there) pace.set_up = {1, 5, 30};
  pace.rate = {5000, 50000, 1000000};
  pace.round_trip = {0.02, 0.1, 1};
  return pace;
}

}  // namespace

std::optional<Pace> pace_of(const std::vector<Call>& calls) {
  std::vector<Sample> samples;
  for (const auto& call : calls) {
    if (samples.size() == calls_looked_at) break;
    if (const auto sample = sample_of(call)) samples.push_back(*sample);
  }
  if (samples.empty()) return {};
  return Pace{of(samples, &Sample::set_up), of(samples, &Sample::rate), of(samples, &Sample::round_trip),
              of(samples, &Sample::hang_up), samples.size()};
}

Pace assumed_pace(const conf::LinkProfile& link, const conf::ModemProfile& modem) {
  switch (link.kind) {
    case conf::LinkKind::line:
      return pace_of_modem(modem);
    case conf::LinkKind::ppp: {
      auto pace = pace_of_modem(modem);
      constexpr double negotiation = 3;  // LCP, authentication, IPCP
      for (auto* value : {&pace.set_up.least, &pace.set_up.usual, &pace.set_up.most}) *value += negotiation;
      for (auto* value : {&pace.rate.least, &pace.rate.usual, &pace.rate.most}) *value *= share_of_ppp;
      return pace;
    }
    case conf::LinkKind::command:
      return pace_of_network(false);
    case conf::LinkKind::always:
      return pace_of_network(true);
  }
  base::bug("LinkKind: bad value");
}

Forecast forecast(const Pace& pace, const std::vector<Load>& loads) {
  const auto trips = round_trips(loads);
  const auto octets = line_octets(loads);
  Forecast result;
  result.set_up = pace.set_up.usual;
  result.dialogue = trips * pace.round_trip.usual;
  result.octets = octets / pace.rate.usual;
  result.hang_up = pace.hang_up.usual;
  result.total.usual = result.set_up + result.dialogue + result.octets + result.hang_up;
  result.total.least = pace.set_up.least + trips * pace.round_trip.least + octets / pace.rate.most + pace.hang_up.least;
  result.total.most = pace.set_up.most + trips * pace.round_trip.most + octets / pace.rate.least + pace.hang_up.most;
  return result;
}

}  // namespace pppctl::forecast
