#include "serialmail/smtp_run.h"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace serialmail {
namespace {

ConnectionPlan::Time now() {
  return std::chrono::duration_cast<ConnectionPlan::Time>(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace

SmtpRun::SmtpRun(SmtpSettings settings, const base::Directory& directory, Report& report, base::StopSignals& signals)
    : settings_(std::move(settings)),
      directory_(directory),
      report_(report),
      signals_(signals),
      files_(directory, settings_.prefix),
      plan_(settings_.connections) {
  plan_.set_up_takes(std::chrono::duration_cast<ConnectionPlan::Time>(settings_.login_time));
}

base::Result<void> SmtpRun::run(SmtpPeer peer) {
  address_ = peer.address;
  memories_.emplace(ServerMemories{{directory_, flights_note, address_, settings_.port},
                                   {directory_, no_flights_note, address_, settings_.port}});
  keep(begin_session(std::move(peer)));
  while (!sessions_.empty() && trouble_) {
    const auto ready = wait();
    measure();
    keep(ready ? step(*ready) : ready.error());
    end_sessions();
    if (trouble_ && !sessions_.empty()) plan_connections();
  }
  for (const auto& session : sessions_) {
    (void)session->end();
    report_.crossed(session->take_reading());
  }
  sessions_.clear();
  report_.line_ends();
  files_.note_rest_unsent();
  return trouble_ ? outcome_ : trouble_;
}

void SmtpRun::measure() {
  if (!report_.is_wanted()) return;
  for (const auto& session : sessions_) report_.crossed(session->take_reading());
  report_.line();
}

void SmtpRun::keep(base::Result<void> done) {
  if (trouble_ && !done) trouble_ = std::move(done);
}

base::Result<void> SmtpRun::begin_session(SmtpPeer peer) {
  ++begun_;
  auto options = settings_.client;
  options.flew_before = memories_->flights.server();
  options.stalled_before = memories_->no_flights.server();
  sessions_.push_back(
      std::make_unique<SmtpSession>(std::move(peer), std::move(options), directory_, files_, *memories_, report_));
  return sessions_.back()->start();
}

base::Result<SmtpRun::Ready> SmtpRun::wait() {
  const bool wants_name = next_for_file() != nullptr && !stopping_ && files_.input().valid();
  std::vector<pollfd> entries{
      pollfd{signals_.fd().get(), POLLIN, 0}, pollfd{wants_name ? files_.input().get() : -1, POLLIN, 0},
      pollfd{files_.output().get(), 0, 0}, login_ ? login_->waits_for() : pollfd{-1, 0, 0}, settings_.line.entry()};
  const std::size_t first = entries.size();  // of the sessions' two each
  base::Deadline deadline = login_ ? login_->deadline() : base::Deadline();
  bool is_pending = false;
  for (const auto& session : sessions_) {
    entries.push_back(session->reading());
    entries.push_back(session->writing());
    is_pending = is_pending || session->has_pending();
    deadline = base::earlier(deadline, session->deadline());
  }
  if (const auto due = plan_.due()) {
    deadline = base::earlier(deadline, base::Deadline::after(std::max(*due - now(), ConnectionPlan::Time{0})));
  }
  Ready ready;
  const int n = ::poll(entries.data(), entries.size(), is_pending ? 0 : deadline.poll_timeout());
  if (n < 0 && errno != EINTR) return base::system_failure("poll");
  const auto is_ready = [&](std::size_t i) { return n > 0 && entries[i].revents != 0; };
  ready.stop = is_ready(0);
  ready.name = is_ready(1);
  ready.deaf = n > 0 && (entries[2].revents & POLLERR) != 0;
  ready.login = is_ready(3) || (login_ && login_->deadline().passed());
  ready.gone = is_ready(4);
  for (std::size_t i = first; i < entries.size(); i += 2) {
    ready.sessions.push_back({is_ready(i) || sessions_[(i - first) / 2]->has_pending(), is_ready(i + 1)});
  }
  return ready;
}

base::Result<void> SmtpRun::step(const Ready& ready) {
  // Whoever named the files has gone: what we still learned could be told to nobody.
  if (ready.deaf) return base::system_failure("unable to write output", EPIPE);
  if (ready.gone) return LineWord::failure();
  if (ready.stop) {
    if (signals_.count() > 1) return base::temporary("stopped");
    stopping_ = true;
  }
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    if (ready.sessions[i].octets) sessions_[i]->on_octets();
    sessions_[i]->on_time();
  }
  // The next file before the last octets of this one: then its commands leave right behind them (RFC 2920 §3.1).
  if (ready.name) keep(files_.read());
  offer();
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    auto& session = *sessions_[i];
    if (ready.sessions[i].room && !session.is_done() && session.has_octets()) session.on_room();
    session.fill();
    keep(session.trouble());
  }
  if (ready.login) go_on_with_login();
  return {};
}

// Whoever has nothing on the way comes first.
SmtpSession* SmtpRun::next_for_file() const {
  SmtpSession* next = nullptr;
  for (const auto& session : sessions_) {
    if (session->is_done() || !session->wants_file()) continue;
    if (next == nullptr || (session->is_empty() && !next->is_empty())) next = session.get();
  }
  return next;
}

void SmtpRun::offer() {
  for (auto* session = next_for_file(); session != nullptr && trouble_; session = next_for_file()) {
    std::optional<Consignment> mail;
    if (!stopping_) {
      auto next = session->next_file();
      if (!next) return keep(next.error());
      mail = std::move(*next);
    }
    if (mail) {
      session->give(std::move(*mail));
    } else if (stopping_ || files_.ended()) {
      session->give_no_more();
    } else {
      return;
    }
    keep(session->trouble());
  }
}

void SmtpRun::plan_connections() {
  if (settings_.connections < 2) return;
  ConnectionPlan::Scene scene;
  scene.setting_up = login_ ? 1 : 0;
  scene.open = sessions_.size() + scene.setting_up;
  scene.mail_waits = !stopping_ && files_.has_more();
  for (const auto& session : sessions_) {
    if (session->is_opening()) ++scene.setting_up;
    if (session->has_octets()) ++scene.with_octets;
    scene.streams = scene.streams || session->streams();
  }
  if (const auto took = sessions_.front()->round_trip(); took && !sessions_.front()->is_opening()) {
    scene.in_lock_step = sessions_.front()->in_lock_step();
    plan_.exchange_took(std::chrono::duration_cast<ConnectionPlan::Time>(*took));
  }
  switch (plan_.observe(now(), scene)) {
    case ConnectionPlan::Advice::stay:
      return;
    case ConnectionPlan::Advice::open:
      return open_further();
    case ConnectionPlan::Advice::close:
      return close_one();
  }
}

void SmtpRun::open_further() {
  if (settings_.relay != nullptr) {
    if (login_) return;  // one at a time
    auto begun = settings_.relay->begin_further();
    if (!begun) return plan_.refused(sessions_.size());
    login_ = std::move(*begun);
    return go_on_with_login();
  }
  auto peer = connecting_peer(address_, settings_.port);
  if (!peer) return plan_.refused(sessions_.size());
  if (auto begun = begin_session(SmtpPeer(std::move(*peer))); !begun) keep(begun);
}

// What it fails of concerns that connection alone: the first one was let in.
void SmtpRun::go_on_with_login() {
  auto session = login_->go_on();
  if (session && !*session) return;
  login_.reset();
  if (!session) {
    base::log(base::Level::warning, "no further connection: " + session.error().text);
    return plan_.refused(sessions_.size());
  }
  if (auto begun = begin_session(SmtpPeer(std::move(**session))); !begun) keep(begun);
}

// One that has nothing to do says QUIT; if all have, the advice comes again.
void SmtpRun::close_one() {
  for (const auto& session : sessions_) {
    if (session->is_done() || !session->is_empty() || session->is_sending_body() || !session->wants_file()) continue;
    return session->give_no_more();
  }
}

void SmtpRun::end_sessions() {
  bool has_released = false;
  for (auto at = sessions_.begin(); at != sessions_.end();) {
    auto& session = **at;
    // A further connection that is not ready when there is nothing left to send, or could not be had, is no trouble.
    const bool is_extra = session.is_opening() && begun_ > 1 && sessions_.size() > 1;
    if (!session.is_done() && !(is_extra && mail_has_ended())) {
      ++at;
      continue;
    }
    if (is_extra) plan_.refused(sessions_.size() - 1);
    auto outcome = session.end();
    report_.crossed(session.take_reading());
    if (sessions_.size() > 1) {
      session.release();
      has_released = true;
    }
    if (outcome_ && !outcome && !is_extra) outcome_ = std::move(outcome);
    at = sessions_.erase(at);
  }
  if (has_released) offer();
}

}  // namespace serialmail
