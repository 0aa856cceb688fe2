#include "mta/mail/smtp_client.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/bug.h"
#include "base/log.h"
#include "base/overloaded.h"
#include "mta/mail/smtp_login.h"

namespace mail {
namespace {

constexpr int code_ready = 220;
constexpr int code_done = 250;
constexpr int code_closing = 421;
constexpr int code_login_wanted = 530;

bool is_of_envelope(SmtpClient::Command command) {
  using Command = SmtpClient::Command;
  return command == Command::mail || command == Command::rcpt || command == Command::data;
}

}  // namespace

SmtpClient::Actions SmtpClient::start() {
  actions_.clear();
  expected_.push_back({Command::greeting});
  actions_.emplace_back(Arm{greeting_timeout});
  return std::exchange(actions_, {});
}

SmtpClient::Actions SmtpClient::start_behind_login(const std::optional<Reply>& ehlo) {
  actions_.clear();
  if (ehlo) take_extensions(*ehlo);
  state_ = State::mailing;
  want();
  return std::exchange(actions_, {});
}

SmtpClient::Actions SmtpClient::on(const Event& event, Time now) {
  actions_.clear();
  if (state_ == State::finished) return {};
  now_ = now;
  progress_ = false;
  std::visit(
      base::Overloaded{[this](const Octets& e) { on_octets(e.bytes); }, [this](const Closed&) { on_closed(); },
                       [this](const Expired&) { on_expired(); }, [this](const Offer& e) { on_offer(e.transaction); },
                       [this](const NoMore&) { on_no_more(); }, [this](const BodySent&) { on_body_sent(); },
                       [this](const Kept&) { on_kept(); }},
      event);
  if (!progress_ || state_ == State::finished) return std::exchange(actions_, {});
  Actions timed;  // the deadline comes first, so that the writes of this event are under it too
  timed.reserve(actions_.size() + 1);
  timed.emplace_back(Arm{timeout()});
  std::move(actions_.begin(), actions_.end(), std::back_inserter(timed));
  return timed;
}

void SmtpClient::on_octets(std::string_view bytes) {
  while (!bytes.empty() && state_ != State::finished) {
    const auto taken = parser_.feed(bytes);
    if (!taken) return fail(taken.error().text);
    bytes.remove_prefix(*taken);
    if (parser_.complete()) on_reply(parser_.take());
  }
}

void SmtpClient::on_closed() { break_off("network read error: end of file"); }

void SmtpClient::on_expired() {
  const bool in_flight = state_ == State::mailing && extensions_.pipelining && expected_.size() > 1;
  stalled_ = in_flight && open_.size() == 1 && open_.front().stage == Stage::envelope && open_.front().mail_accepted &&
             !envelope_answered_;
  break_off(body_is_going() ? "network write error: Connection timed out" : "network read error: Connection timed out");
}

void SmtpClient::on_offer(const Transaction& transaction) {
  if (!wanted_ || transaction.recipients.empty())
    base::bug("SmtpClient: an offer that was not asked for, or for nobody");
  wanted_ = false;
  if (extensions_.max_size > 0 && transaction.size > extensions_.max_size) {
    refuse_locally(transaction);
    return want();
  }
  offered_ = transaction;
  go_on();
}

void SmtpClient::on_no_more() {
  wanted_ = false;
  no_more_ = true;
  go_on();
}

void SmtpClient::on_body_sent() {
  if (!body_is_going()) base::bug("SmtpClient: a body was sent that nobody asked for");
  progress_ = true;
  expected_.push_back({Command::body});
  if (checkpoint_) {
    checkpoint_->body_is_going = false;
    return;
  }
  open_.back().stage = Stage::answer;
  open_.back().sent = now_;
  go_on();
}

void SmtpClient::on_reply(const Reply& reply) {
  progress_ = true;
  if (expected_.empty()) return on_uncalled_reply(reply);
  const Expected expected = expected_.front();
  expected_.pop_front();
  // RFC 5321 §3.8: 421 may answer anything, and says nothing about the command it happens to answer.
  if (reply.code == code_closing && state_ != State::opening) return on_uncalled_reply(reply);
  // RFC 4954 §6, RFC 3207 §4: it is the session that lacks a login or TLS, not the message that is bad.
  if (reply.code == code_login_wanted && is_of_envelope(expected.command)) {
    return finish(base::Failure{base::FailureKind::temporary,
                                "server wants a login or TLS first: " + base::escape(reply.last_line), login_refused});
  }
  if (checkpoint_) return on_checkpoint_reply(expected, reply);
  switch (expected.command) {
    case Command::greeting:
      return on_greeting(reply);
    case Command::ehlo:
      return on_ehlo(reply);
    case Command::helo:
      return on_helo(reply);
    case Command::rset:
      return on_rset(reply);
    case Command::mail:
      return on_mail(reply);
    case Command::rcpt:
      return on_rcpt(expected.recipient, reply);
    case Command::data:
      return on_data(reply);
    case Command::body:
      return on_body(reply);
    case Command::lone_dot:
      return on_lone_dot();
    case Command::clear:
      return on_clear(reply);
    case Command::local:
      break;
  }
  base::bug("SmtpClient: a reply to no command");
}

void SmtpClient::on_uncalled_reply(const Reply& reply) {
  if (reply.code == code_closing) return break_off("server closes the session: " + base::escape(reply.last_line));
  if (body_is_going() && (checkpoint_ ? checkpoint_->way : open_.back().way) == Way::data && reply.refusal()) {
    // The server has seen enough. Breaking off is the only way to stop inside a body, and the answer stands.
    checkpoint_ ? checkpoint_results(Command::body, reply) : result_for_accepted(Command::body, reply);
    return fail("server refused the message before its end: " + base::escape(reply.last_line));
  }
  fail("protocol violation: a reply that answers no command");
}

void SmtpClient::on_greeting(const Reply& reply) {
  if (reply.code != code_ready) return quit(base::temporary("connected but greeting failed"));
  greeting_name_ = server_name(reply);
  send(Command::ehlo, "EHLO " + options_.helo_name);
}

void SmtpClient::on_ehlo(const Reply& reply) {
  if (reply.code == code_closing) return quit(base::temporary("connected but my name was rejected"));
  // RFC 5321 §3.2: a server that does not know EHLO is asked again with HELO.
  if (reply.code != code_done) return send(Command::helo, "HELO " + options_.helo_name);
  take_extensions(reply);
  state_ = State::mailing;
  want();
}

void SmtpClient::on_helo(const Reply& reply) {
  if (reply.code != code_done) return quit(base::temporary("connected but my name was rejected"));
  state_ = State::mailing;
  want();
}

void SmtpClient::take_extensions(const Reply& ehlo) {
  extensions_ = read_extensions(ehlo);
  server_ = server_profile(greeting_name_, ehlo);
  if (options_.stalled_before == server_) extensions_.pipelining = false;
  if (!options_.chunking || !extensions_.pipelining || !extensions_.chunking) return;
  chunks_ = options_.flew_before == server_ ? Chunks::remembered : Chunks::untried;
}

void SmtpClient::want() {
  if (wanted_ || no_more_ || offered_) return;
  wanted_ = true;
  actions_.emplace_back(Want{});
}

void SmtpClient::send(Command command, const std::string& line, std::size_t recipient) {
  progress_ = true;
  expected_.push_back({command, recipient});
  write(line);
}

// Lines of one group leave in one write.
void SmtpClient::write(std::string_view line) {
  if (actions_.empty() || !std::holds_alternative<Write>(actions_.back())) actions_.emplace_back(Write{});
  std::get<Write>(actions_.back()).bytes.append(line).append("\r\n");
}

std::chrono::seconds SmtpClient::reply_timeout(Command command) {
  switch (command) {
    case Command::greeting:
      return greeting_timeout;
    case Command::ehlo:
    case Command::helo:
      return helo_timeout;
    case Command::rset:
    case Command::clear:
      return rset_timeout;
    case Command::mail:
      return mail_timeout;
    case Command::rcpt:
      return rcpt_timeout;
    case Command::data:
      return data_timeout;
    case Command::body:
    case Command::lone_dot:
      return body_timeout;
    case Command::local:
      break;
  }
  base::bug("SmtpClient: no time-out for a reply that never comes");
}

bool SmtpClient::body_is_going() const {
  if (checkpoint_) return checkpoint_->body_is_going;
  return !open_.empty() && open_.back().stage == Stage::body;
}

std::chrono::seconds SmtpClient::timeout() const {
  if (expected_.empty()) return body_is_going() ? block_timeout : std::chrono::seconds{0};
  const auto for_reply = reply_timeout(expected_.front().command);
  // The server may be thinking about the body before this one, and take nothing meanwhile.
  return body_is_going() ? std::max(for_reply, block_timeout) : for_reply;
}

void SmtpClient::quit(base::Result<void> outcome) {
  write("QUIT");
  finish(std::move(outcome));
}

void SmtpClient::fail(std::string text) {
  flights_ = Flights::odd;
  break_off(std::move(text));
}

void SmtpClient::finish(base::Result<void> outcome) {
  state_ = State::finished;
  if (!outcome && chunks_ == Chunks::remembered) flights_ = Flights::odd;
  actions_.emplace_back(Done{std::move(outcome), in_doubt()});
}

std::vector<std::uint64_t> SmtpClient::in_doubt() const {
  const auto is_body = [](const Expected& expected) { return expected.command == Command::body; };
  auto unanswered = std::count_if(expected_.begin(), expected_.end(), is_body);
  std::vector<std::uint64_t> ids;
  if (checkpoint_ && unanswered > 0) ids.push_back(checkpoint_->transaction.id);
  for (auto open = open_.rbegin(); open != open_.rend() && unanswered > 0; ++open) {
    if (open->stage != Stage::answer) continue;
    --unanswered;
    if (!open->is_settled) ids.push_back(open->transaction.id);
  }
  std::reverse(ids.begin(), ids.end());
  return ids;
}

}  // namespace mail
