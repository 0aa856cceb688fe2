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
  recipients_ = {};
  books_.begin_scan();
  auto scan = mail::scan_maildir(maildir_, [this](std::string_view path) { return books_.keep(path); });
  if (!scan) return base::system_failure("unable to scan " + maildir_.path(), scan.error().error);
  files_ = std::move(scan->files);
  read_history();
  if (is_first) {
    for (const auto& warning : scan->warnings) warn(warning);
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

void SpoolSurvey::look() {
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
  if (look.kind == Kind::malformed) return hold(file, past, look.reason);
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

void SpoolSurvey::hold(const mail::MaildirFile& file, const mail::SpoolPast* past, const std::string& reason) {
  const auto unique = mail::unique_name(file.path);
  warn(std::string(file.path) + " is on hold: " + reason);
  books_.put_on_hold(unique);
  if (past && past->hold && is_unchanged(*past->hold, file) && past->hold->reason == reason) return;
  const mail::JournalHold fault{file.mtime_seconds, file.mtime_nanoseconds, file.octets, reason};
  settlement_.note({mail::hold_record(unique, clock_.now(), fault)});
}

void SpoolSurvey::leave_rest() {
  for (; next_ < files_.size(); ++next_) books_.seen(mail::unique_name(files_[next_].path));
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
