#include "modem/rfc2217.h"

#include <algorithm>

#include "base/bug.h"
#include "modem/line_modes.h"

namespace modem {
namespace {

// RFC 854, RFC 855: telnet's commands.
constexpr unsigned char sub_end = 240, sub_begin = 250, will = 251, wont = 252, do_ = 253, dont = 254, iac = 255;
// Options: RFC 856, RFC 858, RFC 2217 §2.
constexpr unsigned char binary = 0, no_go_ahead = 3, com_port = 44;

// RFC 2217 §3: the client's commands; the server's have 100 more.
namespace command {
constexpr unsigned char signature = 0, speed = 1, data_size = 2, parity = 3, stop_size = 4, control = 5, line_state = 6,
                        modem_state = 7, suspend = 8, resume = 9, line_mask = 10, modem_mask = 11, purge = 12;
}
constexpr unsigned char from_server = 100;

namespace control {
constexpr unsigned no_flow = 1, xon_xoff = 2, rts_cts = 3, last_flow = 3;
constexpr unsigned break_on = 5, break_off = 6, last_break = 6;
constexpr unsigned dtr_on = 8, dtr_off = 9, last_dtr = 9;
constexpr unsigned rts_on = 11, last_rts = 12;
constexpr unsigned first_inbound = 13, last_inbound = 19;  // flow control of the other direction
}  // namespace control

constexpr unsigned dcd_bit = 128, ri_bit = 64, dsr_bit = 32, cts_bit = 16;
constexpr unsigned framing_bit = 8, parity_bit = 4, overrun_bit = 2;
constexpr std::string_view our_signature = "offhook";

unsigned flow_value(conf::FlowControl flow) {
  switch (flow) {
    case conf::FlowControl::none:
      return control::no_flow;
    case conf::FlowControl::rts_cts:
      return control::rts_cts;
    case conf::FlowControl::xon_xoff:
      return control::xon_xoff;
  }
  base::bug("FlowControl: bad value");
}

std::string network_order(std::uint32_t value) {
  std::string octets;
  for (const unsigned shift : {24U, 16U, 8U, 0U}) octets += static_cast<char>(value >> shift & 0xffU);
  return octets;
}

unsigned octet(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }

void append(std::string& all, const std::string& more) { all += (all.empty() ? "" : ", ") + more; }

}  // namespace

Rfc2217::Actions Rfc2217::start() {
  state_ = State::negotiating;
  options_ = {Option{com_port}, Option{binary}, Option{no_go_ahead}};
  for (auto& option : options_) {
    option.ours = Side::asked;
    send_telnet(will, option.code);
    if (option.code == com_port) continue;  // the client's alone (RFC 2217 §2)
    option.theirs = Side::asked;
    send_telnet(do_, option.code);
  }
  return flush();
}

Rfc2217::Actions Rfc2217::on(const Octets& event) {
  for (const char c : event.bytes) {
    if (state_ == State::failed) break;
    take(static_cast<unsigned char>(c));
  }
  return flush();
}

Rfc2217::Actions Rfc2217::on(const Expired& /*event*/) {
  switch (state_) {
    case State::negotiating: {
      const auto* port = known(com_port);
      // Some servers say nothing to the options that they obey anyway.
      if (port->ours == Side::on || port->theirs == Side::on) {
        become_ready();
      } else {
        fail(base::temporary("the server does not answer as RFC 2217 does; if it passes octets alone, write tcp:"));
      }
      break;
    }
    case State::ready:
      for (auto& pending : pending_) pending.unanswered = pending.unanswered || std::exchange(pending.awaited, false);
      break;
    case State::idle:
    case State::failed:
      break;
  }
  return flush();
}

Rfc2217::Actions Rfc2217::on(Order given) {
  switch (given) {
    case Order::dtr_on:
    case Order::dtr_off:
      dtr_ = given == Order::dtr_on;
      order(Request::dtr, command::control, dtr_ ? control::dtr_on : control::dtr_off);
      break;
    case Order::break_on:
    case Order::break_off:
      order(Request::line_break, command::control, given == Order::break_on ? control::break_on : control::break_off);
      break;
    case Order::purge_input:
      order(Request::purge, command::purge, 1);
      break;
    case Order::purge_output:
      order(Request::purge, command::purge, 2);
      break;
  }
  return flush();
}

std::string Rfc2217::escaped(std::string_view octets) {
  std::string doubled;
  doubled.reserve(octets.size());
  for (const char c : octets) doubled.append(static_cast<unsigned char>(c) == iac ? 2 : 1, c);
  return doubled;
}

bool Rfc2217::settled() const {
  return std::none_of(pending_.begin(), pending_.end(), [](const Pending& one) { return one.awaited; });
}

std::optional<ModemLines> Rfc2217::lines() const {
  if (!modem_state_) return std::nullopt;
  const auto is_on = [&](unsigned bit) { return (*modem_state_ & bit) != 0; };
  return ModemLines{.dtr = dtr_,
                    .rts = true,
                    .cts = is_on(cts_bit),
                    .dsr = is_on(dsr_bit),
                    .dcd = is_on(dcd_bit),
                    .ri = is_on(ri_bit)};
}

std::string Rfc2217::remarks() const {
  std::string all;
  const auto differs = [&](Request request) {
    return of(request).taken != 0 && of(request).taken != of(request).asked;
  };
  const auto& speed = of(Request::speed);
  if (differs(Request::speed) && !is_near_speed(speed.asked, speed.taken))
    append(all, "the server runs the port at " + std::to_string(speed.taken) + " bit/s");
  if (differs(Request::data_size) || differs(Request::parity) || differs(Request::stop_size))
    append(all, "the server does not run the port with 8 bits, no parity and 1 stop bit");
  if (differs(Request::flow)) append(all, "the server does not take this flow control");
  const auto count = [&](std::size_t errors, const char* what) {
    if (errors > 0) append(all, std::to_string(errors) + " " + what);
  };
  count(framing_errors_, "framing errors");
  count(parity_errors_, "parity errors");
  count(overruns_, "overruns");
  return all;
}

void Rfc2217::take(unsigned char c) {
  switch (parse_) {
    case Parse::data:
      if (c == iac) {
        parse_ = Parse::command;
      } else {
        from_line_ += static_cast<char>(c);
      }
      return;
    case Parse::command:
      return on_command(c);
    case Parse::option:
      parse_ = Parse::data;
      return on_option(c);
    case Parse::sub_option:
      sub_option_ = c;
      parse_ = Parse::sub_data;
      return;
    case Parse::sub_data:
      if (++sub_octets_ > max_subnegotiation_skipped)
        return fail(base::temporary("the server sends garbage: a subnegotiation without an end"));
      if (c == iac) {
        parse_ = Parse::sub_command;
      } else if (sub_.size() < max_subnegotiation_bytes) {
        sub_ += static_cast<char>(c);
      }
      return;
    case Parse::sub_command:
      parse_ = Parse::sub_data;
      if (c == iac) {
        if (sub_.size() < max_subnegotiation_bytes) sub_ += static_cast<char>(c);
      } else if (c == sub_end) {
        parse_ = Parse::data;
        on_subnegotiation();
      } else {
        on_command(c);  // it has forgotten to end the one before
      }
      return;
  }
  base::bug("Rfc2217: bad state");
}

// The octet after IAC.
void Rfc2217::on_command(unsigned char c) {
  parse_ = Parse::data;
  if (c == iac) {
    from_line_ += static_cast<char>(c);
  } else if (c == sub_begin) {
    sub_.clear();
    sub_octets_ = 0;
    parse_ = Parse::sub_option;
  } else if (c == will || c == wont || c == do_ || c == dont) {
    verb_ = c;
    parse_ = Parse::option;
  }
  // Everything else (NOP, data mark, go ahead) says nothing to us.
}

Rfc2217::Option* Rfc2217::known(unsigned char code) {
  auto* found = std::find_if(options_.begin(), options_.end(), [&](const Option& one) { return one.code == code; });
  return found == options_.end() ? nullptr : found;
}

// RFC 1143's rule against loops: only a change is answered.
void Rfc2217::on_option(unsigned char code) {
  auto* option = known(code);
  const bool is_ours = verb_ == do_ || verb_ == dont;
  const bool on = verb_ == do_ || verb_ == will;
  if (!option) {
    if (on) send_telnet(is_ours ? wont : dont, code);
    return;
  }
  if (is_ours) {
    on_ours(*option, on);
  } else {
    on_theirs(*option, on);
  }
  advance();
}

void Rfc2217::on_ours(Option& option, bool wanted) {
  if (wanted) {
    if (option.ours != Side::asked && option.ours != Side::on) send_telnet(will, option.code);
    option.ours = Side::on;
    return;
  }
  if (option.ours == Side::on) send_telnet(wont, option.code);
  option.ours = Side::refused;
  if (option.code == com_port)
    fail(base::permanent("the server refuses RFC 2217: set it up for that, or write tcp: for a raw port"));
  if (option.code == binary)
    fail(base::permanent("the server refuses to carry all octets (telnet's BINARY): mail needs them"));
}

void Rfc2217::on_theirs(Option& option, bool offered) {
  if (offered) {
    if (option.theirs != Side::asked && option.theirs != Side::on) send_telnet(do_, option.code);
    option.theirs = Side::on;
    return;
  }
  if (option.theirs == Side::on) send_telnet(dont, option.code);
  option.theirs = Side::refused;
  if (option.code == binary)
    fail(base::permanent("the server refuses to carry all octets (telnet's BINARY): mail needs them"));
}

void Rfc2217::advance() {
  if (state_ != State::negotiating) return;
  const auto* port = known(com_port);
  const auto* octets = known(binary);
  const bool agreed = port->ours == Side::on || port->theirs == Side::on;
  if (agreed && octets->ours == Side::on && octets->theirs == Side::on) become_ready();
}

void Rfc2217::become_ready() {
  state_ = State::ready;
  // First: a server that has answered what comes behind it will not answer this any more.
  order(Request::purge, command::purge, 3);
  if (settings_.speed) order(Request::speed, command::speed, *settings_.speed);
  order(Request::data_size, command::data_size, 8);
  order(Request::parity, command::parity, 1);
  order(Request::stop_size, command::stop_size, 1);
  order(Request::flow, command::control, flow_value(settings_.flow));
  // Servers leave these unanswered, the lines' where the port has none.
  order(Request::line_mask, command::line_mask, framing_bit | parity_bit | overrun_bit, Await::no);
  order(Request::modem_mask, command::modem_mask, 0xff, Await::no);
  order(Request::dtr, command::control, control::dtr_on, Await::no);
  // With RTS/CTS the line is the port's own.
  if (settings_.flow != conf::FlowControl::rts_cts) order(Request::rts, command::control, control::rts_on, Await::no);
}

void Rfc2217::on_subnegotiation() {
  if (sub_option_ != com_port || sub_.empty()) return;
  const unsigned code = octet(sub_, 0);
  const auto value = std::string_view(sub_).substr(1);
  if (code < from_server) return;
  const auto answered = static_cast<unsigned char>(code - from_server);
  if (answered == command::signature) {
    if (value.empty()) send_subnegotiation(command::signature, our_signature);
    return;
  }
  if (answered == command::suspend || answered == command::resume) {
    suspended_ = answered == command::suspend;
    return;
  }
  if (value.empty()) return;
  const unsigned first = octet(value, 0);
  switch (answered) {
    case command::speed:
      if (value.size() >= 4)
        on_value(Request::speed, first << 24U | octet(value, 1) << 16U | octet(value, 2) << 8U | octet(value, 3));
      return;
    case command::data_size:
      return on_value(Request::data_size, first);
    case command::parity:
      return on_value(Request::parity, first);
    case command::stop_size:
      return on_value(Request::stop_size, first);
    case command::control:
      return on_control(first);
    case command::line_state:
      return on_line_state(first);
    case command::modem_state:
      modem_state_ = first;
      return;
    case command::line_mask:
      return on_value(Request::line_mask, first);
    case command::modem_mask:
      return on_value(Request::modem_mask, first);
    case command::purge:
      return on_value(Request::purge, first);
    default:  // a command of another version
      return;
  }
}

void Rfc2217::on_control(unsigned value) {
  if (value <= control::last_flow) return on_value(Request::flow, value);
  if (value <= control::last_break) return on_value(Request::line_break, value);
  if (value <= control::last_dtr) return on_value(Request::dtr, value);
  if (value <= control::last_rts) return on_value(Request::rts, value);
  if (value >= control::first_inbound && value <= control::last_inbound) return on_value(Request::flow, value);
}

void Rfc2217::on_value(Request request, std::uint32_t value) {
  auto& pending = of(request);
  pending.taken = value;
  pending.awaited = false;
  pending.unanswered = false;
  auto& purge = of(Request::purge);
  const auto awaited = std::count_if(pending_.begin(), pending_.end(), [](const Pending& one) { return one.awaited; });
  if (request != Request::purge && purge.awaited && awaited == 1) {
    purge.awaited = false;
    purge.unanswered = true;
  }
}

void Rfc2217::on_line_state(unsigned bits) {
  if (bits & framing_bit) ++framing_errors_;
  if (bits & parity_bit) ++parity_errors_;
  if (bits & overrun_bit) ++overruns_;
}

void Rfc2217::order(Request request, unsigned char command, std::uint32_t value, Await await) {
  if (state_ != State::ready) return;
  auto& pending = of(request);
  pending.asked = value;
  pending.awaited = await == Await::yes && !pending.unanswered;
  send_subnegotiation(command,
                      request == Request::speed ? network_order(value) : std::string(1, static_cast<char>(value)));
}

void Rfc2217::send_telnet(unsigned char verb, unsigned char option) {
  for (const auto c : {iac, verb, option}) to_server_ += static_cast<char>(c);
}

void Rfc2217::send_subnegotiation(unsigned char command, std::string_view value) {
  for (const auto c : {iac, sub_begin, com_port, command}) to_server_ += static_cast<char>(c);
  to_server_ += escaped(value);
  for (const auto c : {iac, sub_end}) to_server_ += static_cast<char>(c);
}

void Rfc2217::fail(base::Failure failure) {
  if (state_ == State::failed) return;
  state_ = State::failed;
  failure_ = std::move(failure);
}

Rfc2217::Actions Rfc2217::flush() {
  Actions actions;
  if (!to_server_.empty()) actions.emplace_back(Send{std::exchange(to_server_, {})});
  if (!from_line_.empty()) actions.emplace_back(Received{std::exchange(from_line_, {})});
  if (failure_) actions.emplace_back(Failed{*std::exchange(failure_, std::nullopt)});
  return actions;
}

}  // namespace modem
