#include "serialmail/flush_tally.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/quantity_text.h"

namespace serialmail {
namespace {

using Json = nlohmann::json;

constexpr std::size_t max_bodies = 1024;  // begun and without result; the most that are ever in flight are some dozens
constexpr std::uint64_t max_number = 1'000'000'000'000'000;  // no client means more, and sums stay in range
constexpr double ms_in_second = 1000;

std::uint64_t number(const Json& event, const char* key) {
  const auto found = event.find(key);
  return found != event.end() && found->is_number_unsigned() ? std::min(found->get<std::uint64_t>(), max_number) : 0;
}

std::optional<double> seconds(const Json& event, const char* key) {
  const auto found = event.find(key);
  if (found == event.end() || !found->is_number()) return {};
  return std::clamp(found->get<double>(), 0.0, static_cast<double>(max_number));
}

std::string text(const Json& event, const char* key) {
  const auto found = event.find(key);
  return found != event.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

void LineTold::add(const LineTold& other) {
  messages += other.messages;
  mail += other.mail;
  up += other.up;
  down += other.down;
  seconds += other.seconds;
  idle = idle && other.idle ? std::optional(*idle + *other.idle) : std::nullopt;
}

void FlushTally::planned(std::size_t files, std::uint64_t octets, Time now) {
  told_before_ = line();
  told_.reset();
  planned_files_ = files;
  planned_octets_ = octets;
  done_files_ = 0;
  done_octets_ = 0;
  bodies_.clear();
  began_ = now;
}

bool FlushTally::client_said(std::string_view line) {
  const Json event = Json::parse(line, nullptr, false);
  if (!event.is_object()) return false;
  const std::string kind = text(event, "event");
  if (kind == "begin") {
    has_bodies_ = true;
    if (bodies_.size() < max_bodies) bodies_[text(event, "file")] = {number(event, "octets"), 0};
  } else if (kind == "octets") {
    const auto body = bodies_.find(text(event, "file"));
    if (body != bodies_.end()) body->second.sent = std::min(number(event, "sent"), body->second.octets);
  } else if (kind == "line") {
    told_ = LineTold{number(event, "messages"),
                     number(event, "mail"),
                     number(event, "up"),
                     number(event, "down"),
                     seconds(event, "seconds").value_or(0),
                     seconds(event, "idle")};
  }
  return !kind.empty();
}

void FlushTally::result(std::string_view file) {
  ++done_files_;
  const auto body = bodies_.find(file);
  if (body == bodies_.end()) return;
  done_octets_ += body->second.octets;
  bodies_.erase(body);
}

std::optional<LineTold> FlushTally::line() const {
  if (!told_before_ || !told_) return told_ ? told_ : told_before_;
  LineTold sum = *told_before_;
  sum.add(*told_);
  return sum;
}

std::uint64_t FlushTally::done_octets() const {
  std::uint64_t octets = done_octets_;
  for (const auto& [name, body] : bodies_) octets += body.sent;
  return octets;
}

std::string FlushTally::progress(Time now) const {
  std::string line = std::to_string(done_files_) + " of " + std::to_string(planned_files_);
  if (!has_bodies_ || planned_octets_ == 0) return line;
  const auto done = done_octets();
  const auto all = std::max(planned_octets_, done);  // line ends count on the line, and not in the spool
  line += ", " + base::octets_text(done) + " of " + base::octets_text(all) + " (" +
          base::percent_text(static_cast<double>(done) / static_cast<double>(all)) + ")";
  const double passed = static_cast<double>((now - began_).count()) / ms_in_second;
  if (passed <= 0 || done == 0) return line;
  const double rate = static_cast<double>(done) / passed;
  const std::chrono::seconds left(std::llround(static_cast<double>(all - done) / rate));
  return line + ", " + base::rate_text(rate) + ", " + base::minutes_text(left) + " left";
}

}  // namespace serialmail
