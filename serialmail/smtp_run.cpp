#include "serialmail/smtp_run.h"

#include <poll.h>

#include <array>
#include <ctime>
#include <utility>

#include "base/bug.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "mta/mail/maildir_scan.h"

namespace serialmail {
namespace {

using mail::SmtpClient;

constexpr std::size_t block_bytes = 16384;
constexpr std::chrono::milliseconds at_once{0};
constexpr std::chrono::seconds quit_patience{30};

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

SmtpRun::SmtpRun(Peer peer, std::string prefix, const std::string& helo_name, const base::Directory& directory,
                 Report& report, base::StopSignals& signals)
    : peer_(std::move(peer)),
      prefix_(std::move(prefix)),
      directory_(directory),
      report_(report),
      signals_(signals),
      client_({helo_name}),
      journal_(directory),
      input_(0),
      output_(1) {}

base::Result<void> SmtpRun::run() {
  for (const auto* fd : {&peer_.from, &peer_.to}) {
    if (auto set = base::set_nonblocking(*fd, true); !set) return set;
  }
  handle(client_.start());
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
  const bool wants_name = wanted_ && !stopping_ && input_.valid();
  std::array<pollfd, 5> entries{pollfd{signals_.fd().get(), POLLIN, 0}, pollfd{peer_.from.get(), POLLIN, 0},
                                pollfd{waiting_.empty() ? -1 : peer_.to.get(), POLLOUT, 0},
                                pollfd{wants_name ? input_.get() : -1, POLLIN, 0}, pollfd{output_.get(), 0, 0}};
  Ready ready;
  const int n = ::poll(entries.data(), entries.size(), deadline_.poll_timeout());
  if (n < 0 && errno == EINTR) return ready;
  if (n < 0) return base::system_failure("poll");
  ready.stop = entries[0].revents != 0;
  ready.reply = entries[1].revents != 0;
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
  if (ready.name) read_names();
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
    body_ = &open_.at(body->transaction);
    body_octets_ = 0;
    body_is_complete_ = is_noted_ = false;
    report_.begin(body_->name(), body_->octets());
  } else if (auto* result = std::get_if<SmtpClient::Result>(&action)) {
    on_result(*result);
  } else {
    done_ = std::move(std::get<SmtpClient::Done>(action));
  }
}

void SmtpRun::read_replies() {
  std::array<char, block_bytes> block;
  const auto n = base::read_some(peer_.from, block, base::Deadline::after(at_once));
  if (!n && n.error().error == ETIMEDOUT && !deadline_.passed()) return;  // woken for nothing
  if (!n) return close_connection(base::system_failure("network read error", n.error().error).text);
  if (*n == 0) return close_connection("network read error: end of file");
  handle(client_.on(SmtpClient::Octets{{block.data(), *n}}));
}

void SmtpRun::close_connection(std::string reason) {
  if (network_error_.empty()) network_error_ = std::move(reason);
  handle(client_.on(SmtpClient::Closed{}));
}

void SmtpRun::write_some() {
  const auto n = base::write_some(peer_.to, waiting_, base::Deadline::after(at_once));
  if (!n && n.error().error == ETIMEDOUT) return;
  if (!n) return close_connection(base::system_failure("network write error", n.error().error).text);
  waiting_.erase(0, *n);
  if (!body_) return;
  deadline_ = base::Deadline::after(within_);  // RFC 5321 §4.5.3.2.5: for each block
  if (body_octets_ > waiting_.size()) report_.octets(body_->name(), body_octets_ - waiting_.size());
  if (!body_is_complete_ || !waiting_.empty()) return;
  body_ = nullptr;
  waiting_ = std::exchange(behind_body_, {});
  handle(client_.on(SmtpClient::BodySent{}));
}

// Keeps the buffer filled, so that the line never waits for the disk.
base::Result<void> SmtpRun::fill() {
  while (body_ && !body_is_complete_ && waiting_.size() < max_waiting_bytes) {
    auto piece = body_->next();
    if (!piece) {
      // The server must never see a dot now. The file gets its result, so that the next session goes past it.
      record({body_->name(), status_left, piece.error().text});
      return piece.error();
    }
    if (piece->is_last) last_octets_go();
    body_is_complete_ = piece->is_last;
    body_octets_ += piece->octets.size();
    waiting_ += piece->octets;
  }
  return {};
}

void SmtpRun::read_names() {
  std::array<char, block_bytes> block;
  const auto n = base::read_some(input_, block);
  if (!n) {
    trouble_ = base::system_failure("unable to read input", n.error().error);
    return;
  }
  if (*n == 0) input_.reset();
  names_.feed({block.data(), *n});
}

void SmtpRun::offer() {
  while (wanted_) {
    if (!stopping_ && !names_.empty()) {
      const std::string name = names_.take();
      Unfit unfit;
      auto outgoing = Outgoing::open(directory_, name, prefix_, unfit);
      if (!outgoing) {
        refuse(name, unfit);
        continue;
      }
      const auto id = ++last_id_;
      const auto& file = open_.emplace(id, std::move(*outgoing)).first->second;
      wanted_ = false;
      handle(client_.on(SmtpClient::Offer{
          {id, file.envelope().sender, {file.envelope().recipient}, file.octets(), file.eight_bit()}}));
    } else if (stopping_ || !input_.valid()) {
      wanted_ = false;
      handle(client_.on(SmtpClient::NoMore{}));
    } else {
      return;
    }
  }
}

void SmtpRun::refuse(const std::string& name, const Unfit& unfit) {
  if (unfit.kind == Unfit::Kind::gone) return;
  if (unfit.kind == Unfit::Kind::on_hold && is_spool_file(name)) {
    note({mail::hold_record(mail::unique_name(name), base::read_clock().wall_seconds, unfit.hold)});
  }
  record({name, status_left, unfit.text});
}

void SmtpRun::on_result(const SmtpClient::Result& result) {
  const auto found = open_.find(result.transaction);
  if (found == open_.end()) base::bug("SmtpRun: a result for no transaction");
  const bool is_servers = result.command != SmtpClient::Command::local && !peer_.address.empty();
  const std::string who = is_servers ? peer_.address + " said: " : "";
  record({found->second.name(), status_of(result.verdict), who + result.reply.last_line});
  // The body of a refused message may still be in hand; then the session ends now.
  if (body_ == &found->second) {
    body_ = nullptr;
    waiting_.clear();
  }
  open_.erase(found);
}

void SmtpRun::record(const ResultRecord& record) {
  const auto written = base::write_all(output_, format_result(record));
  if (!written) trouble_ = base::system_failure("unable to write output", written.error().error);
}

void SmtpRun::note(const std::vector<mail::Fields>& records) {
  const auto noted = journal_.append(records);
  if (!noted && !warned_) {
    base::log(base::Level::warning, "going on without the spool's journal: " + noted.error().text);
    warned_ = true;
  }
}

// From here on the server may have the message without our knowing it.
void SmtpRun::last_octets_go() {
  if (!is_spool_file(body_->name())) return;
  const std::string server = peer_.address.empty() ? "unknown" : peer_.address;
  note({mail::sending_record(mail::unique_name(body_->name()), base::read_clock().wall_seconds, server)});
  is_noted_ = true;
}

void SmtpRun::last_octets_stay() {
  note({mail::unsent_record(mail::unique_name(body_->name()), base::read_clock().wall_seconds)});
}

void SmtpRun::end_session() {
  if (body_) {
    if (is_noted_) last_octets_stay();
  } else if (done_ && network_error_.empty() && !waiting_.empty()) {
    // QUIT. Where the connection is ours alone, its reply need not be awaited.
    const auto sent = base::write_all(peer_.to, waiting_, base::Deadline::after(quit_patience));
    if (sent && peer_.is_handed_down) await_goodbye();
  }
  peer_.from.reset();
  peer_.to.reset();
}

// The next session on a line begins with the server's next greeting, and must not find our 221 before it. Octet by
// octet, because what stands behind the reply is the next one's (RFC 5321 §4.1.1.10: the reply is to be waited for).
void SmtpRun::await_goodbye() {
  constexpr std::size_t code_bytes = 4;  // three digits, and a dash where more lines follow (§4.2.1)
  const auto deadline = base::Deadline::after(quit_patience);
  std::string line;
  for (std::array<char, 1> octet{};;) {
    const auto n = base::read_some(peer_.from, octet, deadline);
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
