#include "mta/qmgr/intake.h"

#include <iterator>

#include "base/bug.h"
#include "mta/mail/address.h"

namespace mta {
namespace {

// qmail-queue's exit codes (reference: qmail-queue(8)).
constexpr int code_address_too_long = 11;
constexpr int code_bad_envelope = 91;

enum class EnvelopeFault { none, malformed, address_too_long };

EnvelopeFault check_envelope(std::string_view envelope) {
  if (envelope.empty() || envelope.front() != 'F' || envelope.back() != '\0') return EnvelopeFault::malformed;
  std::size_t recipients = 0;
  bool first = true;
  while (envelope.size() > 1) {
    const auto nul = envelope.find('\0');
    const auto value = envelope.substr(1, nul - 1);
    if (envelope.front() != (first ? 'F' : 'T')) return EnvelopeFault::malformed;
    if (value.size() > mail::max_address_bytes) return EnvelopeFault::address_too_long;
    if (!first) ++recipients;
    first = false;
    envelope.remove_prefix(nul + 1);
    if (envelope.empty()) return EnvelopeFault::malformed;  // the closing NUL was the last address's own
  }
  return envelope == std::string_view("\0", 1) && recipients > 0 ? EnvelopeFault::none : EnvelopeFault::malformed;
}

}  // namespace

std::vector<Intake::Action> Intake::reject(int code, std::string text) {
  state_ = State::finished;
  return {Reject{code, std::move(text)}};
}

std::vector<Intake::Action> Intake::on(std::string_view octets) {
  std::vector<Action> actions;
  while (!octets.empty() && state_ != State::finished) {
    const auto taken = parser_.feed(octets);
    std::vector<Action> more;
    if (!taken) {
      more = reject(code_bad_envelope, "malformed netstring");
    } else {
      octets.remove_prefix(*taken);
      if (parser_.complete()) more = on_netstring(parser_.take());
    }
    std::move(more.begin(), more.end(), std::back_inserter(actions));
  }
  return actions;
}

std::vector<Intake::Action> Intake::on_netstring(std::string content) {
  switch (state_) {
    case State::greeting:
      return on_greeting(content);
    case State::message:
      return on_message(std::move(content));
    case State::finished:
      return {};
  }
  base::bug("Intake: bad state");
}

std::vector<Intake::Action> Intake::on_greeting(const std::string& content) {
  if (content == "submit 1") {
    state_ = State::message;
    return {Begin{}};
  }
  state_ = State::finished;
  if (content == "list 1") return {List{}};
  if (content == "poke 1") return {Poke{}};
  if (content == "clock 1") return {ShowClock{}};
  if (content == "confirm-clock 1") return {ConfirmClock{}};
  return reject(code_bad_envelope, "unknown request");
}

std::vector<Intake::Action> Intake::on_message(std::string content) {
  if (content.size() > 1 && content.front() == 'm' && content.size() <= max_chunk_bytes + 1) {
    content.erase(0, 1);
    return {Message{std::move(content)}};
  }
  if (content.empty() || content.front() != 'e') return reject(code_bad_envelope, "malformed submission");
  content.erase(0, 1);
  switch (check_envelope(content)) {
    case EnvelopeFault::none:
      state_ = State::finished;
      return {Commit{std::move(content)}};
    case EnvelopeFault::malformed:
      return reject(code_bad_envelope, "malformed envelope");
    case EnvelopeFault::address_too_long:
      return reject(code_address_too_long,
                    "address longer than " + std::to_string(mail::max_address_bytes) + " octets");
  }
  base::bug("Intake: bad envelope fault");
}

}  // namespace mta
