// One call as a state machine: what to do next, from what has become of the last step. No input or output.
//
//   idle -> locked -> port_open -> modem_ready -> dialling -> connected -> [ppp_up ->] jobs -> draining -> hanging_up
//        -> idle
//
// Whatever fails, from the open port on the way leads through the hang-up and the unlocking; the first failure is the
// call's reason.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "conf/link.h"
#include "modem/result_code.h"
#include "pppctl/call_record.h"

namespace pppctl {

enum class JobEnding { ended, line_gone, silent, stopped };

struct JobResult {
  JobEnding ending = JobEnding::ended;
  std::string text;                    // why, for the endings other than ended
  std::optional<modem::Trouble> line;  // the same as what took the line away sees it, where that tells more
  JobRecord record;
  bool has_totals = false;  // the job reported its end: record's counts are complete
  bool is_hook = false;     // somebody's program: what becomes of it is told, and stops no mail
};

// What of a link's profile the call hangs on.
struct CallOrder {
  std::vector<std::string> phones;
  bool reliable = false;
  std::string profile_file;
  std::chrono::milliseconds silence{0};
  std::vector<std::string> jobs;  // what each is called, "flush provider"
  bool has_ppp = false;           // pppd runs on the line, and the jobs over its interface
  bool has_modem = true;          // we dial; else pppd does, or a program brings the link up
  bool is_always_up = false;      // and nothing does
};

struct Verdict {
  CallResult result = CallResult::failed;
  int exit = 0;
  std::optional<modem::Retry> retry;  // for failures
  std::string reason, advice;         // empty: all went

  [[nodiscard]] std::string line() const { return advice.empty() ? reason : reason + " (" + advice + ")"; }
};

class SessionCore {
 public:
  // Events: how the action in hand ended.
  struct Opened {
    std::string lock_file, device;
  };
  struct Prepared {};
  struct Rested {};
  struct Dialled {
    std::string connect;
    bool error_corrected = false;
  };
  struct Up {
    std::string addresses;  // for people
    std::string connect{};  // what took the place of a CONNECT line, where we have not dialled
  };
  struct JobEnded {
    JobResult result;
  };
  struct Drained {};
  struct OnHook {};
  struct Closed {};
  struct Failed {
    modem::Trouble trouble;  // error EINTR: a signal
  };
  using Event = std::variant<Opened, Prepared, Rested, Dialled, Up, JobEnded, Drained, OnHook, Closed, Failed>;

  // Actions. Enter is noted and goes on; each of the others is answered by one event.
  struct Enter {
    Phase phase;
    std::string detail;                     // for people
    std::optional<modem::Trouble> trouble;  // how the phase before ended
    bool must_be_written = false;           // no ledger, no dial: a failure to write it is Failed
    std::string number{};                   // that we dial in it
  };
  struct Open {};
  struct Prepare {  // for a dial of this number
    std::string phone;
  };
  struct Rest {};  // until the line has been on-hook for long enough
  struct Dial {
    std::string phone;
  };
  struct BringUp {};
  struct RunJob {
    std::size_t index;
  };
  struct Drain {};
  struct HangUp {};
  struct Close {};
  struct Finish {
    Verdict verdict;
  };
  using Action = std::variant<Enter, Open, Prepare, Rest, Dial, BringUp, RunJob, Drain, HangUp, Close, Finish>;
  using Actions = std::vector<Action>;

  explicit SessionCore(CallOrder order) : order_(std::move(order)) {}
  Actions start();
  Actions on(const Event& event);

 private:
  enum class State {
    idle,
    opening,
    preparing,
    resting,
    dialling,
    bringing_up,
    running,
    draining,
    hanging_up,
    closing,
    finished
  };

  [[nodiscard]] std::string phone() const;  // the one whose turn it is; empty: the link has none
  Actions on_opened(const Opened& opened);
  Actions on_rested();
  Actions on_up(const Up& up);
  Actions try_next_number(const modem::Trouble& trouble);
  Actions on_dialled(const Dialled& dialled);
  Actions run_jobs();
  Actions on_job(const JobResult& result);
  Actions on_failed(const modem::Trouble& trouble);
  Actions hang_up(std::optional<modem::Trouble> trouble);
  Actions close(std::optional<modem::Trouble> trouble);
  Actions finish(std::optional<modem::Trouble> trouble);
  std::optional<modem::Trouble> judge(const JobResult& result) const;
  void keep(const modem::Trouble& trouble);
  [[nodiscard]] Verdict verdict() const;

  CallOrder order_;
  State state_ = State::idle;
  std::size_t job_ = 0;
  std::size_t phone_ = 0;
  bool dialled_ = false;
  std::uint64_t received_ = 0;
  std::uint64_t deferred_ = 0;
  std::optional<modem::Trouble> first_;   // the call's reason
  std::string after_;                     // trouble on the way down
  std::optional<modem::Trouble> unsaid_;  // of the phase in hand, which goes on in spite of it
};

}  // namespace pppctl
