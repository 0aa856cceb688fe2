// The network's part of the dialogue: registration, roaming, signal, context or bearer.
#include <algorithm>

#include "base/bug.h"
#include "base/log.h"
#include "modem/cellular.h"
#include "modem/mobile_error.h"

namespace modem {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds network_limit{120};  // for a registration in a network of our choice
constexpr seconds name_limit{15};
constexpr seconds signal_limit{15};  // a satellite's modem measures for up to 10 s
constexpr seconds attach_limit{75};
constexpr int most_denials = 2;  // some modems say so while they look on
constexpr int most_signal_questions = 5;
constexpr int greatest_satellite_signal = 5;

bool is_ok(const AtAnswer& answer) { return answer.code.kind == ResultKind::ok; }

std::string quoted(const std::string& text) { return '"' + text + '"'; }

}  // namespace

Service service_of(std::string_view number) {
  return number.starts_with("*99") || number.starts_with("*98") ? Service::packet : Service::circuit;
}

std::string NetworkState::signal_text() const {
  if (!signal) return "unknown";
  if (satellite) return std::to_string(*signal) + " of " + std::to_string(greatest_satellite_signal);
  const int dbm = -113 + 2 * *signal;  // 3GPP TS 27.007 §8.5
  return std::to_string(*signal) + " of " + std::to_string(conf::greatest_signal) + " (" + std::to_string(dbm) +
         " dBm)";
}

std::string NetworkState::text() const {
  return std::string(text_of(registration)) + (network.empty() ? "" : " " + network) + ", signal " + signal_text();
}

// Only where it is told which: a search would take minutes (+COPS=?), and the modem's own choice is mostly right.
CellularDialogue::Action CellularDialogue::choose_network() {
  const auto& network = order_.profile.network;
  if (network.empty()) return ask_registration();
  return ask(State::network_format, conf::is_network_code(network) ? "AT+COPS=3,2" : "AT+COPS=3,0", name_limit);
}

CellularDialogue::Action CellularDialogue::on_network_now(const AtAnswer& answer) {
  const auto& network = order_.profile.network;
  if (is_ok(answer) && network_name(answer.lines) == network) return ask_registration();
  const std::string format = conf::is_network_code(network) ? "2" : "0";
  return ask(State::network_set, "AT+COPS=1," + format + "," + quoted(network), network_limit);
}

CellularDialogue::Action CellularDialogue::ask_registration() {
  return ask(State::registration, "AT" + domains_[domain_] + "?");
}

// Each domain is asked in turn; one that has registered will do.
CellularDialogue::Action CellularDialogue::on_registration(const AtAnswer& answer, Time now) {
  if (!searching_since_) searching_since_ = now;
  const auto error = parse_mobile_error(answer.code.text);
  const bool is_unknown =
      !is_ok(answer) && (!error || error->number == cme::not_supported || error->number == cme::not_allowed);
  if (is_unknown) {
    domains_.erase(domains_.begin() + static_cast<std::ptrdiff_t>(domain_));
    if (domains_.empty() && asked_ == "AT+CREG?")
      return refused(answer, Retry::stop, "is this a cellular modem? See kind in " + order_.file);
    if (domains_.empty()) domains_.emplace_back("+CREG");
  } else {
    const auto found = is_ok(answer) ? registration_of(answer.lines, domains_[domain_]) : std::nullopt;
    const auto stat = found.value_or(Registration::unknown);
    if (is_registered(stat)) {
      network_.registration = stat;
      return ask(State::network_name, "AT+COPS?", name_limit);
    }
    if (!told_ || stat == Registration::searching || *told_ == Registration::unknown) told_ = stat;
    ++domain_;
  }
  if (domain_ < domains_.size()) return ask_registration();
  return not_registered(now);
}

CellularDialogue::Action CellularDialogue::not_registered(Time now) {
  domain_ = 0;
  const auto last = told_.value_or(Registration::unknown);
  told_.reset();
  denials_ = last == Registration::denied ? denials_ + 1 : 0;
  const bool is_over = now - *searching_since_ >= order_.profile.registration_timeout;
  if (is_over || denials_ >= most_denials) return registration_failed(last);
  asked_ = "AT" + domains_[0] + "?";
  return ask_again(order_.profile.poll);
}

CellularDialogue::Action CellularDialogue::registration_failed(Registration last) {
  const auto text = "not in a network: " + std::string(text_of(last));
  if (last == Registration::denied || last == Registration::emergency)
    return fail({Retry::stop, text, "ask the network's operator what this SIM may do", 0});
  const auto within = " after " +
                      std::to_string(std::chrono::duration_cast<seconds>(order_.profile.registration_timeout).count()) +
                      " s";
  if (last == Registration::idle)
    return fail({Retry::later, text + within, "AT+COPS=0 lets it search, AT+CFUN=1 switches its radio on", 0});
  const std::string place = order_.satellite ? "does the antenna see the sky?" : "look at the antenna and its place";
  return fail({Retry::later, text + within, place, 0});
}

CellularDialogue::Action CellularDialogue::on_registered(const AtAnswer& answer) {
  if (is_ok(answer)) network_.network = network_name(answer.lines);
  if (is_roaming(network_.registration) && !order_.profile.roaming) {
    const auto name = network_.network.empty() ? "" : " " + base::escape(network_.network);
    return fail({Retry::stop, "in a foreign network" + name + ", and roaming is not allowed: not dialled",
                 "if its costs are accepted, set roaming = true in [cellular] of " + order_.file, 0});
  }
  return ask_signal();
}

CellularDialogue::Action CellularDialogue::ask_signal() { return ask(State::signal, "AT+CSQ", signal_limit); }

CellularDialogue::Action CellularDialogue::on_signal(const AtAnswer& answer) {
  network_.signal = is_ok(answer) ? signal_of(answer.lines) : std::nullopt;
  const int least = order_.profile.min_signal;
  if (!is_ok(answer) || least == 0 || network_.signal.value_or(-1) >= least) return set_service();
  if (++signal_questions_ < most_signal_questions) {
    state_ = State::signal;
    asked_ = "AT+CSQ";
    return ask_again(order_.profile.poll);
  }
  if (!network_.signal) return set_service();
  const std::string place = order_.satellite ? "does the antenna see the sky?" : "look at the antenna and its place";
  return fail({Retry::later,
               "signal " + network_.signal_text() + ", and the least for a call is " + std::to_string(least),
               place + " The least is min_signal in " + order_.file, 0});
}

CellularDialogue::Action CellularDialogue::set_service() {
  const auto& profile = order_.profile;
  if (order_.service == Service::packet && !order_.satellite) {
    if (profile.apn.empty()) return ask(State::attached, "AT+CGATT?", name_limit);
    return ask(State::context, "AT+CGDCONT=" + std::to_string(profile.context) + "," + quoted(profile.pdp_type) + "," +
                                   quoted(profile.apn));
  }
  if (!profile.bearer.empty()) return ask(State::bearer, "AT+CBST=" + profile.bearer);
  return ready();
}

CellularDialogue::Action CellularDialogue::on_context(const AtAnswer& answer) {
  if (!is_ok(answer)) return refused(answer, Retry::stop, "correct apn, pdp_type or context in " + order_.file);
  return ask(State::attached, "AT+CGATT?", name_limit);
}

// One that cannot tell attaches by itself.
CellularDialogue::Action CellularDialogue::on_attached(const AtAnswer& answer) {
  if (is_ok(answer) && is_attached(answer.lines) == false) return ask(State::attach, "AT+CGATT=1", attach_limit);
  return ready();
}

CellularDialogue::Action CellularDialogue::on_attach(const AtAnswer& answer) {
  if (!is_ok(answer)) return refused(answer, Retry::later, "");
  return ready();
}

CellularDialogue::Action CellularDialogue::on_bearer(const AtAnswer& answer) {
  if (!is_ok(answer)) return refused(answer, Retry::stop, "correct bearer in " + order_.file);
  return ready();
}

CellularDialogue::Action CellularDialogue::ready() {
  state_ = State::finished;
  return Ready{network_};
}

}  // namespace modem
