#include "serialmail/flush.h"

#include <unistd.h>

#include <utility>

#include "base/log.h"
#include "base/run.h"
#include "base/status_line.h"
#include "serialmail/result_stream.h"

namespace serialmail {
namespace {

void info(const std::string& text) { base::log(base::Level::info, text); }
void warn(const std::string& text) { base::log(base::Level::warning, text); }

// A spool is looked at in pieces of this, between which the client is listened to.
constexpr std::chrono::milliseconds look_span{2};
// Names are given when the whole spool has been looked at, but not later than this after the client was started. From
// then on a further piece of it is looked at before each name.
constexpr std::chrono::milliseconds max_wait_for_names{1000};
constexpr std::chrono::milliseconds look_span_per_name{100};

// What the client says on a terminal, where our status line may stand.
void pass_on(std::string_view line) {
  base::clear_status();
  // As with log(): nothing is lost with it but itself.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, (std::string(line) + "\n").data(), line.size() + 1);
}

FlushTime now() { return std::chrono::steady_clock::now(); }

}  // namespace

Flush::Flush(const base::Directory& maildir, const FlushSettings& settings, std::vector<std::string> client,
             Report& report, base::StopSignals& signals)
    : maildir_(maildir),
      settings_(settings),
      client_(std::move(client)),
      report_(report),
      signals_(signals),
      journal_(maildir),
      settlement_(maildir, settings, journal_, books_, report, clock_),
      survey_(maildir, settings, journal_, books_, settlement_, clock_),
      order_(settings.order, now()) {
  settlement_.set_history(&survey_.history());
}

base::Result<int> Flush::run() {
  auto lock = lock_spool(maildir_);
  if (!lock) return lock.error();
  if (lock->trouble) settlement_.folder_trouble(*lock->trouble);
  lock_ = std::move(lock->fd);
  clock_ = SpoolClock::load(maildir_);
  if (auto compacted = journal_.compact(); !compacted) settlement_.folder_trouble(compacted.error());

  arrivals_.watch();
  base::Result<int> status = 0;
  for (bool is_first = true;; is_first = false) {
    const auto end = pass(is_first);
    if (!end) {
      status = end.error();
      break;
    }
    if (*end != PassEnd::go_on) break;
  }
  save_clock();
  tell_kept_back();
  if (status && books_.mail_is_left()) status = base::exit_temporary;
  return status;
}

base::Result<Flush::PassEnd> Flush::pass(bool is_first) {
  if (signals_.count() > 0 && !is_first) return PassEnd::stopped;
  clock_.observe();
  if (clock_.trusted()) mail::sweep_tmp(maildir_, clock_.now());
  arrivals_.take();  // the survey finds all of them
  if (auto begun = survey_.begin(is_first); !begun) return begun.error();
  books_.begin_pass();
  order_.begin({});
  judged_ = 0;
  has_order_ = false;
  held_names_.clear();
  const auto stop = [&] {
    survey_.leave_rest();
    return PassEnd::stopped;
  };
  while (!is_worth_running()) {
    if (survey_.is_over()) {
      order_.begin(survey_.take());
      announce(is_first);
      order_.next(now());  // what the bounds keep is noted
      return PassEnd::nothing_to_send;
    }
    if (signals_.count() > 0) return stop();
    look_for(look_span);
  }
  if (signals_.count() > 0) return stop();
  if (settings_.line.is_given()) {
    survey_.leave_rest();
    return LineWord::failure();
  }

  ClientEvents events;
  const auto names_due = now() + max_wait_for_names;
  if (survey_.is_over()) prepare(names_due, is_first);
  events.prepare = [&, names_due] { return prepare(names_due, is_first); };
  events.next_names = [&] { return next_names(is_first); };
  events.result = [&](const ResultRecord& record) { take_result(record); };
  events.line = settings_.line;
  events.report_descriptor = settings_.client_report;
  if (report_.listens()) events.report = [&](std::string_view line) { report_.client_said(line); };
  if (report_.listens() && base::has_status_line()) events.said = [](std::string_view line) { pass_on(line); };
  events.due = [&] { return settlement_.due(); };
  events.tick = [&] { settlement_.settle_if_due(); };
  const auto outcome = run_client(client_, lock_, signals_, events);
  settlement_.settle();
  survey_.leave_rest();
  if (!outcome) return outcome.error();
  note_unknown();
  switch (*outcome) {
    case ClientOutcome::refused:
      return base::permanent("");  // the client has said why
    case ClientOutcome::crashed:
      return base::temporary("client crashed");
    case ClientOutcome::stopped:
      return PassEnd::stopped;
    case ClientOutcome::line_gone:
      return LineWord::failure();
    case ClientOutcome::ended:
      break;
  }
  if (signals_.count() > 0) return PassEnd::stopped;
  if (!books_.end_pass()) return base::temporary("making no progress, giving up");
  return PassEnd::go_on;
}

void Flush::look_for(std::chrono::milliseconds span) {
  for (const auto until = now() + span; !survey_.is_over();) {
    survey_.look();
    if (now() >= until) return;
  }
}

// Whether something was found that can go: before that a client would make a connection for nothing.
bool Flush::is_worth_running() {
  const auto& found = survey_.found();
  while (judged_ < found.size() && !order_.may_go(found[judged_], now())) ++judged_;
  return judged_ < found.size();
}

// While the client connects, the rest of the spool is looked at. False: names can be given.
bool Flush::prepare(FlushTime names_due, bool is_first) {
  if (has_order_) return false;
  if (!survey_.is_over() && now() < names_due) look_for(look_span);
  if (!survey_.is_over() && now() < names_due) return true;
  order_.begin(survey_.take());
  has_order_ = true;
  announce(is_first);
  return false;
}

void Flush::announce(bool is_first) {
  std::size_t files = 0;
  std::uint64_t octets = 0;
  std::size_t unknown = 0;
  order_.foresee(now(), [&](const Candidate& candidate, std::optional<Bound> bound) {
    if (bound) return;
    ++files;
    octets += candidate.line_octets();
    const auto* past = survey_.history().find(candidate.unique());
    if (past && past->is_unknown) ++unknown;
  });
  if (files > 0 || is_first) report_.planned(files, octets, unknown);
}

std::string Flush::next_names(bool is_first) {
  if (!survey_.is_over()) {
    look_for(look_span_per_name);
    order_.add(survey_.take());
    if (survey_.is_over()) announce(is_first);
  }
  take_arrivals();
  std::string names = std::exchange(held_names_, {});
  for (auto messages = pace_.at_once(now()); messages > 0; --messages) {
    auto more = names_of_next();
    if (more.empty()) break;
    if (!names.empty() && names.size() + more.size() > max_names_bytes) {
      held_names_ = std::move(more);
      break;
    }
    names += more;
  }
  return names;
}

// A name, or those of all copies of a message.
std::string Flush::names_of_next() {
  std::string names;
  for (auto next = order_.next(now()); next; next = order_.next_copy(now())) {
    books_.give(*next);
    (names += next->path) += '\0';
  }
  return names;
}

// What is more urgent than something that still waits goes before that; the rest, and whatever is not in order with
// what has come, is left to the next pass.
void Flush::take_arrivals() {
  for (const auto& path : arrivals_.take()) {
    const auto candidate = survey_.look_at_arrival(path);
    if (candidate && order_.join(*candidate)) books_.seen(candidate->unique());
  }
}

void Flush::tell_kept_back() {
  for (const auto& [bound, files] : order_.kept_back()) {
    info(std::to_string(files) + (files == 1 ? " message stays" : " messages stay") + " by the bound on " +
         std::string(word(bound)));
  }
}

void Flush::take_result(const ResultRecord& record) {
  const auto candidate = books_.take_result(record.file);
  if (candidate) {
    pace_.answered(now());
    order_.answered(*candidate, record.status == status_accepted, now());
    settlement_.add(*candidate, record.status, record.text);
    return;
  }
  if (!warned_of_forgery_) warn("the client's result for " + record.file + " does not count: it was not asked for");
  warned_of_forgery_ = true;
}

// What was being sent when the session broke is not sent a second time in this run: that would double it at once, if
// the server had it, and again at every run of a server that breaks off there.
void Flush::note_unknown() {
  const auto unanswered = books_.unanswered();
  if (unanswered.empty()) return;
  survey_.read_history();
  for (const auto& candidate : unanswered) {
    const auto unique = candidate.unique();
    const auto* past = survey_.history().find(unique);
    const bool is_unknown = past && past->is_unknown;
    books_.set_unknown(unique, is_unknown);
    if (!is_unknown) continue;
    warn(std::string(candidate.path) + ": unknown outcome; it stays for the next run");
    books_.bury(unique);
  }
}

void Flush::save_clock() {
  if (auto saved = clock_.save(maildir_); !saved) settlement_.folder_trouble(saved.error());
}

}  // namespace serialmail
