// A slow line for TCP, in user space: what connects to it is passed on to one server, and all connections share the
// line. Each way has its rate and its delay, a connection's first octets wait for the round trip of TCP's handshake,
// and the octets are read from the sender no faster than the line carries them. Headers of TCP, IP and PPP cost
// nothing: the line carries the octets of the mail protocols alone.
#pragma once

#include <poll.h>

#include <deque>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "base/stop_signals.h"
#include "tests/bench/lane.h"

namespace bench {

inline constexpr int receive_buffer_bytes = 2048;
inline constexpr std::size_t max_undelivered_bytes = 64 * 1024;  // the receiver is slower than the line
inline constexpr std::size_t max_connections = 256;

enum class Way { up, down };  // from the client to the server, and back

struct LineSettings {
  std::uint64_t bits_per_second = 33'600;
  Span delay{};  // one way
  unsigned listen_port = 0;
  std::string host;
  unsigned port = 0;
  std::optional<std::uint64_t> cut_octets;  // delivered; nothing arrives after them
  std::optional<Way> cut_way;               // only octets of this way count
  std::optional<Span> cut_after;            // since the first connection
  bool is_silent_cut = false;               // the connections stay, and say nothing any more
};

class LineEmulator {
 public:
  LineEmulator(LineSettings settings, base::StopSignals& signals);

  // Listens; the port is the settings' own, or a free one for 0.
  base::Result<unsigned> listen();
  // Until a signal.
  base::Result<void> run();
  // One line of JSON.
  [[nodiscard]] std::string summary() const;

 private:
  struct Packet {
    Moment arrival;
    std::string octets;  // empty: the sender has closed
  };
  struct Stream {
    Moment opens{};  // nothing is read before
    std::deque<Packet> packets;
    std::string undelivered;  // arrived; the receiver's buffer is full
    bool has_ended = false;   // nothing more is read
    bool is_closed = false;   // the end was delivered, or the receiver has gone
  };
  struct Connection {
    base::Fd client;
    base::Fd server;
    std::optional<Moment> connects;  // to the server, then
    bool is_connecting = false;
    Stream up;
    Stream down;
  };

  [[nodiscard]] Lane& lane(Way way) { return way == Way::up ? up_ : down_; }
  static Stream& stream(Connection& c, Way way) { return way == Way::up ? c.up : c.down; }
  static base::Fd& source(Connection& c, Way way) { return way == Way::up ? c.client : c.server; }
  static base::Fd& target(Connection& c, Way way) { return way == Way::up ? c.server : c.client; }

  base::Result<void> wait(Moment now);
  [[nodiscard]] Span until_next(Moment now);
  void accept_all(Moment now);
  base::Result<void> connect_due(Moment now);
  base::Result<void> open_server(Connection& c);
  void carry(Way way, Moment now);
  bool carry_piece(Way way, Moment now);
  [[nodiscard]] static bool may_be_read(Connection& c, Way way, Moment now);
  void count(Way way, const Lane::Passage& passage);
  void deliver(Way way, Moment now);
  void deliver_packets(Connection& c, Way way, Moment now);
  static void flush(Connection& c, Way way);
  void close_finished(Moment now);
  [[nodiscard]] std::uint64_t until_cut(Way way) const;
  [[nodiscard]] Moment until_cut(Moment now) const;
  void cut(Moment now);
  void note_open(Moment now);
  [[nodiscard]] bool time_is_over(Moment now) const;
  [[nodiscard]] bool octets_are_through() const;

  LineSettings settings_;
  base::StopSignals& signals_;
  Lane up_;
  Lane down_;
  base::Fd listener_;
  std::list<Connection> connections_;
  std::vector<pollfd> entries_;

  std::size_t accepted_ = 0;
  std::optional<Moment> first_accept_;
  std::optional<Moment> open_since_;  // a connection is open
  Span open_{};
  Moment carried_until_{};  // by either way
  Span carried_{};
  std::uint64_t down_at_last_up_ = 0;
  std::uint64_t turnarounds_ = 0;
  std::uint64_t delivered_up_ = 0;
  std::uint64_t delivered_down_ = 0;
  bool is_cut_ = false;
};

}  // namespace bench
