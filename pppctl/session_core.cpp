#include "pppctl/session_core.h"

#include <cerrno>
#include <utility>

#include "base/bug.h"
#include "base/overloaded.h"
#include "base/run.h"

namespace pppctl {
namespace {

using modem::Retry;
using modem::Trouble;

std::string seconds_text(std::chrono::milliseconds time) {
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(time);
  return whole == time ? std::to_string(whole.count()) + " s" : std::to_string(time.count()) + " ms";
}

Trouble plain_connect(const std::string& connect, const std::string& file) {
  return {
      Retry::stop,
      "refused '" + connect + "': the modems agreed on no error correction, and mail on a bare line would be damaged",
      "set reliable = true in " + file + " if this line is free of errors by other means", 0};
}

Trouble silent_line(std::uint64_t received, std::chrono::milliseconds silence) {
  if (received == 0) {
    return {Retry::later, "the provider answered the call and says nothing: no octet for " + seconds_text(silence),
            "is a mail program behind that number?", 0};
  }
  return {Retry::later, "the line fell silent: no octet either way for " + seconds_text(silence), "", 0};
}

std::string counted(std::uint64_t n, const std::string& one, const std::string& more) {
  return std::to_string(n) + " " + (n == 1 ? one : more);
}

}  // namespace

SessionCore::Actions SessionCore::start() {
  if (state_ != State::idle) base::bug("SessionCore: started twice");
  state_ = State::opening;
  return {Open{}};
}

SessionCore::Actions SessionCore::on(const Event& event) {
  const auto expect = [&](State state) {
    if (state_ != state) base::bug("SessionCore: an event of another state");
  };
  return std::visit(base::Overloaded{[&](const Opened& opened) {
                                       expect(State::opening);
                                       return on_opened(opened);
                                     },
                                     [&](const Prepared&) -> Actions {
                                       expect(State::preparing);
                                       state_ = State::resting;
                                       return {Enter{Phase::modem_ready, "on-hook", {}, true}, Rest{}};
                                     },
                                     [&](const Rested&) -> Actions {
                                       expect(State::resting);
                                       return on_rested();
                                     },
                                     [&](const Dialled& dialled) {
                                       expect(State::dialling);
                                       return on_dialled(dialled);
                                     },
                                     [&](const Up& up) {
                                       expect(State::bringing_up);
                                       return on_up(up);
                                     },
                                     [&](const JobEnded& job) {
                                       expect(State::running);
                                       return on_job(job.result);
                                     },
                                     [&](const Drained&) {
                                       expect(State::draining);
                                       return hang_up({});
                                     },
                                     [&](const OnHook&) {
                                       expect(State::hanging_up);
                                       return close({});
                                     },
                                     [&](const Closed&) {
                                       expect(State::closing);
                                       return finish({});
                                     },
                                     [&](const Failed& failed) { return on_failed(failed.trouble); }},
                    event);
}

std::string SessionCore::phone() const { return phone_ < order_.phones.size() ? order_.phones[phone_] : ""; }

SessionCore::Actions SessionCore::on_opened(const Opened& opened) {
  if (order_.is_always_up) return run_jobs();
  if (!order_.has_modem) {
    state_ = State::resting;
    return {Enter{Phase::locked, opened.lock_file, {}, true}, Rest{}};
  }
  state_ = State::preparing;
  return {Enter{Phase::locked, opened.lock_file, {}, true}, Enter{Phase::port_open, opened.device, {}, true},
          Prepare{phone()}};
}

SessionCore::Actions SessionCore::on_rested() {
  dialled_ = true;
  Actions actions{Enter{Phase::dialling, phone(), {}, true, order_.has_modem ? phone() : ""}};
  if (order_.has_modem) {
    state_ = State::dialling;
    actions.emplace_back(Dial{phone()});
  } else {
    state_ = State::bringing_up;
    actions.emplace_back(BringUp{});
  }
  return actions;
}

SessionCore::Actions SessionCore::on_up(const Up& up) {
  Actions actions;
  if (!order_.has_modem) actions.emplace_back(Enter{Phase::connected, up.connect, {}});
  if (order_.has_ppp) actions.emplace_back(Enter{Phase::ppp_up, up.addresses, {}});
  auto jobs = run_jobs();
  actions.insert(actions.end(), jobs.begin(), jobs.end());
  return actions;
}

// From a known state of the modem, and with the line's rest, like any dial.
SessionCore::Actions SessionCore::try_next_number(const Trouble& trouble) {
  ++phone_;
  state_ = State::preparing;
  return {Enter{Phase::port_open, "trying " + phone(), trouble, true}, Prepare{phone()}};
}

SessionCore::Actions SessionCore::on_dialled(const Dialled& dialled) {
  Actions actions{Enter{Phase::connected, dialled.connect, {}}};
  if (!dialled.error_corrected && !order_.reliable && !order_.has_ppp) {
    auto down = hang_up(plain_connect(dialled.connect, order_.profile_file));
    actions.insert(actions.end(), down.begin(), down.end());
    return actions;
  }
  if (order_.has_ppp) {
    state_ = State::bringing_up;
    actions.emplace_back(BringUp{});
    return actions;
  }
  auto jobs = run_jobs();
  actions.insert(actions.end(), jobs.begin(), jobs.end());
  return actions;
}

SessionCore::Actions SessionCore::run_jobs() {
  if (order_.jobs.empty()) base::bug("SessionCore: a call without a job");
  state_ = State::running;
  return {Enter{Phase::jobs, order_.jobs.front(), {}}, RunJob{0}};
}

std::optional<Trouble> SessionCore::judge(const JobResult& result) const {
  const auto& record = result.record;
  const std::string& name = order_.jobs.at(job_);
  const std::string why = record.text.empty() ? "" : ": " + record.text;
  const bool is_last = job_ + 1 == order_.jobs.size();
  switch (result.ending) {
    case JobEnding::stopped:
      return Trouble{Retry::soon, result.text, "", EINTR};
    case JobEnding::silent:
      return silent_line(received_, order_.silence);
    case JobEnding::line_gone:
      // The other side may well hang up behind the last job's goodbye.
      if (record.exit == 0 && is_last) return {};
      if (result.line) {
        return Trouble{result.line->retry, "the line was lost in " + name + ": " + result.line->text,
                       result.line->advice, 0};
      }
      return Trouble{Retry::soon, "the line was lost in " + name + ": " + result.text, "", 0};
    case JobEnding::ended:
      break;
  }
  if (result.is_hook) return {};
  if (!record.exit) {
    return Trouble{Retry::later, name + " was killed by signal " + std::to_string(record.signal.value_or(0)) + why, "",
                   0};
  }
  if (record.exit == 0) return {};
  if (record.exit == base::exit_permanent) return Trouble{Retry::stop, name + " failed for good" + why, "", 0};
  if (record.exit != base::exit_temporary) {
    return Trouble{Retry::later, name + " ended with status " + std::to_string(*record.exit) + why, "", 0};
  }
  // Answers of the server to single messages are no trouble of the link.
  if (result.has_totals && record.left == 0) return {};
  const std::string left =
      result.has_totals ? counted(record.left, "message is left", "messages are left") : "it failed";
  return Trouble{Retry::later, name + ": " + left + why, "", 0};
}

SessionCore::Actions SessionCore::on_job(const JobResult& result) {
  const auto& record = result.record;
  received_ += record.octets.received;
  deferred_ += record.deferred;
  auto trouble = judge(result);
  const bool line_is_up = result.ending == JobEnding::ended;
  if (trouble && !line_is_up) return hang_up(std::move(*trouble));
  if (trouble && !unsaid_) unsaid_ = trouble;
  if (trouble) keep(*trouble);
  // A session that moved octets and brought no answer is not better with the next spool.
  const bool is_useless =
      trouble && record.octets.received > 0 && record.accepted + record.refused + record.deferred == 0;
  if (line_is_up && !is_useless && ++job_ < order_.jobs.size()) return {RunJob{job_}};
  if (!line_is_up) return hang_up({});
  state_ = State::draining;
  return {Enter{Phase::draining, "", std::exchange(unsaid_, {})}, Drain{}};
}

SessionCore::Actions SessionCore::on_failed(const Trouble& trouble) {
  switch (state_) {
    case State::opening:
      return finish(trouble);
    case State::dialling:
      if (trouble.wants_other_number && phone_ + 1 < order_.phones.size()) return try_next_number(trouble);
      return hang_up(trouble);
    case State::preparing:
    case State::resting:
    case State::bringing_up:
    case State::running:
    case State::draining:
      return hang_up(trouble);
    case State::hanging_up:
      return close(trouble);
    case State::closing:
      return finish(trouble);
    case State::idle:
    case State::finished:
      break;
  }
  base::bug("SessionCore: a failure of nothing");
}

SessionCore::Actions SessionCore::hang_up(std::optional<Trouble> trouble) {
  if (trouble) keep(*trouble);
  if (!trouble) trouble = std::exchange(unsaid_, {});
  state_ = State::hanging_up;
  return {Enter{Phase::hanging_up, "", std::move(trouble)}, HangUp{}};
}

SessionCore::Actions SessionCore::close(std::optional<Trouble> trouble) {
  // The dial's own hang-up has failed already, and has been told.
  if (trouble && first_ && first_->off_hook) trouble.reset();
  // A modem that did not answer before the dial does not hang up either, and has nothing to hang up.
  if (trouble && first_ && dialled_) {
    after_ += "; the line may still be up: " + trouble->line();
    if (trouble->retry == Retry::stop && first_->error != EINTR) first_->retry = Retry::stop;
  }
  if (trouble) keep(*trouble);
  unsaid_ = std::move(trouble);
  state_ = State::closing;
  return {Close{}};
}

SessionCore::Actions SessionCore::finish(std::optional<Trouble> trouble) {
  if (trouble && first_) after_ += "; " + trouble->line();
  if (trouble) keep(*trouble);
  if (!trouble) trouble = std::exchange(unsaid_, {});
  state_ = State::finished;
  return {Enter{Phase::idle, "", std::move(trouble)}, Finish{verdict()}};
}

// The first trouble is the reason; but who stopped a session wants to read that it was he.
void SessionCore::keep(const Trouble& trouble) {
  if (!first_ || (trouble.error == EINTR && first_->error != EINTR)) first_ = trouble;
}

Verdict SessionCore::verdict() const {
  Verdict verdict;
  if (!first_) {
    verdict.result = deferred_ > 0 ? CallResult::mail_left : CallResult::ok;
    verdict.exit = deferred_ > 0 ? base::exit_temporary : 0;
    if (deferred_ > 0) {
      verdict.retry = Retry::later;
      verdict.reason = counted(deferred_, "message was", "messages were") + " refused for now by the server";
    }
    return verdict;
  }
  const bool is_stop = first_->error == EINTR;
  verdict.result = is_stop ? CallResult::stopped : CallResult::failed;
  verdict.exit = first_->retry == Retry::stop && !is_stop ? base::exit_permanent : base::exit_temporary;
  verdict.retry = first_->retry;
  verdict.reason = first_->text + after_;
  verdict.advice = first_->advice;
  return verdict;
}

}  // namespace pppctl
