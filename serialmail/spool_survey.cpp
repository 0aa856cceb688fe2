#include "serialmail/spool_survey.h"

#include <utility>

#include "base/log.h"
#include "serialmail/spool_look.h"

namespace serialmail {
namespace {

void info(const std::string& text) { base::log(base::Level::info, text); }
void warn(const std::string& text) { base::log(base::Level::warning, text); }

}  // namespace

base::Result<void> SpoolSurvey::begin(bool is_first) {
  is_first_ = is_first;
  next_ = 0;
  found_.clear();
  malformed_.clear();
  recipients_ = {};
  books_.begin_scan();
  auto scan = mail::scan_maildir(maildir_, [this](std::string_view path) { return books_.keep(path); });
  if (!scan) return base::system_failure("unable to scan " + maildir_.path(), scan.error().error);
  files_ = std::move(scan->files);
  read_history();
  if (is_first) {
    for (const auto& warning : scan->warnings) warn(warning);
    tell_of_bad();
  }
  return {};
}

void SpoolSurvey::read_history() {
  auto history = journal_.read([this](std::string_view unique) { return books_.is_listed(unique); });
  if (!history) {
    settlement_.folder_trouble(history.error());
    return;
  }
  history_ = std::move(*history);
}

void SpoolSurvey::tell_of_bad() {
  const auto bad = maildir_.list(mail::bad_folder);
  if (!bad || bad->empty()) return;
  const std::string files =
      bad->size() == 1 ? "1 malformed file lies" : std::to_string(bad->size()) + " malformed files lie";
  info(files + " in " + maildir_.path() + "/" + mail::bad_folder);
}

void SpoolSurvey::look() {
  look_at_next();
  if (is_over()) settle_malformed();
}

void SpoolSurvey::look_at_next() {
  const auto file = files_[next_++];
  const auto unique = mail::unique_name(file.path);
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
  if (look.kind == Kind::malformed) {
    books_.put_on_hold(unique);
    malformed_.push_back({file, look.reason});
    return;
  }
  if (look.kind != Kind::ready) {
    const bool is_on_hold = look.kind == Kind::on_hold;
    warn(is_on_hold ? std::string(file.path) + " is on hold: " + look.reason : "unable to " + look.reason);
    return is_on_hold ? books_.put_on_hold(unique) : books_.bury(unique);
  }
  if (is_first_ && past && past->is_unknown) {
    books_.set_unknown(unique, true);
    info(std::string(file.path) + ": unknown outcome of the last attempt; sending again");
  }
  look.candidate.recipient = recipients_.keep(look.recipient);
  found_.push_back(look.candidate);
}

void SpoolSurvey::finish_done(const Candidate& candidate) {
  if (settlement_.remove_done(candidate.path)) return;
  books_.seen(candidate.unique());
  books_.bury(candidate.unique());
}

void SpoolSurvey::settle_malformed() {
  const bool is_spool = malformed_.size() <= max_put_aside;
  if (!is_spool) warn(std::to_string(malformed_.size()) + " malformed files: is " + maildir_.path() + " a spool?");
  for (const auto& malformed : malformed_) {
    if (is_spool && put_aside(malformed.file)) {
      warn(std::string(malformed.file.path) + " is malformed: " + malformed.reason + "; moved to " + mail::bad_folder);
    } else {
      hold(malformed);
    }
  }
  malformed_.clear();
}

// False: it stays, because it may not be whole yet, or the spool does not let us.
bool SpoolSurvey::put_aside(const mail::MaildirFile& file) {
  if (clock_.now() - malformed_settles_seconds < file.mtime_seconds) return false;
  const std::string path(file.path);
  if (auto moved = mail::put_aside(maildir_, path); !moved && maildir_.exists(path)) return false;
  books_.put_aside(mail::unique_name(file.path));
  return true;
}

void SpoolSurvey::hold(const Malformed& malformed) {
  const auto& [file, reason] = malformed;
  const auto unique = mail::unique_name(file.path);
  const auto* past = history_.find(unique);
  warn(std::string(file.path) + " is on hold: " + reason);
  if (past && past->hold && is_unchanged(*past->hold, file) && past->hold->reason == reason) return;
  const mail::JournalHold fault{file.mtime_seconds, file.mtime_nanoseconds, file.octets, reason};
  settlement_.note({mail::hold_record(unique, clock_.now(), fault)});
}

void SpoolSurvey::leave_rest() {
  for (; next_ < files_.size(); ++next_) books_.seen(mail::unique_name(files_[next_].path));
  settle_malformed();
}

std::vector<Candidate> SpoolSurvey::take() {
  auto found = std::exchange(found_, {});
  books_.rank(found);
  return found;
}

std::optional<Candidate> SpoolSurvey::look_at_arrival(const std::string& path) {
  if (books_.is_known(mail::unique_name(path))) return std::nullopt;
  const auto st = maildir_.stat(path);
  if (!st || !S_ISREG(st->st_mode)) return std::nullopt;
  const mail::MaildirFile file{books_.keep(path), st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
                               static_cast<std::uint64_t>(st->st_size)};
  auto look = look_at(maildir_, file, settings_.prefix, settings_.senders, history_.find(mail::unique_name(path)));
  if (look.kind != SpoolLook::Kind::ready) return std::nullopt;
  look.candidate.recipient = recipients_.keep(look.recipient);
  return look.candidate;
}

}  // namespace serialmail
