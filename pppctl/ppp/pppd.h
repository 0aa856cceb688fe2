// One pppd at work: started on an open line or on a device of its own, known by its log, ended for certain.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/child.h"
#include "base/fd.h"
#include "base/line_splitter.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/stop_signals.h"
#include "modem/outcome.h"
#include "pppctl/ppp/pppd_exit.h"
#include "pppctl/ppp/pppd_log.h"

namespace pppctl::ppp {

// Where the child finds what we give it; 0 and 1 are the line, where it gets one.
inline constexpr int log_descriptor = 2;  // what pppd says of its options goes there too
inline constexpr int secret_descriptor = 3;

struct PppdOrder {
  std::vector<std::string> argv;
  const base::Fd* line = nullptr;                // none: pppd opens its own
  const base::Secret* password = nullptr;        // none: pppd looks into its own files
  std::chrono::milliseconds grace{10000};        // from SIGTERM to SIGKILL
  std::function<void(std::string_view)> said{};  // a line of the log, still to be escaped
};

class Pppd {
 public:
  static base::Result<Pppd> start(PppdOrder order);
  Pppd(Pppd&&) noexcept = default;
  Pppd& operator=(Pppd&&) noexcept = delete;
  Pppd(const Pppd&) = delete;
  Pppd& operator=(const Pppd&) = delete;
  ~Pppd();  // as stop()

  // Until the interface has its addresses. Trouble: pppd has ended, the deadline has passed, a signal came (EINTR).
  modem::Outcome<void> wait_up(std::chrono::milliseconds limit, base::StopSignals& stop);

  // Readable when there is something to look at.
  [[nodiscard]] const base::Fd& event() const { return event_; }
  // Takes in what has come. False: it has ended.
  bool look();
  // Why it has ended, when it has by itself.
  [[nodiscard]] modem::Trouble trouble() const;
  [[nodiscard]] const LinkState& state() const { return log_.state(); }
  [[nodiscard]] pid_t pid() const { return child_.pid(); }

  // SIGTERM, so that it closes the link (RFC 1661 §3.7), then SIGKILL, and its interface has gone. A second signal to
  // us is in a hurry. True: it had to be killed.
  bool stop(base::StopSignals* signals);

 private:
  Pppd(base::Child child, base::Fd log, base::Fd event, PppdOrder order);
  void read_log();
  void hear(const std::string& line);
  bool wait_end(const base::Deadline& deadline, base::StopSignals* signals);
  void wait_interface_gone() const;

  base::Child child_;
  base::Fd log_pipe_;
  base::Fd event_;
  PppdOrder order_;
  base::LineSplitter splitter_;
  PppdLog log_;
  std::optional<base::ChildEnd> end_;
};

// Octets that the interface has carried; empty: there is no such interface.
struct InterfaceOctets {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
};
std::optional<InterfaceOctets> octets_of(const std::string& interface);

bool has_interface(const std::string& name);

}  // namespace pppctl::ppp
