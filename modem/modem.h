// A modem on its port, from lock to unlock. Whatever happens in between, its end leaves the line on-hook and the lock
// gone.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/stop_signals.h"
#include "chat/script.h"
#include "conf/modem.h"
#include "modem/cellular.h"
#include "modem/incoming_call.h"
#include "modem/ladder.h"
#include "modem/lock.h"
#include "modem/outcome.h"
#include "modem/port.h"
#include "modem/result_code.h"

namespace modem {

constexpr std::chrono::milliseconds answer_limit{1000};  // for what every modem answers at once: AT, ATH0

// A line link carries mail straight on the line: the escape character is switched off while DTR can hang up.
enum class Use { command, line, ppp };

struct Connection {
  ResultCode connect;       // the CONNECT line
  std::string chat_report;  // what the script's REPORT strings collected
};

struct DialOrder {
  std::string phone;
  const chat::Script* script = nullptr;  // none: the profile's dial command with the number
  // A step of the conversation for the log; never a secret. May be empty.
  std::function<void(std::string_view)> log;
};

// What a modem's care needs beside its profile.
struct Upkeep {
  // How the modem says that a call has ended, and each rung of its ladder. Still to be escaped.
  std::function<void(std::string_view)> log{};
  std::string run_dir{};  // keeps when the dear rungs were climbed (recovery_memory.h); empty: they are not
};

class Modem {
 public:
  // Locks, then opens. program: who we are, for the lock file.
  static Outcome<Modem> open(const conf::ModemProfile& profile, const std::string& program, base::StopSignals* stop,
                             Upkeep upkeep = {});
  Modem(Modem&&) noexcept = default;
  Modem& operator=(Modem&&) noexcept = delete;
  Modem(const Modem&) = delete;
  Modem& operator=(const Modem&) = delete;
  ~Modem();  // as hang_up() if the line may be off-hook, then close(), trouble unsaid

  // Answers AT: what prepare() begins with. One that does not is brought back rung by rung (ladder.h).
  Outcome<void> wake();
  // A known state: awake, on-hook, the profile's init lines done. A null modem is ready once its port is open, a
  // cellular one when it is in a network that will do for a call of the number. Begins an attempt: every rung may be
  // climbed again.
  Outcome<void> prepare(Use use, std::string_view number = {});
  // Of a cellular or satellite modem that is ready.
  [[nodiscard]] const std::optional<NetworkState>& network() const { return network_; }
  // Plays the script or dials; returns once the line is in online data state and CONNECT's line was read to its end, no
  // octet more. A result line that ends the call ends the script too. On trouble the line is on-hook or hang_up() is
  // called. Over a null modem: once the other end is there, if DCD tells, and the script, if there is one, is done;
  // with neither, a CR calls the other end.
  Outcome<Connection> dial(const DialOrder& order);
  // As a getty waits beside programs that dial out: the lock is freed, and the port stays open without being ours
  // alone. Not for a port on the network, an inherited descriptor or a null modem, whose call is no octet.
  [[nodiscard]] bool can_share() const;
  Outcome<void> share();
  // Until something has come, which is not read, or the line was hung up. False: the deadline passed.
  Outcome<bool> wait_input(const base::Deadline& deadline);
  // The lock and the port again for us alone, before a single octet is read. Somebody else has it: error EBUSY, and the
  // port is closed, so that his close drops DTR.
  Outcome<void> claim();
  // Waits for rings until the deadline, and once it has rung for as long as it goes on; true when it has rung as often
  // as the profile says and may be answered, which is asked at each ring. False: nobody rings, or no longer. A null
  // modem rings when the other end is there (DCD), or sends a CR.
  Outcome<bool> wait_ring(IncomingCall& call, const base::Deadline& deadline, const std::function<bool()>& may_answer);
  // Answers now.
  Outcome<Connection> answer();
  // True if the carrier is known to be gone (DCD, or the line was hung up); false: there, or the line does not tell.
  [[nodiscard]] bool carrier_lost();
  // On-hook: DTR, or escape and ATH0; verified by DCD where there is one, else by the modem's OK; else rung by rung,
  // but for those that this attempt has climbed already. A signal stops the dear rungs alone. After a line that is gone
  // (read 0) it reopens the port and asks. After a call the modem's own report of it goes to the log.
  Outcome<void> hang_up();
  // That report, line by line; empty: no call has ended yet, or the modem told nothing of it.
  [[nodiscard]] const std::string& report() const { return report_; }
  // The line is somebody else's from now on, as it is: nothing is hung up, and the port's modes stay.
  void leave();
  // Closes the port, then frees the lock.
  Outcome<void> close();

  [[nodiscard]] Port& port() { return *port_; }
  [[nodiscard]] const conf::ModemProfile& profile() const { return profile_; }

 private:
  Modem(conf::ModemProfile profile, std::string program, PortLock lock, std::unique_ptr<Port> port,
        base::StopSignals* stop, Upkeep upkeep);

  static Outcome<PortLock> lock_port(const conf::ModemProfile& profile, const std::string& program);
  Outcome<void> unlock();
  [[nodiscard]] std::string where() const;
  [[nodiscard]] Trouble trouble(const base::Failure& failure) const;  // of the port while it is open
  Outcome<void> reopen(const base::Deadline& deadline);
  // At the start of a call.
  [[nodiscard]] bool is_recoverable(const Trouble& trouble) const;
  Outcome<void> recover(Trouble why);
  Trouble silence();
  std::string advice_on_silence();
  Outcome<void> initialise();
  Outcome<void> command(const std::string& line);
  [[nodiscard]] bool has_network() const;
  Outcome<void> enter_network(std::string_view number);
  // One command, not to be stopped: true when it was answered with OK.
  base::Result<bool> answers(const std::string& bytes, std::chrono::milliseconds limit, base::StopSignals* stop);
  base::Result<bool> answers_at(int times, base::StopSignals* stop);
  base::Result<void> drop_dtr(base::StopSignals* stop);
  base::Result<bool> escape(base::StopSignals* stop);
  // The call itself.
  Outcome<Connection> call(const std::string& line, std::string_view number);
  Outcome<Connection> play(const DialOrder& order);
  Outcome<Connection> join();
  Outcome<bool> wait_other_end(const base::Deadline& deadline);
  void add_release_cause(Trouble& trouble);
  Outcome<Connection> on_line(Outcome<Connection> connection);
  Outcome<void> follow_carrier();
  // Its end. True: the line is on-hook for certain.
  bool hang_up_plainly();
  bool hang_up_null_modem();
  void log_report();
  bool is_on_hook(bool carrier_was_on);
  // The ladder. False: no rung helped; error EINTR: stopped.
  enum class Goal { answers, on_hook };
  enum class Performed { unknown, reached, missed };  // the rung itself may tell whether it has helped
  base::Result<bool> climb(Goal goal);
  base::Result<bool> try_rung(Rung rung, Goal goal);
  base::Result<Performed> perform(Rung rung, Goal goal, base::StopSignals* stop);
  base::Result<Performed> reopen_port(Goal goal, base::StopSignals* stop);
  base::Result<Performed> restart(base::StopSignals* stop);
  base::Result<Performed> cut_power(base::StopSignals* stop);
  base::Result<Performed> await_return(base::StopSignals* stop);
  void note(const std::string& text) const;

  [[nodiscard]] bool is_null() const { return profile_.kind == conf::ModemKind::null; }
  [[nodiscard]] bool gone() const;              // the port is closed or hung up
  [[nodiscard]] std::optional<bool> carrier();  // empty: the line does not tell

  conf::ModemProfile profile_;
  std::string program_;
  std::optional<PortLock> lock_;
  std::unique_ptr<Port> port_;  // none once it could not be opened again
  base::StopSignals* stop_;
  Use use_ = Use::command;
  Upkeep upkeep_;
  Ladder ladder_;
  std::optional<NetworkState> network_;
  bool off_hook_ = false;
  bool was_connected_ = false;
  std::string report_;
  // What came instead of an answer to AT, in this attempt.
  std::uint64_t heard_octets_ = 0;
  bool heard_noise_ = false;
  bool in_command_state_ = false;  // the modem has just said that the call has ended
  bool has_said_no_carrier_ = false;
};

}  // namespace modem
