#include "serialmail/flush.h"

#include <unistd.h>

#include <utility>

#include "base/log.h"
#include "base/run.h"
#include "base/status_line.h"
#include "serialmail/result_stream.h"
#include "serialmail/spool_look.h"

namespace serialmail {
namespace {

void info(const std::string& text) { base::log(base::Level::info, text); }
void warn(const std::string& text) { base::log(base::Level::warning, text); }

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
      order_(settings.order, now()),
      settlement_(maildir, settings, journal_, books_, report, clock_) {
  settlement_.set_history(&history_);
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
  auto chosen = choose(is_first);
  if (!chosen) return chosen.error();
  books_.begin_pass(*chosen);
  order_.begin(std::move(*chosen));
  if (!announce(is_first)) {
    order_.next(now());  // what the bounds keep is noted
    return PassEnd::nothing_to_send;
  }
  if (signals_.count() > 0) return PassEnd::stopped;
  if (settings_.line.is_given()) return LineWord::failure();
  held_names_.clear();

  ClientEvents events;
  events.next_names = [&] { return next_names(); };
  events.result = [&](const ResultRecord& record) { take_result(record); };
  events.line = settings_.line;
  events.report_descriptor = settings_.client_report;
  if (report_.listens()) events.report = [&](std::string_view line) { report_.client_said(line); };
  if (report_.listens() && base::has_status_line()) events.said = [](std::string_view line) { pass_on(line); };
  events.due = [&] { return settlement_.due(); };
  events.tick = [&] { settlement_.settle_if_due(); };
  const auto outcome = run_client(client_, lock_, signals_, events);
  settlement_.settle();
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

void Flush::read_history() {
  auto history = journal_.read();
  if (!history) {
    settlement_.folder_trouble(history.error());
    return;
  }
  history_ = std::move(*history);
}

base::Result<std::vector<Candidate>> Flush::choose(bool is_first) {
  arrivals_.take();  // the scan finds all of them
  auto scan = mail::scan_maildir(maildir_);
  if (!scan) return base::system_failure("unable to scan " + maildir_.path(), scan.error().error);
  read_history();
  if (is_first) {
    for (const auto& warning : scan->warnings) warn(warning);
  }
  books_.begin_scan();
  std::vector<Candidate> chosen;
  for (const auto& file : scan->files) consider(file, is_first, chosen);
  return chosen;
}

void Flush::consider(const mail::MaildirFile& file, bool is_first, std::vector<Candidate>& chosen) {
  const std::string unique(mail::unique_name(file.path));
  if (books_.is_dead(unique)) {
    books_.seen(unique);
    return;
  }
  const auto* past = history_.find(unique);
  auto look = look_at(maildir_, file, settings_.prefix, settings_.senders, past);
  using Kind = SpoolLook::Kind;
  if (look.kind == Kind::gone || look.kind == Kind::foreign) return;
  if (look.kind == Kind::done) return finish_done(look.candidate);
  books_.seen(unique);
  if (look.kind == Kind::malformed) return hold(file, past, look.reason);
  if (look.kind != Kind::ready) {
    const bool is_on_hold = look.kind == Kind::on_hold;
    warn(is_on_hold ? file.path + " is on hold: " + look.reason : "unable to " + look.reason);
    return is_on_hold ? books_.put_on_hold(unique) : books_.bury(unique);
  }
  if (is_first && past && past->is_unknown) {
    books_.set_unknown(unique, true);
    info(file.path + ": unknown outcome of the last attempt; sending again");
  }
  chosen.push_back(std::move(look.candidate));
}

void Flush::finish_done(const Candidate& candidate) {
  if (settlement_.remove_done(candidate.path)) return;
  books_.seen(candidate.unique);
  books_.bury(candidate.unique);
}

void Flush::hold(const mail::MaildirFile& file, const mail::SpoolPast* past, const std::string& reason) {
  warn(file.path + " is on hold: " + reason);
  books_.put_on_hold(mail::unique_name(file.path));
  if (past && past->hold && is_unchanged(*past->hold, file) && past->hold->reason == reason) return;
  const mail::JournalHold fault{file.mtime_seconds, file.mtime_nanoseconds, file.octets, reason};
  settlement_.note({mail::hold_record(mail::unique_name(file.path), clock_.now(), fault)});
}

// False: nothing is going to be sent.
bool Flush::announce(bool is_first) {
  std::size_t files = 0;
  std::uint64_t octets = 0;
  std::size_t unknown = 0;
  order_.foresee(now(), [&](const Candidate& candidate, std::optional<Bound> bound) {
    if (bound) return;
    ++files;
    octets += candidate.line_octets();
    const auto* past = history_.find(candidate.unique);
    if (past && past->is_unknown) ++unknown;
  });
  if (files > 0 || is_first) report_.planned(files, octets, unknown);
  return files > 0;
}

std::string Flush::next_names() {
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
    const std::string unique(mail::unique_name(path));
    if (books_.is_known(unique)) continue;
    const auto st = maildir_.stat(path);
    if (!st || !S_ISREG(st->st_mode)) continue;
    const mail::MaildirFile file{path, st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
                                 static_cast<std::uint64_t>(st->st_size)};
    auto look = look_at(maildir_, file, settings_.prefix, settings_.senders, history_.find(unique));
    if (look.kind == SpoolLook::Kind::ready && order_.join(std::move(look.candidate))) books_.seen(unique);
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
  read_history();
  for (const auto& candidate : unanswered) {
    const auto* past = history_.find(candidate.unique);
    const bool is_unknown = past && past->is_unknown;
    books_.set_unknown(candidate.unique, is_unknown);
    if (!is_unknown) continue;
    warn(candidate.path + ": unknown outcome; it stays for the next run");
    books_.bury(candidate.unique);
  }
}

void Flush::save_clock() {
  if (auto saved = clock_.save(maildir_); !saved) settlement_.folder_trouble(saved.error());
}

}  // namespace serialmail
