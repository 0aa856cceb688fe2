#include "mta/qmgr/intake.h"

#include <iterator>

#include "base/bug.h"
#include "mta/mail/address.h"
#include "mta/mail/envelope.h"

namespace mta {
namespace {

// qmail-queue's exit codes (reference: qmail-queue(8)).
constexpr int code_address_too_long = 11;
constexpr int code_bad_address = 31;
constexpr int code_bad_envelope = 91;

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
  const auto decoded = mail::decode_envelope(content);
  switch (decoded.verdict) {
    case mail::EnvelopeVerdict::complete:
      // Octets behind the end or nobody to deliver to: no program of ours says that.
      if (decoded.length != content.size() || decoded.envelope.recipients.empty()) break;
      state_ = State::finished;
      return {Commit{std::move(content)}};
    case mail::EnvelopeVerdict::incomplete:
    case mail::EnvelopeVerdict::bad_format:
      break;
    case mail::EnvelopeVerdict::address_too_long:
      return reject(code_address_too_long,
                    "address longer than " + std::to_string(mail::max_address_bytes) + " octets");
    case mail::EnvelopeVerdict::bad_address:
      return reject(code_bad_address, "control character in an address");
  }
  return reject(code_bad_envelope, "malformed envelope");
}

}  // namespace mta
