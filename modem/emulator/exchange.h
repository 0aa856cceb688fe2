// The telephone network between the modems: places calls by the phone book, rings, joins the two ends by a line each
// way, cuts them where it was told to. Its ends are the modems by their index, and sockets, which get numbers above
// those.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "modem/emulator/dce.h"
#include "modem/emulator/line.h"
#include "modem/emulator/phone_book.h"
#include "modem/emulator/time.h"

namespace emulator {

using End = std::size_t;

// What a modem holds that the line has not carried yet; it takes no more until there is room.
inline constexpr std::size_t modem_buffer_bytes = 2048;
// Taking a handful at a time is not worth waking up for.
inline constexpr std::size_t room_worth_waking = modem_buffer_bytes / 4;

struct ExchangeOptions {
  std::size_t modems = 0;
  std::uint64_t rate_there = 33600;  // bit/s, from the caller
  std::uint64_t rate_back = 33600;
  Time delay_there{};
  Time delay_back{};
  Time connect_time = std::chrono::seconds(3);
  Time ring_interval = std::chrono::seconds(6);
  std::optional<std::uint64_t> cut_octets;  // of a call, both ways together
  std::optional<Time> cut_after;            // of CONNECT
  std::optional<std::uint64_t> cut_calls;   // only so many are cut
  Time jitter{};
  double bit_errors = 0;
  std::uint64_t seed = 1;
};

enum class EndReason { hang_up, far_end, cut };

struct Placed {
  End end;
  std::string number;
  std::string target;
};
struct Ring {
  End end;
};
struct RingStopped {
  End end;
};
struct Progressed {
  End end;
  Progress progress;
};
struct Joined {
  End end;
  End peer;
  std::uint64_t bits_per_second;
  bool error_correction;
};
struct Parted {
  End end;
  bool abruptly = false;
};  // the carrier has gone
// To a server, or to a program where one is named.
struct OpenSocket {
  End end;
  std::string address;
  std::string program{};
};
struct CloseSocket {
  End end;
};
// For the log: this end's part of a call that had been joined is over.
struct Disconnected {
  End end;
  EndReason reason;
  std::uint64_t octets_there;
  std::uint64_t octets_back;
};
using ExchangeAction =
    std::variant<Placed, Ring, RingStopped, Progressed, Joined, Parted, OpenSocket, CloseSocket, Disconnected>;

class Exchange {
 public:
  Exchange(const ExchangeOptions& options, PhoneBook book);

  std::vector<ExchangeAction> off_hook(Time now, End modem);
  std::vector<ExchangeAction> dial(Time now, End modem, const std::string& number, bool error_correction,
                                   const Limits& limits = {});
  std::vector<ExchangeAction> answer(Time now, End modem, bool error_correction, const Limits& limits = {});
  std::vector<ExchangeAction> hang_up(Time now, End modem);
  std::vector<ExchangeAction> socket_opened(Time now, End socket);
  std::vector<ExchangeAction> socket_failed(Time now, End socket);
  // No more comes from the socket; what came is carried to its end.
  std::vector<ExchangeAction> socket_ended(Time now, End socket);
  std::vector<ExchangeAction> expired(Time now);

  // How much more the end may put onto its line. An end without a call: all of the buffer, and it goes nowhere.
  [[nodiscard]] std::size_t room(Time now, End end) const;
  void put(Time now, End end, std::string_view bytes);
  // At most max of the octets that have come for this end.
  std::string take(Time now, End end, std::size_t max);

  [[nodiscard]] std::optional<Time> due() const;
  // When something comes for the end, when its room grows; empty: not by time alone.
  [[nodiscard]] std::optional<Time> next_arrival(End end) const;
  [[nodiscard]] std::optional<Time> more_room(Time now, End end) const;

 private:
  enum class State { opening, ringing, training, up, draining };
  struct Call {
    Call(const ExchangeOptions& options, End caller);
    State state = State::ringing;
    std::array<std::optional<End>, 2> ends;  // caller and called; empty: has left
    std::array<Channel, 2> ways;             // from the caller, to the caller
    std::array<std::uint64_t, 2> carried{};
    bool error_correction = true;
    Limits limits;
    std::optional<std::uint64_t> cut_octets;
    std::optional<Time> due;
    std::optional<Time> cut_at;
    Time gives_up{};  // draining: the far end has gone, and its octets are not waited for any longer
  };
  using Calls = std::list<Call>;

  [[nodiscard]] const Call* call_of(End end) const;
  Call* call_of(End end);
  [[nodiscard]] static std::size_t side_of(const Call& call, End end) { return call.ends[0] == end ? 0 : 1; }
  [[nodiscard]] bool is_socket(End end) const { return end >= options_.modems; }
  [[nodiscard]] Time delay(std::size_t side) const;
  [[nodiscard]] bool engaged(End modem) const;

  void ring(Call& call, Time now, End modem);
  void train(Call& call, Time now);
  void join(Call& call, Time now);
  [[nodiscard]] Quality quality(const Call& call, std::string_view way) const;
  void leave(Call& call, Time now, std::size_t side);
  void part(Call& call, EndReason reason);
  void expire(Call& call, Time now);
  void disconnected(const Call& call, End end, EndReason reason);
  std::vector<ExchangeAction> finish();

  ExchangeOptions options_;
  PhoneBook book_;
  Calls calls_;
  std::set<End> off_hook_;
  End next_socket_;
  std::uint64_t joined_ = 0;
  std::vector<ExchangeAction> actions_;
};

}  // namespace emulator
