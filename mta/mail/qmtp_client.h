// The client's half of QMTP (cr.yp.to/proto/qmtp.txt): events in, actions out.
//
// Package follows package without waiting; the server answers each recipient, in order. The shell owns the connection,
// time and the messages' bodies. It carries out the actions in order, reads all the time, while it writes too (both
// sides could wait for each other otherwise), and hands in what happens. `now` is any steady clock's time.
//
// What it promises: a Result is given only for a response to that very recipient, at most once; a response is taken
// only for a package that was sent to its end; a response that is none, or that nobody waits for, and a break are
// trouble of the session and never a message's result. Packages without all their responses are bounded in number, and
// in the time since the first of them left.
//
// A server that answers a package once, whoever it is for (mailfront 2.12 does), would have the next package's response
// taken for that of this one's second recipient. So nothing is begun behind a package for several recipients until one
// such was answered in full.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "mta/mail/address.h"
#include "mta/mail/flight_bound.h"
#include "mta/mail/netstring.h"

namespace mail {

inline constexpr std::size_t max_qmtp_response_bytes = 65536;

class QmtpClient {
 public:
  using Time = FlightBound::Time;

  // What a break would leave in doubt: nothing is known of the line when the first packages leave.
  static constexpr Time in_flight_time{2000};
  // RFC 5321 §4.5.3.2.5 and .6 for want of a word in QMTP: a block, the answer to a message.
  static constexpr std::chrono::seconds block_timeout{180};
  static constexpr std::chrono::seconds response_timeout{600};
  // Between the responses to a package for several recipients, until one such was answered in full.
  static constexpr std::chrono::seconds further_response_timeout{60};
  // A session is to take no longer than an hour; what is under way by now has the rest of it.
  static constexpr Time offering_time = std::chrono::minutes(45);

  // One body for one or more recipients. The id is the shell's.
  struct Package {
    std::uint64_t id = 0;
    Address sender;
    std::vector<Address> recipients;  // at least one
    std::uint64_t octets = 0;         // of the message, as LF text
  };

  // --- events
  struct Octets {  // from the server; valid during on()
    std::string_view bytes;
  };
  struct Closed {  // end of file or a broken connection
    std::string why;
  };
  struct Expired {};  // the deadline we armed has passed
  struct Offer {      // answers Want; one that comes after offering_time is not sent and gets no result
    Package package;
  };
  struct NoMore {};       // answers Want: there is nothing left to send
  struct PackageSent {};  // the package that SendPackage asked for has been put on its way to its last octet
  struct Broken {         // nothing more can be written: the rest of the package in hand, or anything at all. The
    base::Failure why;    // responses to what is in flight are still awaited; then this is the session's outcome.
  };
  using Event = std::variant<Octets, Closed, Expired, Offer, NoMore, PackageSent, Broken>;

  // --- actions
  struct Arm {  // zero: nothing is awaited, no deadline
    std::chrono::seconds within;
  };
  struct Want {};       // the next package, please: one Offer or NoMore, at once or later
  struct SendPackage {  // write `before`, the message as LF text, `behind`, then say PackageSent. The deadline is
                        // block_timeout, and begins anew with every block that got away.
    std::uint64_t package = 0;
    std::string before;
    std::string behind;
  };
  enum class Verdict { accepted, refused, deferred };  // refused: permanently
  struct Result {
    std::uint64_t package = 0;
    std::size_t recipient = 0;  // index into the package's recipients
    Verdict verdict = Verdict::deferred;
    std::string text;  // the server's; a peer's bytes: escape before showing
  };
  struct Done {  // the last action: close the connection
    base::Result<void> outcome;
    std::vector<std::uint64_t> in_doubt;  // packages sent to their end and not answered for every recipient
    bool answers_once = false;            // the server left recipients of a package without a response
  };
  using Action = std::variant<Arm, Want, SendPackage, Result, Done>;
  using Actions = std::vector<Action>;

  Actions start(Time now);  // connected; the client speaks first
  Actions on(const Event& event, Time now);

 private:
  enum class State {
    ready,     // no package in hand
    sending,   // SendPackage is out
    draining,  // nothing more is sent, responses are awaited
    finished
  };
  struct InFlight {
    std::uint64_t package = 0;
    std::size_t recipients = 0;
    std::size_t answered = 0;
    Time sent{0};
  };

  void on_octets(std::string_view bytes);
  void on_closed(const std::string& why);
  void on_expired();
  void on_offer(const Package& package);
  void on_no_more();
  void on_package_sent();
  void on_broken(const base::Failure& why);
  void on_response(const std::string& response);

  void go_on();  // begins what may be begun now
  void begin(const Package& package);
  void want();
  [[nodiscard]] bool may_begin() const;
  // The oldest package in flight is for several recipients, and the server has not shown that it answers each.
  [[nodiscard]] bool is_proving() const;
  [[nodiscard]] std::chrono::seconds timeout() const;
  void finish(base::Result<void> outcome);
  void fail(std::string text);

  State state_ = State::ready;
  NetstringParser parser_{max_qmtp_response_bytes};
  std::deque<InFlight> in_flight_;  // sent to their end and not answered, in order
  InFlight in_hand_;                // being sent
  std::optional<Package> offered_;  // not begun
  bool wanted_ = false;             // Want is out and not answered
  bool no_more_ = false;
  base::Result<void> broken_;  // why we are draining
  Time started_{0};
  Time now_{0};
  FlightBound bound_{in_flight_time};
  bool answers_each_ = false;  // a package for several recipients was answered in full
  bool progress_ = false;      // during on(): the deadline begins anew
  Actions actions_;
};

}  // namespace mail
