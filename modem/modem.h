// A modem on its port, from lock to unlock. Whatever happens in between, its end leaves the line on-hook and the lock gone.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "base/stop_signals.h"
#include "chat/script.h"
#include "conf/modem.h"
#include "modem/lock.h"
#include "modem/port.h"
#include "modem/result_code.h"

namespace modem {

template <class T>
using Outcome = tl::expected<T, Trouble>;

// A line link carries mail straight on the line: the escape character is switched off while DTR can hang up.
enum class Use { command, line, ppp };

struct Connection {
  ResultCode connect;          // the CONNECT line
  std::string chat_report;     // what the script's REPORT strings collected
};

struct DialOrder {
  std::string phone;
  const chat::Script* script = nullptr;  // none: the profile's dial command with the number
  // A step of the conversation for the log; never a secret. May be empty.
  std::function<void(std::string_view)> log;
};

class Modem {
 public:
  // Locks, then opens. program: who we are, for the lock file.
  static Outcome<Modem> open(const conf::ModemProfile& profile, const std::string& program, base::StopSignals* stop);
  Modem(Modem&&) noexcept = default;
  Modem& operator=(Modem&&) noexcept = delete;
  Modem(const Modem&) = delete;
  Modem& operator=(const Modem&) = delete;
  ~Modem();  // as hang_up() if the line may be off-hook, then close(), trouble unsaid

  // A known state: answers AT (else DTR, escape and ATH0, once each), on-hook, the profile's init lines done.
  Outcome<void> prepare(Use use);
  // Plays the script or dials; returns once the line is in online data state and CONNECT's line was read to its end, no octet
  // more. A result line that ends the call ends the script too. On trouble the line is on-hook or hang_up() is called.
  Outcome<Connection> dial(const DialOrder& order);
  // Waits for a ring, until the deadline or a signal. False: the deadline passed.
  Outcome<bool> wait_ring(const base::Deadline& deadline);
  // Answers now.
  Outcome<Connection> answer();
  // True if the carrier is known to be gone (DCD); false: there, or the line does not tell.
  [[nodiscard]] bool carrier_lost();
  // On-hook: DTR, or escape and ATH0; verified by DCD where there is one, else by the modem's OK; else close and reopen.
  // Cannot be stopped by a signal. After a line that is gone (read 0) it reopens the port and asks.
  Outcome<void> hang_up();
  // Closes the port, then frees the lock.
  Outcome<void> close();

  [[nodiscard]] Port& port() { return *port_; }
  [[nodiscard]] const conf::ModemProfile& profile() const { return profile_; }

 private:
  Modem(conf::ModemProfile profile, PortLock lock, std::unique_ptr<Port> port, base::StopSignals* stop);

  conf::ModemProfile profile_;
  std::optional<PortLock> lock_;
  std::unique_ptr<Port> port_;
  base::StopSignals* stop_;
  bool off_hook_ = false;
};

}  // namespace modem
