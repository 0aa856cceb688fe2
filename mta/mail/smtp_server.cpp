#include "mta/mail/smtp_server.h"

#include <algorithm>
#include <cerrno>

#include "base/bug.h"
#include "base/log.h"
#include "base/overloaded.h"
#include "conf/text.h"

namespace mail {
namespace {

std::string reply_to(const base::Failure& failure) {
  const auto text = base::escape(failure.text);
  if (failure.error == ENOSPC) return "452 4.3.1 " + text;
  return (failure.kind == base::FailureKind::permanent ? "554 5.3.0 " : "451 4.3.0 ") + text;
}

std::string first_word(std::string_view text) { return std::string(text.substr(0, text.find(' '))); }

}  // namespace

SmtpServer::Actions SmtpServer::start() {
  actions_.clear();
  actions_.emplace_back(Write{"220 " + policy_.greeting + " ESMTP\r\n"});
  return std::exchange(actions_, {});
}

SmtpServer::Actions SmtpServer::on(const Event& event) {
  actions_.clear();
  if (state_ == State::finished) return {};
  std::visit(
      base::Overloaded{[this](const Octets& e) { on_octets(e.bytes); }, [this](const Closed&) { on_closed(); },
                       [this](const Expired&) { on_expired(); }, [this](const QueueOpened&) { on_queue_opened(); },
                       [this](const Queued& e) { on_queued(e.text); },
                       [this](const QueueFailed& e) { on_queue_failed(e.failure); },
                       [this](const Recalled& e) { on_recalled(e); }},
      event);
  work();
  // RFC 2920 §3.2: replies go out when there is nothing more to read; while the queue is asked there may be.
  if (!held_.empty() && !is_waiting_for_shell()) actions_.emplace_back(Write{std::exchange(held_, {})});
  if (state_ == State::finished) actions_.emplace_back(Close{});
  return std::exchange(actions_, {});
}

void SmtpServer::on_octets(std::string_view bytes) { input_ += bytes; }

void SmtpServer::on_closed() {
  abort_message();
  held_.clear();
  state_ = State::finished;
}

void SmtpServer::on_expired() {
  abort_message();
  reply("421 4.4.2 timeout, closing the connection");
  state_ = State::finished;
}

void SmtpServer::on_queue_opened() {
  if (state_ != State::opening) base::bug("SmtpServer: a queue was opened that nobody asked for");
  take_message();
}

void SmtpServer::on_queued(const std::string& text) {
  if (state_ != State::committing) base::bug("SmtpServer: queued what was not complete");
  reply("250 2.0.0 ok " + text);
  queue_is_open_ = false;
  reset();
}

void SmtpServer::on_queue_failed(const base::Failure& failure) {
  switch (state_) {
    case State::recalling:
      reset();
      return reply(reply_to(failure));
    case State::opening:
      queue_is_open_ = false;
      if (chunks_ == Chunks::open) {
        refusal_ = reply_to(failure);
        state_ = State::chunk;
        return;
      }
      reply(reply_to(failure));
      return reset();
    case State::committing:
      queue_is_open_ = false;
      reply(reply_to(failure));
      conclude(reply_to(failure));
      if (chunks_ == Chunks::none) return reset();
      chunks_ = Chunks::failed;
      state_ = State::command;
      return;
    case State::data:
    case State::chunk:
      return refuse_message(reply_to(failure), failure.text);
    case State::command:
      // Between two chunks: the next one is told.
      if (chunks_ == Chunks::open) refuse_message(reply_to(failure), failure.text);
      return;
    case State::swallowing:
    case State::finished:
      return;
  }
}

void SmtpServer::on_recalled(const Recalled& past) {
  if (state_ != State::recalling) base::bug("SmtpServer: a transaction was recalled that nobody asked for");
  state_ = State::command;
  transid_ = past.past == Past::accepted ? Transid::complete : Transid::kept;
  past_ = past;
  if (past.past == Past::none) return reply("250 2.1.0 ok");
  recipients_ = past.recipients;
  reply("355 " + std::to_string(past.octets) + " octets are here");
}

bool SmtpServer::is_waiting_for_shell() const {
  return state_ == State::recalling || state_ == State::opening || state_ == State::committing;
}

void SmtpServer::work() {
  for (;;) {
    switch (state_) {
      case State::command:
        if (read_line()) continue;
        break;
      case State::data:
      case State::swallowing:
        if (used_ < input_.size()) {
          read_data();
          continue;
        }
        break;
      case State::chunk:
        if (used_ < input_.size() || chunk_.octets == 0) {
          read_chunk();
          continue;
        }
        break;
      case State::recalling:
      case State::opening:
      case State::committing:
        break;
      case State::finished:
        used_ = input_.size();
        break;
    }
    break;
  }
  input_.erase(0, used_);
  used_ = 0;
}

// Takes one command line out of the input; false when there is no whole one.
bool SmtpServer::read_line() {
  const auto rest = std::string_view(input_).substr(used_);
  const auto lf = rest.find('\n');
  const auto part = rest.substr(0, lf);
  line_ += part;
  used_ += part.size();
  if (line_.size() > max_command_bytes) {
    over_long_ = true;
    line_.erase(0, line_.size() - 1);  // its last octet tells whether the LF that comes is bare
  }
  if (lf == std::string_view::npos) return false;
  ++used_;
  const auto line = std::exchange(line_, {});
  const bool over_long = std::exchange(over_long_, false);
  const bool clean = line.ends_with('\r') && line.find_first_of(std::string_view("\r\0", 2)) == line.size() - 1;
  if (over_long && line.ends_with('\r')) {
    error("500 5.5.2 line too long");
  } else if (!clean) {
    hang_up("500 5.5.2 commands end in CR LF and hold no bare CR, bare LF or NUL",
            "bare CR, bare LF or NUL in a command: " + base::escape(line.substr(0, 80)));
  } else {
    on_command(parse_command(std::string_view(line).substr(0, line.size() - 1)));
  }
  return true;
}

void SmtpServer::on_command(const CommandLine& command) {
  switch (command.verb) {
    case Verb::helo:
    case Verb::ehlo:
      return on_helo(command);
    case Verb::mail:
      return on_mail(command.argument);
    case Verb::rcpt:
      return on_rcpt(command.argument);
    case Verb::data:
      return on_data_command(command.argument);
    case Verb::bdat:
      return on_bdat(command.argument);
    case Verb::rset:
      forget();
      reset();
      return reply("250 2.0.0 flushed");
    case Verb::noop:
      return reply("250 2.0.0 ok");
    case Verb::quit:
      return on_quit();
    case Verb::help:
      return reply("214 2.0.0 see RFC 5321");
    case Verb::vrfy:
      return reply("252 2.5.0 send some mail, it will be tried");
    case Verb::unknown:
      return error("502 5.5.1 unimplemented");
  }
}

void SmtpServer::on_helo(const CommandLine& command) {
  if (command.argument.empty()) return error("501 5.5.4 who are you?");
  // RFC 5321 §4.1.4: a later HELO or EHLO is an RSET too.
  forget();
  reset();
  helo_ = command.argument;
  esmtp_ = command.verb == Verb::ehlo;
  const auto host = first_word(policy_.greeting);
  if (!esmtp_) return reply("250 " + host);
  reply("250-" + host);
  reply("250-PIPELINING");
  reply("250-8BITMIME");
  reply("250-CHUNKING");
  if (policy_.checkpoint) reply("250-CHECKPOINT");
  reply("250-SIZE " + std::to_string(policy_.data_bytes));
  reply("250 ENHANCEDSTATUSCODES");
}

void SmtpServer::on_mail(std::string_view argument) {
  if (sender_) return error("503 5.5.1 a transaction is under way");
  auto mail = parse_mail(argument);
  if (!mail) return error(mail.error().text);
  if (policy_.data_bytes > 0 && mail->size.value_or(0) > policy_.data_bytes) {
    return reply("552 5.3.4 that is more than this server takes in one message");
  }
  if (mail->transid && !(policy_.checkpoint && esmtp_)) return error("555 5.5.4 unknown MAIL parameter");
  sender_ = std::move(mail->sender);
  if (!mail->transid) return reply("250 2.1.0 ok");
  state_ = State::recalling;
  actions_.emplace_back(Recall{helo_, *mail->transid, sender_->to_envelope(), mail->size.value_or(0)});
}

void SmtpServer::on_rcpt(std::string_view argument) {
  // Not an error of the client's when it pipelined: RFC 2920 has it send RCPT before it knows.
  if (!sender_) return reply("503 5.5.1 MAIL first");
  if (chunks_ != Chunks::none) return reply("503 5.5.1 the message has begun, RSET first");
  if (past_.past != Past::none) return reply("503 5.5.1 the recipients are known, go on with the message");
  auto recipient = parse_rcpt(argument);
  if (!recipient) return error(recipient.error().text);
  if (is_bad_sender()) return reply("553 5.7.1 your envelope sender is not welcome here");
  if (recipients_.size() >= max_recipients) return reply("452 4.5.3 too many recipients");
  auto address = recipient->to_envelope();
  if (!policy_.local_ip.empty() && !policy_.local_ip_host.empty() &&
      recipient->domain() == "[" + policy_.local_ip + "]") {
    address = recipient->local() + "@" + policy_.local_ip_host;
  }
  if (policy_.relay_client) {
    address += *policy_.relay_client;
  } else {
    const auto rewritten = Address::from_envelope(address);
    if (!rewritten || !may_receive(*rewritten)) {
      return reply("553 5.7.1 that domain is not in the list of allowed recipient hosts");
    }
  }
  recipients_.push_back(std::move(address));
  reply("250 2.1.5 ok");
}

void SmtpServer::on_quit() {
  forget();
  reset();
  reply("221 2.0.0 " + first_word(policy_.greeting));
  state_ = State::finished;
}

bool SmtpServer::may_receive(const Address& recipient) const {
  if (recipient.domain().empty()) return true;  // a name of our own, completed by the queue
  const auto domain = conf::lower(recipient.domain());
  return std::any_of(policy_.rcpt_hosts.begin(), policy_.rcpt_hosts.end(), [&](const std::string& entry) {
    const auto host = conf::lower(entry);
    return host.starts_with('.') ? domain.size() > host.size() && domain.ends_with(host) : domain == host;
  });
}

bool SmtpServer::is_bad_sender() const {
  const auto sender = conf::lower(sender_->to_envelope());
  const auto host = "@" + conf::lower(sender_->domain());
  return std::any_of(policy_.bad_mail_from.begin(), policy_.bad_mail_from.end(), [&](const std::string& entry) {
    const auto bad = conf::lower(entry);
    return !bad.empty() && (bad == sender || bad == host);
  });
}

void SmtpServer::reset() {
  abort_message();
  state_ = State::command;
  chunks_ = Chunks::none;
  transid_ = Transid::none;
  past_ = {};
  sender_.reset();
  recipients_.clear();
  refusal_.reset();
}

void SmtpServer::reply(std::string_view line) { held_.append(line).append("\r\n"); }

void SmtpServer::error(std::string_view line) {
  if (++errors_ >= max_errors) return hang_up("421 4.7.0 too many errors", "too many errors");
  reply(line);
}

void SmtpServer::hang_up(std::string_view line, std::string text) {
  abort_message();
  note(std::move(text));
  reply(line);
  state_ = State::finished;
}

}  // namespace mail
