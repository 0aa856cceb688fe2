#include "modem/emulator/mobile.h"

#include <algorithm>

#include "modem/emulator/mobile_error.h"

namespace emulator {

MobileOptions MobileOptions::iridium() {
  MobileOptions options;
  options.satellite = true;
  options.registers_after = std::chrono::seconds(20);
  options.signal = 4;
  options.signal_takes = std::chrono::seconds(4);
  options.network = "Iridium";
  options.code = "90103";
  return options;
}

Mobile::Mobile(MobileOptions options) : options_(std::move(options)), sim_(options_.sim) {}

// What a restart forgets; contexts and bearer are in a memory that stays.
void Mobile::power_up(Time now) {
  sim_.power_up();
  radio_ = 1;
  errors_ = 0;
  operator_mode_ = 0;
  operator_by_code_ = false;
  long_ring_ = false;
  active_ = 0;
  for (Domain& domain : domains_) domain.reports = 0;
  search(now);
}

void Mobile::search(Time now) {
  registers_at_.reset();
  if (sim_.ready() && radio_ == 1 && operator_mode_ != 2) registers_at_ = now + options_.registers_after;
  next_ = now;
}

void Mobile::leave_network(Time now) {
  registers_at_.reset();
  active_ = 0;
  next_ = now;
}

int Mobile::registered(Time now) const {
  if (!registers_at_) return registration::idle;
  return now < *registers_at_ ? registration::searching : options_.registration;
}

bool Mobile::in_service(Time now) const {
  const int stat = registered(now);
  return stat == registration::home || stat == registration::roaming;
}

std::vector<std::string> Mobile::advance(Time now) {
  if (!next_ || now < *next_) return {};
  next_.reset();
  if (registers_at_ && now < *registers_at_) next_ = registers_at_;
  const int stat = registered(now);
  std::vector<std::string> lines;
  for (Domain& domain : domains_) {
    if (domain.reports > 0 && domain.told != stat) {
      lines.push_back(std::string(domain.name) + ": " + std::to_string(stat) + place(domain.reports, stat));
    }
    domain.told = stat;
  }
  return lines;
}

// Area and cell, where <n> is 2.
std::string Mobile::place(int reports, int stat) const {
  if (reports < 2 || (stat != registration::home && stat != registration::roaming)) return {};
  return options_.satellite ? R"(,"0013","0000")" : R"(,"00C3","0000B5A1",7)";
}

bool Mobile::is_packet_number(std::string_view number) {
  return number.starts_with("*99") || number.starts_with("*98");
}

std::string Mobile::network_number(const std::string& number) {
  return is_packet_number(number) ? number.substr(0, 3) + '#' : number;
}

std::optional<int> Mobile::dial_error(Time now, const std::string& number) const {
  if (const auto wants = sim_.error()) return wants;
  if (registered(now) == registration::denied) return cme::plmn_not_allowed;
  if (!in_service(now)) return cme::no_service;
  if (!is_packet_number(number)) return std::nullopt;
  // "*99***2#": the context; without it the first.
  const auto at = number.find("***");
  const int context = at != std::string::npos && at + 3 < number.size() ? number[at + 3] - '0' : 1;
  if (options_.satellite || !contexts_.contains(context)) return cme::unspecified_packet_error;
  return std::nullopt;
}

std::string Mobile::error_text(int number) const {
  switch (errors_) {
    case 1:
      return "+CME ERROR: " + std::to_string(number);
    case 2:
      return "+CME ERROR: " + std::string(cme_text(number));
    default:
      return {};
  }
}

std::optional<Response> Mobile::execute(Time now, const Command& command) {
  const Entry* entry = find(command, options_.satellite);
  if (entry == nullptr) return std::nullopt;
  if (entry->needs_sim) {
    if (const auto wants = sim_.error()) return Response{{}, wants};
  }
  return (this->*entry->respond)(now, command);
}

const Mobile::Entry* Mobile::find(const Command& command, bool satellite) {
  const auto* found = std::find_if(table.begin(), table.end(), [&](const Entry& one) {
    const bool has_it = one.where == Where::both || (one.where == Where::satellite) == satellite;
    return has_it && one.name == command.name && one.form == command.form;
  });
  return found == table.end() ? nullptr : found;
}

}  // namespace emulator
