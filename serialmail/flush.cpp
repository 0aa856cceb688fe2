#include "serialmail/flush.h"

#include <fcntl.h>

#include "base/io.h"
#include "base/log.h"
#include "base/run.h"

namespace serialmail {
namespace {

void info(const std::string& text) { base::log(base::Level::info, text); }
void warn(const std::string& text) { base::log(base::Level::warning, text); }

bool is_unchanged(const mail::JournalHold& hold, const mail::MaildirFile& file) {
  return hold.mtime_seconds == file.mtime_seconds && hold.mtime_nanoseconds == file.mtime_nanoseconds &&
         hold.octets == file.octets;
}

}  // namespace

Flush::Flush(const base::Directory& maildir, const FlushSettings& settings, std::vector<std::string> client,
             Report& report, base::StopSignals& signals)
    : maildir_(maildir),
      settings_(settings),
      client_(std::move(client)),
      report_(report),
      signals_(signals),
      journal_(maildir),
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
  if (status && books_.mail_is_left()) status = base::exit_temporary;
  return status;
}

base::Result<Flush::PassEnd> Flush::pass(bool is_first) {
  if (signals_.count() > 0 && !is_first) return PassEnd::stopped;
  clock_.observe();
  if (clock_.trusted()) mail::sweep_tmp(maildir_, clock_.now());
  auto chosen = choose(is_first);
  if (!chosen) return chosen.error();
  announce(*chosen, is_first);
  if (chosen->empty()) return PassEnd::nothing_to_send;
  if (signals_.count() > 0) return PassEnd::stopped;

  books_.begin_pass(*chosen);
  std::size_t next = 0;
  ClientEvents events;
  events.next_name = [&]() -> std::string {
    if (next == chosen->size()) return {};
    books_.give((*chosen)[next]);
    return (*chosen)[next++].path;
  };
  events.result = [&](const ResultRecord& record) { take_result(record); };
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
  if (past && past->is_done) {
    if (settlement_.remove_done(file.path)) return;
    books_.seen(unique);
    books_.bury(unique);
    return;
  }
  const auto head = read_head(file);
  if (!head && head.error().error == ENOENT) return;
  if (head && !head->has_prefix) return;
  books_.seen(unique);
  if (!head && head.error().kind == base::FailureKind::permanent) {
    hold(file, past, head.error().text);
    return;
  }
  if (!head) {
    warn("unable to " + head.error().text);
    books_.bury(unique);
    return;
  }
  if (past && past->hold && is_unchanged(*past->hold, file)) {
    warn(file.path + " is on hold: " + past->hold->reason);
    books_.bury(unique);
    return;
  }
  if (is_first && past && past->is_unknown) {
    books_.set_unknown(unique, true);
    info(file.path + ": unknown outcome of the last attempt; sending again");
  }
  const std::uint64_t octets = file.octets > head->body_offset ? file.octets - head->body_offset : 0;
  chosen.push_back({file.path, unique, head->recipient.to_envelope(), octets});
}

// Permanent: the file is malformed.
base::Result<mail::SpoolFile> Flush::read_head(const mail::MaildirFile& file) {
  const auto failed = [&](const char* what, const base::Failure& failure) {
    return base::system_failure(what + file.path, failure.error);
  };
  const auto fd = maildir_.open_file(file.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!fd) return failed("open ", fd.error());
  std::string head(mail::max_spool_head_bytes, '\0');
  const auto n = base::read_at(*fd, head, 0);
  if (!n) return failed("read ", n.error());
  return mail::parse_spool_file(std::string_view(head).substr(0, *n), settings_.prefix);
}

void Flush::hold(const mail::MaildirFile& file, const mail::SpoolPast* past, const std::string& reason) {
  warn(file.path + " is on hold: " + reason);
  books_.bury(mail::unique_name(file.path));
  if (past && past->hold && is_unchanged(*past->hold, file) && past->hold->reason == reason) return;
  const mail::JournalHold fault{file.mtime_seconds, file.mtime_nanoseconds, file.octets, reason};
  settlement_.note({mail::hold_record(mail::unique_name(file.path), clock_.now(), fault)});
}

void Flush::announce(const std::vector<Candidate>& chosen, bool is_first) {
  if (chosen.empty() && !is_first) return;
  std::uint64_t octets = 0;
  std::size_t unknown = 0;
  for (const auto& candidate : chosen) {
    octets += candidate.octets;
    const auto* past = history_.find(candidate.unique);
    if (past && past->is_unknown) ++unknown;
  }
  report_.planned(chosen.size(), octets, unknown);
}

void Flush::take_result(const ResultRecord& record) {
  const auto candidate = books_.take_result(record.file);
  if (candidate) {
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
