#include "serialmail/smtp_run.h"

#include <poll.h>

#include <array>
#include <utility>

#include "base/bug.h"
#include "base/io.h"

namespace serialmail {
namespace {

using mail::SmtpClient;

constexpr std::size_t block_bytes = 16384;
constexpr std::chrono::milliseconds at_once{0};
constexpr std::chrono::seconds quit_patience{30};

// TLS fails in its own words, the system in errno's.
std::string reason_of(const base::Failure& failure) {
  return failure.error != 0 ? base::system_failure("", failure.error).text.substr(2) : failure.text;
}

char status_of(SmtpClient::Verdict verdict) {
  switch (verdict) {
    case SmtpClient::Verdict::accepted:
      return status_accepted;
    case SmtpClient::Verdict::refused:
      return status_refused;
    case SmtpClient::Verdict::deferred:
      return status_deferred;
  }
  base::bug("SmtpRun: bad verdict");
}

}  // namespace

SmtpPeer::SmtpPeer(Peer peer)
    : stream(std::move(peer.from), std::move(peer.to)),
      address(std::move(peer.address)),
      is_handed_down(peer.is_handed_down) {}

SmtpRun::SmtpRun(SmtpPeer peer, const std::string& prefix, const std::string& helo_name,
                 const base::Directory& directory, Report& report, base::StopSignals& signals)
    : peer_(std::move(peer)),
      report_(report),
      signals_(signals),
      client_({helo_name}),
      files_(directory, prefix),
      resumption_(directory, helo_name) {}

base::Result<void> SmtpRun::run() {
  if (auto set = peer_.stream.set_nonblocking(); !set) return set;
  handle(peer_.is_logged_in ? client_.start_behind_login(peer_.ehlo) : client_.start());
  while (!done_ && trouble_) {
    const auto ready = wait();
    if (!ready) {
      trouble_ = ready.error();
      break;
    }
    if (auto done = step(*ready); !done) trouble_ = done;
  }
  end_session();
  if (!trouble_) return trouble_;
  if (!done_->outcome && !network_error_.empty()) return base::temporary(network_error_);
  return done_->outcome;
}

base::Result<SmtpRun::Ready> SmtpRun::wait() {
  const bool wants_name = wanted_ && !stopping_ && files_.input().valid();
  const bool is_pending = peer_.stream.has_pending();
  std::array<pollfd, 5> entries{pollfd{signals_.fd().get(), POLLIN, 0}, peer_.stream.reading(),
                                waiting_.empty() ? pollfd{-1, 0, 0} : peer_.stream.writing(),
                                pollfd{wants_name ? files_.input().get() : -1, POLLIN, 0},
                                pollfd{files_.output().get(), 0, 0}};
  Ready ready;
  const int n = ::poll(entries.data(), entries.size(), is_pending ? 0 : deadline_.poll_timeout());
  if (n < 0 && errno == EINTR) return ready;
  if (n < 0) return base::system_failure("poll");
  ready.stop = entries[0].revents != 0;
  ready.reply = is_pending || entries[1].revents != 0;
  ready.room = entries[2].revents != 0;
  ready.name = entries[3].revents != 0;
  ready.deaf = (entries[4].revents & POLLERR) != 0;
  return ready;
}

base::Result<void> SmtpRun::step(const Ready& ready) {
  // Whoever named the files has gone: what we still learned could be told to nobody.
  if (ready.deaf) return base::system_failure("unable to write output", EPIPE);
  if (ready.stop) {
    if (signals_.count() > 1) return base::temporary("stopped");
    stopping_ = true;
  }
  if (ready.reply) read_replies();
  if (!done_ && deadline_.passed()) handle(client_.on(SmtpClient::Expired{}));
  // The next file before the last octets of this one: then its commands leave right behind them (RFC 2920 §3.1).
  if (ready.name) keep(files_.read());
  if (!done_) offer();
  if (ready.room && !done_ && !waiting_.empty()) write_some();
  return done_ ? base::Result<void>() : fill();
}

void SmtpRun::handle(SmtpClient::Actions actions) {
  for (auto& action : actions) handle_one(action);
}

void SmtpRun::handle_one(SmtpClient::Action& action) {
  if (auto* write = std::get_if<SmtpClient::Write>(&action)) {
    (body_ ? behind_body_ : waiting_) += write->bytes;
  } else if (auto* arm = std::get_if<SmtpClient::Arm>(&action)) {
    within_ = arm->within;
    deadline_ = within_.count() > 0 ? base::Deadline::after(within_) : base::Deadline();
  } else if (std::holds_alternative<SmtpClient::Want>(action)) {
    wanted_ = true;
  } else if (auto* body = std::get_if<SmtpClient::SendBody>(&action)) {
    begin_body(*body);
  } else if (auto* taken = std::get_if<SmtpClient::Keep>(&action)) {
    resumption_.keep(open_.at(taken->transaction).mail, taken->accepted, taken->replies);
    handle(client_.on(SmtpClient::Kept{}));
  } else if (auto* result = std::get_if<SmtpClient::Result>(&action)) {
    on_result(*result);
  } else {
    done_ = std::move(std::get<SmtpClient::Done>(action));
  }
}

void SmtpRun::begin_body(const SmtpClient::SendBody& action) {
  body_ = &open_.at(action.transaction);
  body_octets_ = action.offset;
  body_is_complete_ = is_noted_ = false;
  auto& mail = body_->mail;
  report_.begin(mail.body.name(), mail.body.octets());
  if (action.offset == 0) return;
  auto skipped = mail.body.skip(action.offset);
  if (skipped) return;
  // What the server has is not what we sent; the next attempt begins anew.
  resumption_.forget(mail);
  for (const auto& name : mail.names) keep(files_.record({name, status_left, skipped.error().text}));
  keep(std::move(skipped));
}

void SmtpRun::read_replies() {
  std::array<char, block_bytes> block;
  const auto n = peer_.stream.read_some(block, base::Deadline::after(at_once));
  if (!n && n.error().error == ETIMEDOUT && !deadline_.passed()) return;  // woken for nothing
  if (!n) return close_connection("network read error: " + reason_of(n.error()));
  if (*n == 0) return close_connection("network read error: end of file");
  handle(client_.on(SmtpClient::Octets{{block.data(), *n}}));
}

void SmtpRun::close_connection(std::string reason) {
  if (network_error_.empty()) network_error_ = std::move(reason);
  handle(client_.on(SmtpClient::Closed{}));
}

void SmtpRun::write_some() {
  const auto n = peer_.stream.write_some(waiting_, base::Deadline::after(at_once));
  if (!n && n.error().error == ETIMEDOUT) return;
  if (!n) return close_connection("network write error: " + reason_of(n.error()));
  waiting_.erase(0, *n);
  if (!body_) return;
  deadline_ = base::Deadline::after(within_);  // RFC 5321 §4.5.3.2.5: for each block
  if (body_octets_ > waiting_.size()) report_.octets(body_->mail.body.name(), body_octets_ - waiting_.size());
  if (!body_is_complete_ || !waiting_.empty()) return;
  body_ = nullptr;
  waiting_ = std::exchange(behind_body_, {});
  handle(client_.on(SmtpClient::BodySent{}));
}

// Keeps the buffer filled, so that the line never waits for the disk.
base::Result<void> SmtpRun::fill() {
  while (body_ && !body_is_complete_ && waiting_.size() < max_waiting_bytes) {
    auto piece = body_->mail.body.next();
    if (!piece) {
      // The server must never see a dot now. The files get their results, so that the next session goes past them.
      for (const auto& name : body_->mail.names) keep(files_.record({name, status_left, piece.error().text}));
      return piece.error();
    }
    if (piece->is_last) last_octets_go();
    body_is_complete_ = piece->is_last;
    body_octets_ += piece->octets.size();
    waiting_ += piece->octets;
  }
  return {};
}

void SmtpRun::offer() {
  while (wanted_ && trouble_) {
    std::optional<Consignment> mail;
    if (!stopping_) {
      const auto may_join = [this](const auto& one, const auto& other) { return resumption_.may_join(one, other); };
      auto next = client_.checkpoint() ? files_.next(may_join) : files_.next();
      if (!next) return keep(next.error());
      mail = std::move(*next);
    }
    if (!mail && !stopping_ && !files_.ended()) return;
    wanted_ = false;
    if (!mail) return handle(client_.on(SmtpClient::NoMore{}));
    const auto id = ++last_id_;
    const auto& body = mail->body;
    SmtpClient::Offer made{{id, body.envelope().sender, mail->recipients, body.octets(), body.eight_bit(), {}}};
    if (client_.checkpoint()) made.transaction.transid = resumption_.transid_for(*mail, peer_.address);
    open_.emplace(id, Sending{std::move(*mail), 0});
    handle(client_.on(made));
  }
}

void SmtpRun::on_result(const SmtpClient::Result& result) {
  const auto found = open_.find(result.transaction);
  if (found == open_.end() || result.recipient >= found->second.mail.names.size()) {
    base::bug("SmtpRun: a result for no file");
  }
  auto& sending = found->second;
  const bool is_servers = result.command != SmtpClient::Command::local && !peer_.address.empty();
  const std::string who = is_servers ? peer_.address + " said: " : "";
  keep(files_.record({sending.mail.names[result.recipient], status_of(result.verdict), who + result.reply.last_line}));
  if (++sending.answers < sending.mail.names.size()) return;
  // The body of a refused message may still be in hand; then the session ends now.
  if (body_ == &sending) {
    body_ = nullptr;
    waiting_.clear();
  }
  open_.erase(found);
}

// From here on the server may have the message without our knowing it.
void SmtpRun::last_octets_go() {
  files_.note_sending(body_->mail.names, peer_.address);
  is_noted_ = true;
}

void SmtpRun::keep(base::Result<void> done) {
  if (trouble_ && !done) trouble_ = std::move(done);
}

void SmtpRun::end_session() {
  if (body_) {
    if (is_noted_) files_.note_unsent(body_->mail.names);
  } else if (done_ && network_error_.empty() && !waiting_.empty()) {
    // QUIT. Where the connection is ours alone, its reply need not be awaited.
    const auto sent = peer_.stream.write_all(waiting_, base::Deadline::after(quit_patience));
    if (sent && peer_.is_handed_down) await_goodbye();
  }
  files_.note_rest_unsent();
  peer_.stream.close();
}

// The next session on a line begins with the server's next greeting, and must not find our 221 before it. Octet by
// octet, because what stands behind the reply is the next one's (RFC 5321 §4.1.1.10: the reply is to be waited for).
void SmtpRun::await_goodbye() {
  constexpr std::size_t code_bytes = 4;  // three digits, and a dash where more lines follow (§4.2.1)
  const auto deadline = base::Deadline::after(quit_patience);
  std::string line;
  for (std::array<char, 1> octet{};;) {
    const auto n = peer_.stream.read_some(octet, deadline);
    if (!n || *n == 0) return;
    if (octet[0] != '\n') {
      if (line.size() < code_bytes) line += octet[0];
      continue;
    }
    if (line.size() < code_bytes || line[3] != '-') return;
    line.clear();
  }
}

}  // namespace serialmail
