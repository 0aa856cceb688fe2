#include "mta/mail/qmtp_client.h"

#include <algorithm>
#include <iterator>

#include "base/bug.h"
#include "base/overloaded.h"

namespace mail {
namespace {

std::optional<QmtpClient::Verdict> verdict_of(char status) {
  switch (status) {
    case 'K':
      return QmtpClient::Verdict::accepted;
    case 'D':
      return QmtpClient::Verdict::refused;
    case 'Z':
      return QmtpClient::Verdict::deferred;
    default:
      return std::nullopt;
  }
}

}  // namespace

QmtpClient::Actions QmtpClient::start(Time now) {
  started_ = now_ = now;
  actions_.clear();
  want();
  return std::exchange(actions_, {});
}

QmtpClient::Actions QmtpClient::on(const Event& event, Time now) {
  actions_.clear();
  if (state_ == State::finished) return {};
  now_ = now;
  progress_ = false;
  std::visit(
      base::Overloaded{[this](const Octets& e) { on_octets(e.bytes); }, [this](const Closed& e) { on_closed(e.why); },
                       [this](const Expired&) { on_expired(); }, [this](const Offer& e) { on_offer(e.package); },
                       [this](const NoMore&) { on_no_more(); }, [this](const PackageSent&) { on_package_sent(); },
                       [this](const Broken& e) { on_broken(e.why); }},
      event);
  if (!progress_ || state_ == State::finished) return std::exchange(actions_, {});
  Actions timed;  // the deadline comes first, so that the package of this event is under it too
  timed.reserve(actions_.size() + 1);
  timed.emplace_back(Arm{timeout()});
  std::move(actions_.begin(), actions_.end(), std::back_inserter(timed));
  return timed;
}

void QmtpClient::on_octets(std::string_view bytes) {
  while (!bytes.empty() && state_ != State::finished) {
    const auto taken = parser_.feed(bytes);
    if (!taken) return fail("remote protocol violation: " + taken.error().text);
    bytes.remove_prefix(*taken);
    if (parser_.complete()) on_response(parser_.take());
  }
}

void QmtpClient::on_closed(const std::string& why) { fail(why); }

void QmtpClient::on_expired() {
  if (is_proving() && in_flight_.front().answered > 0) {
    const auto& proof = in_flight_.front();
    fail("remote protocol violation: " + std::to_string(proof.answered) + " responses for " +
         std::to_string(proof.recipients) + " recipients");
    std::get<Done>(actions_.back()).answers_once = true;
    return;
  }
  fail(state_ == State::sending ? "network write error: Connection timed out"
                                : "network read error: Connection timed out");
}

void QmtpClient::on_offer(const Package& package) {
  if (!wanted_ || package.recipients.empty()) {
    base::bug("QmtpClient: an offer that was not asked for, or for nobody");
  }
  wanted_ = false;
  offered_ = package;
  go_on();
}

void QmtpClient::on_no_more() {
  wanted_ = false;
  no_more_ = true;
  go_on();
}

void QmtpClient::on_package_sent() {
  if (state_ != State::sending) base::bug("QmtpClient: a package was sent that nobody asked for");
  progress_ = true;
  in_hand_.sent = now_;
  in_flight_.push_back(in_hand_);
  state_ = State::ready;
  go_on();
}

void QmtpClient::on_broken(const base::Failure& why) {
  if (state_ == State::draining) return;
  broken_ = why;
  if (in_flight_.empty()) return finish(broken_);
  progress_ = true;
  state_ = State::draining;
}

void QmtpClient::on_response(const std::string& response) {
  if (in_flight_.empty()) return fail("remote protocol violation: a response that nobody asked for");
  const auto verdict = response.empty() ? std::nullopt : verdict_of(response.front());
  if (!verdict) return fail("remote protocol violation: a response without K, Z or D");
  progress_ = true;
  auto& oldest = in_flight_.front();
  actions_.emplace_back(Result{oldest.package, oldest.answered, *verdict, response.substr(1)});
  if (++oldest.answered < oldest.recipients) return;
  if (oldest.recipients > 1) answers_each_ = true;
  bound_.answered(now_ - oldest.sent);
  in_flight_.pop_front();
  go_on();
}

void QmtpClient::go_on() {
  if (now_ - started_ >= offering_time) {
    no_more_ = true;
    offered_.reset();
  }
  switch (state_) {
    case State::sending:
    case State::finished:
      return;
    case State::draining:
      if (in_flight_.empty()) finish(broken_);
      return;
    case State::ready:
      if (offered_ && may_begin()) return begin(*std::exchange(offered_, std::nullopt));
      if (no_more_ && !offered_ && in_flight_.empty()) return finish({});
      return want();
  }
}

bool QmtpClient::is_proving() const {
  return !answers_each_ && !in_flight_.empty() && in_flight_.front().recipients > 1;
}

bool QmtpClient::may_begin() const {
  if (!answers_each_ && !in_flight_.empty() && in_flight_.back().recipients > 1) return false;
  return bound_.has_room(in_flight_.size(), in_flight_.empty() ? Time{0} : now_ - in_flight_.front().sent);
}

void QmtpClient::begin(const Package& package) {
  progress_ = true;
  state_ = State::sending;
  in_hand_ = {package.id, package.recipients.size(), 0, now_};
  std::string recipients;
  for (const auto& recipient : package.recipients) append_netstring(recipients, recipient.to_envelope());
  // The message's first octet is the LF: its lines end so.
  SendPackage send{package.id, std::to_string(package.octets + 1) + ":\n", ","};
  append_netstring(send.behind, package.sender.to_envelope());
  append_netstring(send.behind, recipients);
  actions_.emplace_back(std::move(send));
  want();
}

void QmtpClient::want() {
  if (wanted_ || no_more_ || offered_) return;
  wanted_ = true;
  actions_.emplace_back(Want{});
}

std::chrono::seconds QmtpClient::timeout() const {
  if (state_ == State::sending) return block_timeout;
  if (in_flight_.empty()) return std::chrono::seconds{0};
  return is_proving() && in_flight_.front().answered > 0 ? further_response_timeout : response_timeout;
}

void QmtpClient::finish(base::Result<void> outcome) {
  Done done{std::move(outcome), {}};
  for (const auto& package : in_flight_) done.in_doubt.push_back(package.package);
  state_ = State::finished;
  actions_.emplace_back(std::move(done));
}

void QmtpClient::fail(std::string text) {
  // Why nothing more could be written came first, and says more.
  finish(state_ == State::draining ? broken_ : base::Result<void>(base::temporary(std::move(text))));
}

}  // namespace mail
