#include "mta/mail/smtp_client.h"

#include <algorithm>
#include <iterator>

#include "base/bug.h"
#include "base/log.h"
#include "conf/text.h"
#include "mta/mail/smtp_login.h"

namespace mail {
namespace {

constexpr int code_ready = 220;
constexpr int code_done = 250;
constexpr int code_start_input = 354;
constexpr int code_closing = 421;
constexpr int code_login_wanted = 530;
constexpr int code_too_large = 552;

// 250 to 259: the action was taken. Other positive codes answer other questions.
bool is_done(const Reply& reply) { return reply.code / 10 == code_done / 10; }

bool is_refusal(const Reply& reply) { return reply.temporary() || reply.permanent(); }

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

}  // namespace

SmtpClient::Actions SmtpClient::start() {
  actions_.clear();
  expected_.push_back({Command::greeting});
  actions_.emplace_back(Arm{greeting_timeout});
  return std::exchange(actions_, {});
}

SmtpClient::Actions SmtpClient::start_behind_login(const std::optional<Reply>& ehlo) {
  actions_.clear();
  if (ehlo) read_extensions(*ehlo);
  state_ = State::waiting;
  want();
  return std::exchange(actions_, {});
}

SmtpClient::Actions SmtpClient::on(const Event& event) {
  actions_.clear();
  if (state_ == State::finished) return {};
  progress_ = false;
  std::visit(Overloaded{[this](const Octets& e) { on_octets(e.bytes); }, [this](const Closed&) { on_closed(); },
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

void SmtpClient::on_closed() { fail("network read error: end of file"); }

void SmtpClient::on_expired() {
  fail(state_ == State::body ? "network write error: Connection timed out"
                             : "network read error: Connection timed out");
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
  if (state_ != State::body) base::bug("SmtpClient: a body was sent that nobody asked for");
  progress_ = true;
  expected_.push_back({Command::body});
  state_ = State::answer;
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
  if (reply.code == code_login_wanted && (expected.command == Command::mail || expected.command == Command::rcpt)) {
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
    case Command::local:
      break;
  }
  base::bug("SmtpClient: a reply to no command");
}

void SmtpClient::on_uncalled_reply(const Reply& reply) {
  if (reply.code == code_closing) return fail("server closes the session: " + base::escape(reply.last_line));
  if (state_ == State::body && is_refusal(reply)) {
    // The server has seen enough. Breaking off is the only way to stop inside a body, and the answer stands.
    checkpoint_ ? checkpoint_results(Command::body, reply) : result_for_accepted(Command::body, reply);
    return fail("server refused the message before its end: " + base::escape(reply.last_line));
  }
  fail("protocol violation: a reply that answers no command");
}

void SmtpClient::on_greeting(const Reply& reply) {
  if (reply.code != code_ready) return quit(base::temporary("connected but greeting failed"));
  send(Command::ehlo, "EHLO " + options_.helo_name);
}

void SmtpClient::on_ehlo(const Reply& reply) {
  if (reply.code == code_closing) return quit(base::temporary("connected but my name was rejected"));
  // RFC 5321 §3.2: a server that does not know EHLO is asked again with HELO.
  if (reply.code != code_done) return send(Command::helo, "HELO " + options_.helo_name);
  read_extensions(reply);
  state_ = State::waiting;
  want();
}

void SmtpClient::on_helo(const Reply& reply) {
  if (reply.code != code_done) return quit(base::temporary("connected but my name was rejected"));
  state_ = State::waiting;
  want();
}

void SmtpClient::on_rset(const Reply& reply) {
  if (!is_done(reply)) return fail("protocol violation: RSET was refused");
  if (!extensions_.pipelining) send_mail(current_->transaction);
}

void SmtpClient::on_mail(const Reply& reply) {
  if (!is_done(reply) && !is_refusal(reply)) return fail("protocol violation: impossible reply to MAIL");
  current_->mail_accepted = is_done(reply);
  if (!current_->mail_accepted) {
    for (std::size_t i = 0; i < current_->transaction.recipients.size(); ++i) result(i, Command::mail, reply);
  }
  if (extensions_.pipelining) return;
  if (current_->mail_accepted) return next_in_lock_step();
  transaction_over();
}

void SmtpClient::on_rcpt(std::size_t recipient, const Reply& reply) {
  if (!is_done(reply) && !is_refusal(reply)) return fail("protocol violation: impossible reply to RCPT");
  // Once MAIL was refused its reply is everybody's result, whatever the server makes of the rest of the group.
  if (current_->mail_accepted) {
    if (is_done(reply)) {
      current_->accepted.push_back(recipient);
    } else {
      result(recipient, Command::rcpt, reply);
    }
  }
  if (!extensions_.pipelining) next_in_lock_step();
}

void SmtpClient::on_data(const Reply& reply) {
  if (reply.code != code_start_input && !is_refusal(reply)) return fail("protocol violation: impossible reply to DATA");
  if (is_refusal(reply)) {
    result_for_accepted(Command::data, reply);
    needs_rset_ = current_->mail_accepted;
    return transaction_over();
  }
  if (!current_->accepted.empty()) return begin_body();
  // RFC 2920 §3.1: the server waits for content though it has no recipient; the dot alone gets us out.
  state_ = State::answer;
  send(Command::lone_dot, ".");
}

void SmtpClient::on_body(const Reply& reply) {
  if (!is_done(reply) && !is_refusal(reply)) {
    expected_.push_front({Command::body});  // that was no answer: the message stays in doubt
    return fail("protocol violation: impossible reply to the message");
  }
  result_for_accepted(Command::body, reply);
  transaction_over();
}

void SmtpClient::on_lone_dot() {
  needs_rset_ = true;
  transaction_over();
}

void SmtpClient::read_extensions(const Reply& reply) {
  std::string_view rest = reply.text;
  for (auto lf = rest.find('\n'); lf != std::string_view::npos; lf = rest.find('\n')) {
    rest.remove_prefix(lf + 1);  // the first line is the server's name
    const auto line = rest.substr(0, rest.find('\n'));
    const auto words = conf::words_of(line.substr(std::min<std::size_t>(line.size(), 4)));
    if (words.empty()) continue;
    const auto keyword = conf::lower(words[0]);
    if (keyword == "pipelining" && words.size() == 1) extensions_.pipelining = true;
    if (keyword == "checkpoint") extensions_.checkpoint = true;
    if (keyword == "8bitmime") extensions_.eight_bit_mime = true;
    if (keyword == "size") {
      extensions_.size = true;
      if (words.size() > 1) extensions_.max_size = conf::decimal(words[1]).value_or(0);
    }
  }
}

void SmtpClient::want() {
  if (wanted_ || no_more_ || offered_) return;
  wanted_ = true;
  actions_.emplace_back(Want{});
}

void SmtpClient::go_on() {
  switch (state_) {
    case State::opening:
    case State::envelope:
    case State::body:
    case State::finished:
      return;
    case State::waiting:
      if (offered_ && offered_->transid) return begin_checkpoint();
      if (offered_) {
        current_ = Open{*std::exchange(offered_, std::nullopt), 0, false, {}};
        state_ = State::envelope;
        return begin_envelope(current_->transaction);
      }
      if (no_more_) return quit({});
      return want();
    case State::answer:
      // RFC 2920 §3.1: content may be the first of a group, so the next envelope need not wait for its reply.
      if (!extensions_.pipelining || !offered_ || offered_->transid || following_ ||
          expected_.front().command != Command::body)
        return;
      following_ = Open{*std::exchange(offered_, std::nullopt), 0, false, {}};
      return begin_envelope(following_->transaction);
  }
}

void SmtpClient::begin_envelope(const Transaction& transaction) {
  if (needs_rset_) {
    needs_rset_ = false;
    send(Command::rset, "RSET");
    if (!extensions_.pipelining) return;
  }
  send_mail(transaction);
  if (!extensions_.pipelining) return;
  for (std::size_t i = 0; i < transaction.recipients.size(); ++i) {
    send(Command::rcpt, "RCPT TO:" + to_smtp(transaction.recipients[i]), i);
  }
  send(Command::data, "DATA");
}

void SmtpClient::send_mail(const Transaction& transaction) {
  std::string line = "MAIL FROM:" + to_smtp(transaction.sender);
  if (extensions_.size && transaction.size >= size_parameter_from_bytes)
    line += " SIZE=" + std::to_string(transaction.size);
  if (extensions_.eight_bit_mime && transaction.eight_bit) line += " BODY=8BITMIME";
  send(Command::mail, line);
}

void SmtpClient::next_in_lock_step() {
  const auto& recipients = current_->transaction.recipients;
  if (const auto i = current_->next_recipient; i < recipients.size()) {
    ++current_->next_recipient;
    return send(Command::rcpt, "RCPT TO:" + to_smtp(recipients[i]), i);
  }
  if (!current_->accepted.empty()) return send(Command::data, "DATA");
  needs_rset_ = true;
  transaction_over();
}

void SmtpClient::begin_body() {
  state_ = State::body;
  actions_.emplace_back(SendBody{current_->transaction.id});
  want();
}

// The transaction in hand has all its results.
void SmtpClient::transaction_over() {
  current_ = std::exchange(following_, std::nullopt);
  state_ = current_ ? State::envelope : State::waiting;
  go_on();
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

void SmtpClient::result(std::size_t recipient, Command command, const Reply& reply) {
  auto verdict = Verdict::deferred;
  if (is_done(reply)) verdict = Verdict::accepted;
  if (reply.permanent()) verdict = Verdict::refused;
  actions_.emplace_back(Result{current_->transaction.id, recipient, verdict, command, reply});
}

void SmtpClient::result_for_accepted(Command command, const Reply& reply) {
  for (const auto recipient : current_->accepted) result(recipient, command, reply);
}

void SmtpClient::refuse_locally(const Transaction& transaction) {
  Reply reply;
  reply.code = code_too_large;
  reply.enhanced = "5.3.4";
  reply.last_line = "552 5.3.4 message of " + std::to_string(transaction.size) + " octets, the server takes at most " +
                    std::to_string(extensions_.max_size);
  reply.text = reply.last_line;
  for (std::size_t i = 0; i < transaction.recipients.size(); ++i) {
    actions_.emplace_back(Result{transaction.id, i, Verdict::refused, Command::local, reply});
  }
}

std::chrono::seconds SmtpClient::reply_timeout(Command command) {
  switch (command) {
    case Command::greeting:
      return greeting_timeout;
    case Command::ehlo:
    case Command::helo:
      return helo_timeout;
    case Command::rset:
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

std::chrono::seconds SmtpClient::timeout() const {
  if (state_ == State::body) return block_timeout;
  return expected_.empty() ? std::chrono::seconds{0} : reply_timeout(expected_.front().command);
}

void SmtpClient::quit(base::Result<void> outcome) {
  write("QUIT");
  finish(std::move(outcome));
}

void SmtpClient::finish(base::Result<void> outcome) {
  Done done{std::move(outcome), std::nullopt};
  const auto is_body = [](const Expected& expected) { return expected.command == Command::body; };
  if (std::any_of(expected_.begin(), expected_.end(), is_body)) {
    done.in_doubt = checkpoint_ ? checkpoint_->transaction.id : current_->transaction.id;
  }
  state_ = State::finished;
  actions_.emplace_back(std::move(done));
}

}  // namespace mail
