#include "modem/login_dialogue.h"

#include <array>

#include "base/bug.h"
#include "conf/login.h"

namespace modem {
namespace {

constexpr unsigned seven_bits = 0x7f;
constexpr unsigned flag = 0x7e, escape = 0x7d, escape_bit = 0x20;
// All-stations address, unnumbered information, protocol LCP; without their eighth bits.
constexpr std::array<unsigned, 4> lcp_head{0xff & seven_bits, 0x03, 0xc0 & seven_bits, 0x21};

constexpr unsigned char backspace = 0x08, kill_line = 0x15, del = 0x7f;
constexpr std::string_view no_name = "\r\nLogin incorrect\r\n";

}  // namespace

bool LcpFrame::feed(unsigned char octet) {
  const unsigned plain = octet & seven_bits;
  if (plain == flag) {
    *this = LcpFrame();
    begun_ = true;
    return false;
  }
  if (!begun_) return false;
  if (plain == escape && !escaped_) {
    escaped_ = true;
    return false;
  }
  const unsigned value = escaped_ ? plain ^ escape_bit : plain;
  escaped_ = false;
  if (value != lcp_head[matched_]) {
    begun_ = false;
    return false;
  }
  if (++matched_ < lcp_head.size()) return false;
  *this = LcpFrame();
  return true;
}

std::vector<LoginDialogue::Action> LoginDialogue::start() {
  state_ = State::reading;
  return {Arm{limit}, Write{prompt_}};
}

std::vector<LoginDialogue::Action> LoginDialogue::on(const Event& event) {
  switch (state_) {
    case State::reading:
      if (const auto* octet = std::get_if<Octet>(&event)) return on_octet(octet->value);
      return finish(LoginEnd::late);
    case State::idle:
    case State::finished:
      return {};
  }
  base::bug("LoginDialogue: bad state");
}

std::vector<LoginDialogue::Action> LoginDialogue::on_octet(unsigned char octet) {
  const bool in_frame = frame_.begun();
  if (frame_.feed(octet)) return finish(LoginEnd::ppp);
  // The octets of a frame are nobody's name, nor is what turns out to be none.
  if (in_frame || frame_.begun()) {
    line_.clear();
    return {};
  }
  const auto plain = static_cast<unsigned char>(octet & seven_bits);
  if (plain == '\r' || plain == '\n') return on_line_end();
  if (plain == backspace || plain == del) return erase();
  if (plain == kill_line) {
    line_.clear();
    return {Write{prompt_}};
  }
  // One more than a name may have, so that a longer one is none.
  if (plain < ' ' || line_.size() > conf::max_login_name_bytes) return {};
  line_ += static_cast<char>(plain);
  return {Write{std::string(1, line_.back())}};
}

std::vector<LoginDialogue::Action> LoginDialogue::erase() {
  if (line_.empty()) return {};
  line_.pop_back();
  return {Write{"\b \b"}};
}

std::vector<LoginDialogue::Action> LoginDialogue::on_line_end() {
  if (conf::is_login_name(line_)) {
    auto actions = finish(LoginEnd::name);
    actions.insert(actions.begin(), Write{"\r\n"});
    return actions;
  }
  const bool was_empty = line_.empty();
  line_.clear();
  if (++tries_ >= max_tries) return finish(LoginEnd::refused);
  return {Write{was_empty ? prompt_ : std::string(no_name) + prompt_}};
}

std::vector<LoginDialogue::Action> LoginDialogue::finish(LoginEnd end) {
  state_ = State::finished;
  return {Done{end, end == LoginEnd::name ? line_ : std::string()}};
}

}  // namespace modem
