// SmtpClient's transactions with a TRANSID (RFC 1845): one command at a time where the next depends on it, and nothing
// before or behind them in flight.
#include "base/bug.h"
#include "conf/text.h"
#include "mta/mail/smtp_client.h"

namespace mail {
namespace {

constexpr int code_start_input = 354;
constexpr int code_resume = 355;

// "355 OFFSET …"
std::optional<std::uint64_t> offset_of(const Reply& reply) {
  const auto words = conf::words_of(reply.last_line);
  return words.size() > 1 ? conf::decimal(words[1]) : std::nullopt;
}

}  // namespace

void SmtpClient::begin_checkpoint() {
  checkpoint_ = Checkpoint{*std::exchange(offered_, std::nullopt), Way::data, {}, {}, 0, 0, false};
  if (std::exchange(needs_rset_, false)) return send(Command::rset, "RSET");
  send_checkpoint_mail();
}

void SmtpClient::send_checkpoint_mail() {
  const auto& transaction = checkpoint_->transaction;
  std::string line = "MAIL FROM:" + to_smtp(transaction.sender);
  if (extensions_.size) line += " SIZE=" + std::to_string(transaction.size);
  if (extensions_.eight_bit_mime && transaction.eight_bit) line += " BODY=8BITMIME";
  send(Command::mail, line + " TRANSID=" + transaction.transid->id);
}

void SmtpClient::on_checkpoint_reply(const Expected& expected, const Reply& reply) {
  switch (expected.command) {
    case Command::rset:
      if (!reply.done()) return fail("protocol violation: RSET was refused");
      return send_checkpoint_mail();
    case Command::mail:
      return on_checkpoint_mail(reply);
    case Command::rcpt:
      return on_checkpoint_rcpt(expected.recipient, reply);
    case Command::data:
      return on_checkpoint_data(reply);
    case Command::body:
      return on_checkpoint_body(reply);
    case Command::greeting:
    case Command::ehlo:
    case Command::helo:
    case Command::lone_dot:
    case Command::clear:
    case Command::local:
      break;
  }
  base::bug("SmtpClient: a reply to a command that no transaction with a TRANSID has");
}

void SmtpClient::on_checkpoint_mail(const Reply& reply) {
  auto& transaction = checkpoint_->transaction;
  if (reply.code == code_resume) return on_resume(reply);
  if (reply.done()) {
    // The server knows nothing of it, or nothing any more: everything is sent.
    for (std::size_t i = 0; i < transaction.recipients.size(); ++i) {
      if (i > 0 && !extensions_.pipelining) break;
      send(Command::rcpt, "RCPT TO:" + to_smtp(transaction.recipients[i]), i);
    }
    return;
  }
  if (!reply.refusal()) return fail("protocol violation: impossible reply to MAIL");
  // It may be busy with that very transaction, and then what it says is a result of the attempt.
  if (transaction.transid->is_resumed && reply.temporary()) {
    for (std::size_t i = 0; i < transaction.recipients.size(); ++i) checkpoint_result(i, Command::mail, reply);
    return checkpoint_over();
  }
  // The refusal may be the TRANSID's. Without it the server says what it thinks of the message.
  go_on_without_transid();
}

void SmtpClient::go_on_without_transid() {
  offered_ = std::move(checkpoint_->transaction);
  offered_->transid.reset();
  checkpoint_over();
}

void SmtpClient::on_resume(const Reply& reply) {
  const auto& transaction = checkpoint_->transaction;
  const auto offset = offset_of(reply);
  if (!transaction.transid->is_resumed || !offset || *offset > transaction.size) {
    // That is not our message. RSET ends the server's state of it.
    needs_rset_ = true;
    return go_on_without_transid();
  }
  checkpoint_->offset = *offset;
  checkpoint_->accepted = transaction.transid->accepted;
  begin_checkpoint_body();
}

void SmtpClient::on_checkpoint_rcpt(std::size_t recipient, const Reply& reply) {
  const auto& recipients = checkpoint_->transaction.recipients;
  if (reply.done()) {
    checkpoint_->accepted.push_back(recipient);
    checkpoint_->replies.push_back(reply.last_line);
  } else if (reply.refusal()) {
    checkpoint_result(recipient, Command::rcpt, reply);
  } else {
    return fail("protocol violation: impossible reply to RCPT");
  }
  if (++checkpoint_->answered < recipients.size()) {
    const auto next = recipient + 1;
    if (!extensions_.pipelining) send(Command::rcpt, "RCPT TO:" + to_smtp(recipients[next]), next);
    return;
  }
  if (checkpoint_->accepted.empty()) {
    needs_rset_ = true;
    return checkpoint_over();
  }
  actions_.emplace_back(Keep{checkpoint_->transaction.id, checkpoint_->accepted, checkpoint_->replies});
}

void SmtpClient::on_kept() {
  if (!checkpoint_ || !expected_.empty()) base::bug("SmtpClient: a transaction was kept that nobody asked for");
  begin_checkpoint_body();
}

// The recipients are answered, so BDAT is in order and saves the wait for 354. A body of this length is not to be lost
// on a server that cannot take it.
void SmtpClient::begin_checkpoint_body() {
  if (chunks_ != Chunks::trusted && chunks_ != Chunks::remembered) return send(Command::data, "DATA");
  progress_ = true;
  checkpoint_->way = Way::chunk_in_order;
  checkpoint_->body_is_going = true;
  const auto& transaction = checkpoint_->transaction;
  write("BDAT " + std::to_string(transaction.size - checkpoint_->offset) + " LAST");
  actions_.emplace_back(SendBody{transaction.id, Framing::counted, checkpoint_->offset});
}

void SmtpClient::on_checkpoint_data(const Reply& reply) {
  if (reply.refusal()) {
    checkpoint_results(Command::data, reply);
    needs_rset_ = true;
    return checkpoint_over();
  }
  if (reply.code != code_start_input) return fail("protocol violation: impossible reply to DATA");
  checkpoint_->body_is_going = true;
  actions_.emplace_back(SendBody{checkpoint_->transaction.id, Framing::dotted, checkpoint_->offset});
}

void SmtpClient::on_checkpoint_body(const Reply& reply) {
  if (!reply.done() && !reply.refusal()) {
    expected_.push_front({Command::body});  // that was no answer: the message stays in doubt
    return fail("protocol violation: impossible reply to the message");
  }
  if (checkpoint_->way != Way::data && reply.refusal()) return on_checkpoint_chunk_refused(reply);
  chunk_accepted_ = chunk_accepted_ || checkpoint_->way != Way::data;
  checkpoint_results(Command::body, reply);
  checkpoint_over();
}

// A refusal of the first BDAT of the session may be BDAT's. What the server has is then there for the next session,
// which goes by DATA.
void SmtpClient::on_checkpoint_chunk_refused(const Reply& reply) {
  if (!chunk_accepted_ || reply.of_command())
    return fail("protocol violation: BDAT was refused and had been obeyed before");
  flights_ = Flights::odd;
  chunks_ = Chunks::doubted;
  needs_rset_ = true;
  checkpoint_results(Command::body, reply);
  checkpoint_over();
}

void SmtpClient::checkpoint_result(std::size_t recipient, Command command, const Reply& reply) {
  auto verdict = reply.permanent() ? Verdict::refused : Verdict::deferred;
  if (reply.done()) verdict = Verdict::accepted;
  actions_.emplace_back(Result{checkpoint_->transaction.id, recipient, verdict, command, reply});
}

void SmtpClient::checkpoint_results(Command command, const Reply& reply) {
  for (const auto recipient : checkpoint_->accepted) checkpoint_result(recipient, command, reply);
}

void SmtpClient::checkpoint_over() {
  checkpoint_.reset();
  go_on();
}

}  // namespace mail
