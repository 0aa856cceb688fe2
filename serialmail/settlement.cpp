#include "serialmail/settlement.h"

#include "base/log.h"
#include "mta/mail/maildir_scan.h"
#include "serialmail/bouncer.h"
#include "serialmail/result_stream.h"

namespace serialmail {
namespace {

void info(const std::string& text) { base::log(base::Level::info, text); }
void warn(const std::string& text) { base::log(base::Level::warning, text); }

std::string reason(const base::Failure& failure) {
  return failure.error != 0 ? base::system_failure("", failure.error).text.substr(2) : failure.text;
}

char answer_status(const Judgement& judgement) {
  return judgement.outcome == Outcome::refused && !judgement.is_expired ? status_refused : status_deferred;
}

}  // namespace

bool Settlement::note(const std::vector<mail::Fields>& records) {
  const auto noted = journal_.append(records);
  if (!noted) folder_trouble(noted.error());
  return noted.has_value();
}

void Settlement::folder_trouble(const base::Failure& failure) {
  if (!warned_) warn("going on without the spool's journal: " + failure.text);
  warned_ = true;
}

void Settlement::add(const Candidate& candidate, char status, const std::string& text) {
  clock_.observe();
  const auto* past = history_ ? history_->find(candidate.unique()) : nullptr;
  const std::int64_t age = past && past->waits_since ? clock_.age(*past->waits_since) : 0;
  Item item{candidate, judge(status, age, settings_.lifetime), text};
  if (item.judgement.outcome == Outcome::accepted) remove(item);
  group_.push_back(std::move(item));
  if (group_.size() == 1) due_ = base::Deadline::after(max_group_age);
  if (group_.size() >= max_group_files) settle();
}

void Settlement::settle_if_due() {
  if (due_.passed()) settle();
}

void Settlement::settle() {
  due_ = {};
  if (group_.empty()) return;
  std::vector<mail::Fields> answers;
  for (const auto& item : group_) {
    if (!item.judgement.is_answer || item.judgement.outcome == Outcome::accepted) continue;
    const mail::JournalAnswer answer{clock_.now(), clock_.trusted(), answer_status(item.judgement), item.text};
    answers.push_back(mail::answer_record(item.candidate.unique(), answer));
  }
  note(answers);
  // Before the bounces: a slow queue program must not keep what was accepted from being durably gone.
  sync_folders();
  for (auto& item : group_) {
    if (item.judgement.outcome == Outcome::refused && settings_.bounce_host) bounce_item(item);
  }
  sync_folders();
  for (const auto& item : group_) tell(item);
  group_.clear();
}

// A mail reader may have moved the file or set flags meanwhile: it is the unique name that was sent.
base::Result<void> Settlement::unlink(std::string_view path, std::string_view unique) {
  (path.starts_with("new/") ? new_changed_ : cur_changed_) = true;
  auto done = maildir_.unlink(std::string(path));
  if (done || done.error().error != ENOENT) return done;
  const auto scan = mail::scan_maildir(maildir_);
  if (!scan) return scan.error();
  for (const auto& file : scan->files) {
    if (mail::unique_name(file.path) != unique) continue;
    cur_changed_ = new_changed_ = true;
    if (auto removed = maildir_.unlink(std::string(file.path)); !removed) return removed;
  }
  return {};
}

void Settlement::remove(Item& item) {
  const auto done = unlink(item.candidate.path, item.candidate.unique());
  item.removed = done.has_value();
  if (item.removed) return;
  const bool accepted = item.judgement.outcome == Outcome::accepted;
  const std::string trouble = "unable to unlink " + std::string(item.candidate.path) + ": " + reason(done.error());
  if (note({mail::done_record(item.candidate.unique(), clock_.now())})) {
    warn(trouble + "; it has been " + (accepted ? "accepted" : "bounced") + " and will not be sent again");
  } else {
    warn((accepted ? "message will be delivered twice! " : "message has been bounced but not removed! ") + trouble);
  }
}

void Settlement::bounce_item(Item& item) {
  const std::string path(item.candidate.path);
  info(path + " bounced: " + item.text);
  const Refusal refusal{path, settings_.prefix, item.text, item.judgement.is_expired};
  const auto pid = bounce(maildir_, refusal, *settings_.bounce_host, clock_.now());
  if (!pid) {
    warn("unable to bounce " + path + ": " + reason(pid.error()));
    return;
  }
  if (*pid) {
    info("returned " + path + ": qp " + std::to_string(**pid));
  } else {
    info("discarding " + path + ": triple bounce");
  }
  remove(item);
}

void Settlement::sync_folders() {
  if (new_changed_) {
    if (auto synced = maildir_.sync("new"); !synced) warn(synced.error().text);
  }
  if (cur_changed_) {
    if (auto synced = maildir_.sync("cur"); !synced) warn(synced.error().text);
  }
  new_changed_ = cur_changed_ = false;
}

void Settlement::tell(const Item& item) {
  const std::string path(item.candidate.path);
  switch (item.judgement.outcome) {
    case Outcome::accepted:
      info(path + " succeeded: " + item.text);
      break;
    case Outcome::refused:
      if (!settings_.bounce_host) info(path + " failed: " + item.text);
      break;
    case Outcome::deferred:
      info(path + " failed temporarily: " + item.text);
      break;
    case Outcome::left:
      warn(path + " stays: " + item.text);
      break;
  }
  books_.settle(item.candidate.unique(), item.judgement.outcome, item.removed);
  report_.result(path, item.candidate.recipient, item.judgement.outcome, item.text);
}

bool Settlement::remove_done(std::string_view path) {
  const auto done = unlink(path, mail::unique_name(path));
  sync_folders();
  if (!done) {
    warn("unable to unlink " + std::string(path) + ": " + reason(done.error()) +
         "; it has been dealt with and will not be sent again");
    return false;
  }
  info(std::string(path) + " removed: it had been dealt with before");
  return true;
}

}  // namespace serialmail
