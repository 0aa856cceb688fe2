#include "serialmail/qmtp_run.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/bug.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "serialmail/server_note.h"

namespace serialmail {
namespace {

using mail::QmtpClient;

constexpr const char* note_name = "qmtp-one-recipient";
constexpr unsigned no_port = 0;  // of inherited descriptors it is not known
constexpr std::size_t block_bytes = 16384;
// Octets that may wait for the line in our own buffer, and how many are written at once: what was written is taken for
// gone, so no more of it than the kernel is to hold.
constexpr std::size_t max_waiting_bytes = 16384;
constexpr std::size_t max_write_bytes = 4096;
constexpr std::chrono::milliseconds at_once{0};

char status_of(QmtpClient::Verdict verdict) {
  switch (verdict) {
    case QmtpClient::Verdict::accepted:
      return status_accepted;
    case QmtpClient::Verdict::refused:
      return status_refused;
    case QmtpClient::Verdict::deferred:
      return status_deferred;
  }
  base::bug("QmtpRun: bad verdict");
}

QmtpClient::Time now() {
  return std::chrono::duration_cast<QmtpClient::Time>(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace

QmtpRun::QmtpRun(Peer peer, QmtpSettings settings, const base::Directory& directory, Report& report,
                 base::StopSignals& signals)
    : peer_(std::move(peer)),
      directory_(directory),
      line_(settings.line),
      report_(report),
      signals_(signals),
      files_(directory, std::move(settings.prefix)) {
  const auto note = read_server_note(directory_, note_name);
  one_recipient_ = note && note->holds(server(), no_port, base::read_clock().wall_seconds, one_recipient_kept);
}

// As it is remembered.
std::string QmtpRun::server() const { return peer_.address.empty() ? "unknown" : peer_.address; }

base::Result<void> QmtpRun::run() {
  for (const auto* fd : {&peer_.from, &peer_.to}) {
    if (auto set = base::set_nonblocking(*fd, true); !set) return set;
  }
  keep_little_unsent(peer_.to.get());
  if (peer_.is_handed_down) taken_ = read_line(peer_.to.get(), up_, down_);
  handle(client_.start(now()));
  while (!done_ && trouble_) {
    const auto ready = wait();
    measure();
    keep(ready ? step(*ready) : ready.error());
  }
  drop_body();
  files_.note_rest_unsent();
  measure();
  report_.line_ends();
  peer_.from.reset();
  peer_.to.reset();
  return trouble_ ? done_->outcome : trouble_;
}

void QmtpRun::measure() {
  if (!report_.is_wanted()) return;
  const auto reading = read_line(peer_.to.get(), up_, down_);
  report_.crossed(reading.since(std::exchange(taken_, reading)));
  report_.line();
}

void QmtpRun::keep(base::Result<void> done) {
  if (trouble_ && !done) trouble_ = std::move(done);
}

base::Result<QmtpRun::Ready> QmtpRun::wait() {
  const bool wants_name = wanted_ && !stopping_ && files_.input().valid();
  std::array<pollfd, 6> entries{pollfd{signals_.fd().get(), POLLIN, 0},
                                pollfd{peer_.from.get(), POLLIN, 0},
                                pollfd{waiting_.empty() ? -1 : peer_.to.get(), POLLOUT, 0},
                                pollfd{wants_name ? files_.input().get() : -1, POLLIN, 0},
                                pollfd{files_.output().get(), 0, 0},
                                line_.entry()};
  Ready ready;
  const int n = ::poll(entries.data(), entries.size(), deadline_.poll_timeout());
  if (n < 0 && errno == EINTR) return ready;
  if (n < 0) return base::system_failure("poll");
  ready.stop = entries[0].revents != 0;
  ready.response = entries[1].revents != 0;
  ready.room = entries[2].revents != 0;
  ready.name = entries[3].revents != 0;
  ready.deaf = (entries[4].revents & POLLERR) != 0;
  ready.gone = entries[5].revents != 0;
  return ready;
}

base::Result<void> QmtpRun::step(const Ready& ready) {
  // Whoever named the files has gone: what we still learned could be told to nobody.
  if (ready.deaf) return base::system_failure("unable to write output", EPIPE);
  if (ready.gone) return LineWord::failure();
  if (ready.stop) {
    if (signals_.count() > 1) return base::temporary("stopped");
    stopping_ = true;
  }
  if (ready.response) read_responses();
  if (!done_ && deadline_.passed()) tell(QmtpClient::Expired{});
  if (ready.name) keep(files_.read());
  if (!done_) offer();
  if (ready.room && !done_ && !waiting_.empty()) write_some();
  if (!done_) fill();
  return {};
}

void QmtpRun::tell(const QmtpClient::Event& event) { handle(client_.on(event, now())); }

void QmtpRun::handle(QmtpClient::Actions actions) {
  for (auto& action : actions) handle_one(action);
}

void QmtpRun::handle_one(QmtpClient::Action& action) {
  if (auto* arm = std::get_if<QmtpClient::Arm>(&action)) {
    within_ = arm->within;
    deadline_ = within_.count() > 0 ? base::Deadline::after(within_) : base::Deadline();
  } else if (std::holds_alternative<QmtpClient::Want>(action)) {
    wanted_ = true;
  } else if (auto* send = std::get_if<QmtpClient::SendPackage>(&action)) {
    begin(*send);
  } else if (auto* result = std::get_if<QmtpClient::Result>(&action)) {
    on_result(*result);
  } else {
    on_done(std::move(std::get<QmtpClient::Done>(action)));
  }
}

void QmtpRun::on_done(QmtpClient::Done done) {
  if (done.answers_once) {
    const auto noted =
        write_server_note(directory_, note_name, {base::read_clock().wall_seconds, server(), no_port, ""});
    if (!noted) base::log(base::Level::warning, noted.error().text);
  }
  done_ = std::move(done);
}

void QmtpRun::begin(QmtpClient::SendPackage& send) {
  if (!offered_ || send.package != last_id_) base::bug("QmtpRun: a package that was not offered");
  const std::size_t before = send.before.size();
  body_ = Body{std::move(*std::exchange(offered_, std::nullopt)), std::move(send.behind), before, before, false};
  waiting_ += send.before;
  unanswered_.emplace(send.package, Unanswered{body_->mail.names, body_->mail.body.lf_octets()});
  report_.begin(body_->mail.body.name(), body_->mail.body.lf_octets());
}

void QmtpRun::read_responses() {
  std::array<char, block_bytes> block;
  const auto n = base::read_some(peer_.from, block, base::Deadline::after(at_once));
  if (!n && n.error().error == ETIMEDOUT && !deadline_.passed()) return;  // woken for nothing
  if (!n) return tell(QmtpClient::Closed{base::system_failure("network read error", n.error().error).text});
  if (*n == 0) return tell(QmtpClient::Closed{"network read error: end of file"});
  down_ += *n;
  tell(QmtpClient::Octets{{block.data(), *n}});
}

void QmtpRun::write_some() {
  const auto block = std::string_view(waiting_).substr(0, max_write_bytes);
  const auto n = base::write_some(peer_.to, block, base::Deadline::after(at_once));
  if (!n && n.error().error == ETIMEDOUT) return;
  if (!n) return break_off(base::system_failure("network write error", n.error().error));
  waiting_.erase(0, *n);
  up_ += *n;
  deadline_ = base::Deadline::after(within_);  // RFC 5321 §4.5.3.2.5: for each block
  const std::uint64_t gone = body_->octets - waiting_.size();
  const auto& file = body_->mail.body;
  if (gone > body_->before) report_.octets(file.name(), std::min(gone - body_->before, file.lf_octets()));
  if (!body_->is_complete || !waiting_.empty()) return;
  body_.reset();
  tell(QmtpClient::PackageSent{});
}

// Keeps the buffer filled, so that the line never waits for the disk.
void QmtpRun::fill() {
  while (body_ && !body_->is_complete && waiting_.size() < max_waiting_bytes) {
    auto piece = body_->mail.body.next_lf();
    if (!piece) {
      // The package has to stay torn. The files get their results, so that the next session goes past them.
      for (const auto& name : body_->mail.names) keep(files_.record({name, status_left, piece.error().text}));
      body_.reset();
      return break_off(base::temporary(piece.error().text));
    }
    if (piece->is_last) {
      files_.note_sending(body_->mail.names, peer_.address);
      piece->octets += body_->behind;
      body_->is_complete = true;
    }
    body_->octets += piece->octets.size();
    waiting_ += piece->octets;
  }
}

// The responses to what has left are still worth waiting for: without them it would be sent again.
void QmtpRun::break_off(const base::Failure& why) {
  drop_body();
  tell(QmtpClient::Broken{why});
}

void QmtpRun::drop_body() {
  if (body_ && body_->is_complete) files_.note_unsent(body_->mail.names);
  if (body_ && trouble_ && body_->octets > waiting_.size() + body_->before) files_.note_cut(body_->mail.names);
  body_.reset();
  waiting_.clear();
}

void QmtpRun::offer() {
  while (wanted_ && trouble_ && !done_) {
    std::optional<Consignment> mail;
    if (!stopping_) {
      auto next = files_.next([this](const auto&, const auto&) { return !one_recipient_; });
      if (!next) return keep(next.error());
      mail = std::move(*next);
    }
    if (!mail && !stopping_ && !files_.ended()) return;
    wanted_ = false;
    if (!mail) return tell(QmtpClient::NoMore{});
    QmtpClient::Offer made{{++last_id_, mail->body.envelope().sender, mail->recipients, mail->body.lf_octets()}};
    offered_ = std::move(*mail);
    tell(made);
  }
}

void QmtpRun::on_result(const QmtpClient::Result& result) {
  const auto found = unanswered_.find(result.package);
  if (found == unanswered_.end() || result.recipient >= found->second.names.size()) {
    base::bug("QmtpRun: a result for no file");
  }
  auto& package = found->second;
  const std::string who = peer_.address.empty() ? "" : peer_.address + " said: ";
  keep(files_.record({package.names[result.recipient], status_of(result.verdict), who + result.text}));
  if (result.verdict == QmtpClient::Verdict::accepted && !std::exchange(package.is_delivered, true)) {
    report_.delivered(package.octets);
  }
  if (++package.answers == package.names.size()) unanswered_.erase(found);
}

}  // namespace serialmail
