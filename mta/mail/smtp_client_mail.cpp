// SmtpClient's mail transactions: what is sent when, and what the replies to it mean.
#include <algorithm>
#include <numeric>
#include <utility>

#include "base/bug.h"
#include "mta/mail/smtp_client.h"

namespace mail {
namespace {

constexpr int code_start_input = 354;
constexpr int code_too_many = 452;
constexpr int code_too_large = 552;

// RFC 5321 §4.5.3.1.10: 452, and from some servers 552, which otherwise speaks of a full mailbox or a message too
// large; with another code (OpenSMTPD's 451) the enhanced one says it (RFC 3463 §3.6: X.5.3).
bool is_too_many(const Reply& reply) {
  return reply.code == code_too_many || reply.enhanced == "4.5.3" || reply.enhanced == "5.5.3" ||
         (reply.code == code_too_large && reply.enhanced.empty());
}

}  // namespace

void SmtpClient::on_rset(const Reply& reply) {
  if (take_stray(Command::rset, reply)) return;
  if (!extensions_.pipelining) send_mail(open_.front().transaction);
}

void SmtpClient::on_mail(const Reply& reply) {
  if (!reply.done() && !reply.refusal()) return fail("protocol violation: impossible reply to MAIL");
  auto& open = open_.front();
  open.mail_accepted = reply.done();
  if (!open.mail_accepted) {
    open.is_settled = true;
    for (const auto recipient : open.recipients) result(recipient, Command::mail, reply);
  }
  if (extensions_.pipelining) return;
  if (open.mail_accepted) return next_in_lock_step();
  transaction_over();
}

void SmtpClient::on_rcpt(std::size_t recipient, const Reply& reply) {
  if (!reply.done() && !reply.refusal()) return fail("protocol violation: impossible reply to RCPT");
  auto& open = open_.front();
  // Once MAIL was refused its reply is everybody's result, whatever the server makes of the rest of the group.
  if (open.mail_accepted) {
    if (reply.done()) {
      open.accepted.push_back(recipient);
    } else if (!open.accepted.empty() && is_too_many(reply)) {
      open.too_many.push_back(recipient);
    } else {
      result(recipient, Command::rcpt, reply);
    }
  }
  if (!extensions_.pipelining) return next_in_lock_step();
  if (recipient == open.recipients.back()) envelope_answered();
}

void SmtpClient::envelope_answered() {
  envelope_answered_ = true;
  auto& open = open_.front();
  open.is_settled = open.accepted.empty();
  switch (open.way) {
    case Way::data:
      return;
    case Way::chunk_in_order:
      if (!open.accepted.empty()) return send_chunk(open);
      needs_rset_ = open.mail_accepted;
      return transaction_over();
    case Way::chunk_at_once:
      if (!open.accepted.empty()) return;
      flights_ = Flights::odd;  // a body was wasted
      if (chunks_ != Chunks::unusable) chunks_ = Chunks::doubted;
      return;
  }
  base::bug("SmtpClient: bad way");
}

void SmtpClient::on_data(const Reply& reply) {
  if (reply.code != code_start_input && !reply.refusal()) return fail("protocol violation: impossible reply to DATA");
  auto& open = open_.front();
  if (reply.refusal()) {
    result_for_accepted(Command::data, reply);
    needs_rset_ = open.mail_accepted;
    return transaction_over();
  }
  if (!open.accepted.empty()) return begin_body(open);
  // RFC 2920 §3.1: the server waits for content though it has no recipient; the dot alone gets us out.
  open.stage = Stage::answer;
  send(Command::lone_dot, ".");
}

void SmtpClient::on_body(const Reply& reply) {
  if (!reply.done() && !reply.refusal()) {
    expected_.push_front({Command::body});  // that was no answer: the message stays in doubt
    return fail("protocol violation: impossible reply to the message");
  }
  if (open_.front().way != Way::data) return on_chunk(reply);
  result_for_accepted(Command::body, reply);
  transaction_over();
}

void SmtpClient::on_chunk(const Reply& reply) {
  auto& open = open_.front();
  if (reply.done()) {
    if (open.accepted.empty()) return fail("protocol violation: a message without recipients was accepted");
    chunk_accepted_ = true;
    bound_.answered(now_ - open.sent);
    if (chunks_ != Chunks::unusable) chunks_ = Chunks::trusted;
    if (open.way == Way::chunk_at_once && flights_ == Flights::none) flights_ = Flights::good;
    result_for_accepted(Command::body, reply);
    return transaction_over();
  }
  flights_ = Flights::odd;
  strays_may_come_ = !chunk_accepted_;
  if (open.accepted.empty()) {
    // Its octets may still come back as replies; a RSET's own one tells.
    needs_rset_ = open_.size() == 1;
    return transaction_over();
  }
  if (!chunk_accepted_) {
    chunks_ = Chunks::unusable;
    if (open_.size() > 1) return again_by_data();  // the RSET of the next is on its way
    open.stage = Stage::clearing;
    return send(Command::clear, "RSET");
  }
  if (reply.of_command()) return fail("protocol violation: BDAT was refused and had been obeyed before");
  chunks_ = Chunks::doubted;
  result_for_accepted(Command::body, reply);
  needs_rset_ = open_.size() == 1;
  transaction_over();
}

void SmtpClient::on_clear(const Reply& reply) {
  if (!take_stray(Command::clear, reply)) again_by_data();
}

// A server that did not take the octets of a refused BDAT answers each line of them, and never positively: no line of
// them is a command. So the first positive reply is RSET's.
bool SmtpClient::take_stray(Command command, const Reply& reply) {
  if (reply.done()) {
    strays_may_come_ = false;
    stray_replies_ = 0;
    return false;
  }
  if (strays_may_come_ && ++stray_replies_ <= max_stray_replies) {
    expected_.push_front({command});
  } else {
    fail("protocol violation: RSET was refused");
  }
  return true;
}

void SmtpClient::again_by_data() {
  Open open = std::move(open_.front());
  open_.pop_front();
  open.recipients = std::exchange(open.accepted, {});
  open.recipients.insert(open.recipients.end(), open.too_many.begin(), open.too_many.end());
  further_.push_back({std::move(open.transaction), std::move(open.recipients)});
  go_on();
}

void SmtpClient::on_lone_dot() {
  needs_rset_ = true;
  transaction_over();
}

void SmtpClient::go_on() {
  if (state_ != State::mailing || checkpoint_) return;
  while (may_begin() && begin_next()) {
  }
  if (checkpoint_) return;
  if (open_.empty() && further_.empty() && !offered_ && no_more_) return quit({});
  if (open_.empty()) want();
}

// RFC 2920 §3.1: content may be the first of a group, so the next envelope need not wait for its reply. For BDAT that
// is our reading: RFC 3030 is silent, and a RSET stands between.
bool SmtpClient::may_begin() const {
  if (open_.empty()) return true;
  if (!extensions_.pipelining) return false;
  const bool is_bounded = chunks_ != Chunks::trusted && open_.size() >= FlightBound::always_in_flight;
  if (is_bounded || !bound_.has_room(open_.size(), now_ - open_.front().sent)) return false;
  const auto& last = open_.back();
  if (last.stage != Stage::answer || last.way == Way::chunk_in_order) return false;
  return expected_.back().command == Command::body;  // not behind a lone dot
}

bool SmtpClient::begin_next() {
  if (!further_.empty()) {
    auto part = std::move(further_.front());
    further_.pop_front();
    begin_envelope(std::move(part));
    return true;
  }
  if (!offered_) return false;
  if (offered_->transid) {
    if (open_.empty()) begin_checkpoint();
    return false;
  }
  Part all{*std::exchange(offered_, std::nullopt), {}};
  all.recipients.resize(all.transaction.recipients.size());
  std::iota(all.recipients.begin(), all.recipients.end(), std::size_t{0});
  begin_envelope(std::move(all));
  return true;
}

SmtpClient::Way SmtpClient::way_for(const Transaction& transaction) const {
  if (transaction.command_like || transaction.size > max_chunk_bytes) return Way::data;
  switch (chunks_) {
    case Chunks::unusable:
      return Way::data;
    case Chunks::untried:
    case Chunks::doubted:
      return Way::chunk_in_order;
    case Chunks::remembered:
    case Chunks::trusted:
      return Way::chunk_at_once;
  }
  base::bug("SmtpClient: bad trust in BDAT");
}

void SmtpClient::begin_envelope(Part part) {
  // A BDAT that fails leaves the server in a state that nobody knows (RFC 3030 §2): what follows it begins with RSET.
  const bool follows_chunk = !open_.empty() && open_.back().way != Way::data;
  auto& open = open_.emplace_back();
  static_cast<Part&>(open) = std::move(part);
  open.way = way_for(open.transaction);
  if (std::exchange(needs_rset_, false) || follows_chunk) {
    send(Command::rset, "RSET");
    if (!extensions_.pipelining) return;
  }
  send_mail(open.transaction);
  if (!extensions_.pipelining) return;
  for (const auto i : open.recipients) send(Command::rcpt, "RCPT TO:" + to_smtp(open.transaction.recipients[i]), i);
  if (open.way == Way::data) send(Command::data, "DATA");
  if (open.way == Way::chunk_at_once) send_chunk(open);
}

void SmtpClient::send_mail(const Transaction& transaction) {
  std::string line = "MAIL FROM:" + to_smtp(transaction.sender);
  if (extensions_.size && transaction.size >= size_parameter_from_bytes) {
    line += " SIZE=" + std::to_string(transaction.size);
  }
  if (extensions_.eight_bit_mime && transaction.eight_bit) line += " BODY=8BITMIME";
  send(Command::mail, line);
}

void SmtpClient::next_in_lock_step() {
  auto& open = open_.front();
  if (open.next_recipient < open.recipients.size()) {
    const auto i = open.recipients[open.next_recipient++];
    return send(Command::rcpt, "RCPT TO:" + to_smtp(open.transaction.recipients[i]), i);
  }
  if (!open.accepted.empty()) return send(Command::data, "DATA");
  needs_rset_ = true;
  transaction_over();
}

void SmtpClient::begin_body(Open& open) {
  open.stage = Stage::body;
  actions_.emplace_back(SendBody{open.transaction.id, open.way == Way::data ? Framing::dotted : Framing::counted});
  want();
}

void SmtpClient::send_chunk(Open& open) {
  progress_ = true;
  write("BDAT " + std::to_string(open.transaction.size) + " LAST");
  begin_body(open);
}

// The first transaction has all its replies.
void SmtpClient::transaction_over() {
  auto over = std::move(open_.front());
  open_.pop_front();
  if (!over.too_many.empty()) further_.push_back({std::move(over.transaction), std::move(over.too_many)});
  go_on();
}

void SmtpClient::result(std::size_t recipient, Command command, const Reply& reply) {
  auto verdict = Verdict::deferred;
  if (reply.done()) verdict = Verdict::accepted;
  if (reply.permanent()) verdict = Verdict::refused;
  actions_.emplace_back(Result{open_.front().transaction.id, recipient, verdict, command, reply});
}

void SmtpClient::result_for_accepted(Command command, const Reply& reply) {
  for (const auto recipient : open_.front().accepted) result(recipient, command, reply);
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

}  // namespace mail
