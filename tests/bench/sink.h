// The bench's server: takes mail by SMTP or QMTP as fast as it comes, answers at once, keeps nothing but counts. What
// it offers is chosen, so that one client can be measured with and without it.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "base/stop_signals.h"

namespace bench {

inline constexpr std::size_t max_sink_sessions = 256;
inline constexpr std::size_t max_unparsed_bytes = 64 * 1024 * 1024;  // QMTP packages are taken whole

struct SinkSettings {
  bool offers_pipelining = false;
  bool offers_chunking = false;
  bool is_qmtp = false;
  bool defers = false;  // every recipient gets 450
  unsigned listen_port = 0;
};

struct SinkCounts {
  std::uint64_t sessions = 0;
  std::uint64_t at_once = 0;  // the most sessions at one time
  std::uint64_t commands = 0;
  std::uint64_t messages = 0;  // accepted bodies
  std::uint64_t recipients = 0;
  std::uint64_t deferred = 0;
  std::uint64_t by_data = 0;
  std::uint64_t by_bdat = 0;
  std::uint64_t groups = 0;    // MAIL with the next command right behind it
  std::uint64_t overlaps = 0;  // a body with the next command right behind it
  std::uint64_t mail_octets = 0;
  // Seconds of the steady clock.
  double first_octet = 0;
  double first_message = 0;
  double last_message = 0;
};

class SinkSession {
 public:
  SinkSession(const SinkSettings& settings, SinkCounts& counts) : settings_(settings), counts_(counts) {}

  [[nodiscard]] std::string greeting() const;
  // The replies to all that can be answered; false: the session is over.
  bool take(std::string_view octets, std::string& replies);

 private:
  bool command(std::string_view line, std::string& replies);
  bool take_content(std::string& replies);
  void accepted(std::string& replies);
  bool take_package(std::string& replies);

  const SinkSettings& settings_;
  SinkCounts& counts_;
  std::string input_;
  std::size_t at_ = 0;  // of input_, up to where it is dealt with
  std::uint64_t recipients_ = 0;
  bool in_data_ = false;
  bool is_last_ = false;
  std::optional<std::uint64_t> chunk_left_;
};

class Sink {
 public:
  Sink(SinkSettings settings, base::StopSignals& signals) : settings_(settings), signals_(signals) {}
  base::Result<unsigned> listen();
  base::Result<void> run();  // until a signal
  [[nodiscard]] std::string summary() const;

 private:
  struct Open {
    base::Fd fd;
    SinkSession session;
    std::string replies;
    bool is_over = false;
  };
  void accept_all();
  void serve(Open& open);

  SinkSettings settings_;
  base::StopSignals& signals_;
  SinkCounts counts_;
  base::Fd listener_;
  std::list<Open> open_;
};

}  // namespace bench
