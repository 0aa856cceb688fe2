// The client's half of SMTP (RFC 5321, 2920, 3030, 1870, 6152): events in, actions out, for every SMTP client of the
// tree.
//
// The shell owns the connection, time and the messages' bodies. It carries out the actions in order, keeps reading
// while it writes (RFC 2920 §3.1: both sides could wait for each other otherwise), and hands in what happens. Octets of
// Write and of a body leave in the order in which the actions came; whatever is written belongs to the deadline armed
// last. After a write error it reads on to the end of file before it says Closed: the server's last words may be there.
//
// A transaction with a TRANSID (smtp_checkpoint.cpp) is alone on the line from its MAIL to its answer, and goes by
// DATA, or by BDAT to a server that has taken a message so.
//
// What it promises: a Result is given only for an answer of the server to that very transaction, at most once for each
// of its recipients; by DATA one body at most is in doubt, by BDAT what FlightBound allows; a 421, a surplus reply, an
// impossible code or a break is trouble of the session and never a message's result.
//
// BDAT (smtp_client_mail.cpp) goes only behind PIPELINING, only with short bodies, and never with one that has a line
// which a server could obey. A session's first goes when its envelope is answered, alone; a refusal of it is nobody's
// result, the message is sent again by DATA. Once one was accepted so, envelope and body are one flight. A server that
// did that in an earlier session is believed from the first message on, with two bodies in flight at most, until it
// has accepted one; its refusal before that is nobody's result either.
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
#include "mta/mail/mail_data.h"
#include "mta/mail/smtp_extensions.h"
#include "mta/mail/smtp_reply.h"

namespace mail {

class SmtpClient {
 public:
  using Time = FlightBound::Time;

  // RFC 5321 §4.5.3.2.
  static constexpr std::chrono::seconds greeting_timeout{300};
  static constexpr std::chrono::seconds helo_timeout{300};
  static constexpr std::chrono::seconds mail_timeout{300};
  static constexpr std::chrono::seconds rcpt_timeout{300};
  static constexpr std::chrono::seconds rset_timeout{300};
  static constexpr std::chrono::seconds data_timeout{120};
  static constexpr std::chrono::seconds block_timeout{180};
  static constexpr std::chrono::seconds body_timeout{600};
  // MAIL's SIZE parameter costs octets on every message and pays only where a refusal saves a long body.
  static constexpr std::uint64_t size_parameter_from_bytes = 65536;

  // A refused envelope wastes a body that left with it, so only short ones do: 4 s of a 33,600 bit/s line.
  static constexpr std::uint64_t max_chunk_bytes = 16384;
  // Replies to a refused BDAT's octets, taken for commands line by line, that are thrown away.
  static constexpr std::size_t max_stray_replies = max_chunk_bytes;

  // The transaction's identity for a server that keeps what it got of it (RFC 1845).
  struct Transid {
    std::string id;                     // with its brackets
    bool is_resumed = false;            // this very transaction was tried with it before, and
    std::vector<std::size_t> accepted;  // the server took these of its recipients then
  };

  struct Options {
    std::string helo_name;
    bool chunking = true;             // false: whatever the server offers, DATA
    std::string flew_before = {};     // the server() with which an earlier session's Flights were good; empty: none
    std::string stalled_before = {};  // the server() with which one stalled(): its PIPELINING is not believed
  };

  // One mail transaction: one body for one or more recipients. The id is the shell's.
  struct Transaction {
    std::uint64_t id = 0;
    Address sender;
    std::vector<Address> recipients;  // at least one
    std::uint64_t size = 0;           // CR LF octets, from DataCounter
    bool eight_bit = false;
    bool command_like = true;        // CommandSpotter found something, or nobody looked
    std::optional<Transid> transid;  // only where checkpoint(); it costs three round trips
  };

  // --- events
  struct Octets {  // from the server; valid during on()
    std::string_view bytes;
  };
  struct Closed {};   // end of file or a broken connection
  struct Expired {};  // the deadline we armed has passed
  struct Offer {      // answers Want
    Transaction transaction;
  };
  struct NoMore {};    // answers Want: there is nothing left to send, QUIT comes as soon as all replies are in
  struct BodySent {};  // the body that SendBody asked for has been put on its way, with its final dot if it has one
  struct Kept {};      // answers Keep
  using Event = std::variant<Octets, Closed, Expired, Offer, NoMore, BodySent, Kept>;

  // --- actions
  struct Write {
    std::string bytes;
  };
  struct Arm {  // zero: nothing is awaited, no deadline
    std::chrono::seconds within;
  };
  struct Want {};    // the next transaction, please: one Offer or NoMore, at once or later
  struct SendBody {  // move the body through DataEncoder, all of it, then BodySent. The deadline begins anew with
                     // every block that got away. The same transaction may ask for its body a second time.
    std::uint64_t transaction = 0;
    Framing framing = Framing::dotted;  // counted: exactly the transaction's size
    std::uint64_t offset = 0;           // so many octets, counted as the size is, are there already: only the rest goes
  };
  struct Keep {  // a new transaction with a TRANSID: make durable that these recipients were accepted, then Kept
    std::uint64_t transaction = 0;
    std::vector<std::size_t> accepted;
    std::vector<std::string> replies;  // to their RCPTs
  };
  // The command that a reply answered; clear: the RSET behind a refused BDAT; local: we refused before sending
  // anything.
  enum class Command { greeting, ehlo, helo, rset, mail, rcpt, data, body, lone_dot, clear, local };
  enum class Verdict { accepted, refused, deferred };  // refused: permanently
  struct Result {
    std::uint64_t transaction = 0;
    std::size_t recipient = 0;  // index into the transaction's recipients
    Verdict verdict = Verdict::deferred;
    Command command = Command::local;
    Reply reply;  // for local: our own text in the form of a reply
  };
  struct Done {  // the last action: close the connection after what is written
    base::Result<void> outcome;
    std::vector<std::uint64_t> in_doubt;  // the transactions whose bodies were sent and not answered
  };
  using Action = std::variant<Write, Arm, Want, SendBody, Keep, Result, Done>;
  using Actions = std::vector<Action>;

  explicit SmtpClient(Options options) : options_(std::move(options)) {}

  Actions start();  // connected; the server speaks first
  // Behind SmtpLogin: what its EHLO said last, or nothing where the server knows only HELO.
  Actions start_behind_login(const std::optional<Reply>& ehlo);
  Actions on(const Event& event, Time now);  // by any steady clock

  // What the server offered and is believed; meaningful from the first Want on.
  [[nodiscard]] bool pipelining() const { return extensions_.pipelining; }
  [[nodiscard]] bool checkpoint() const { return extensions_.checkpoint; }
  // Bodies leave with their envelopes, or will once one was accepted by BDAT: one connection keeps the line filled.
  [[nodiscard]] bool streams() const { return chunks_ != Chunks::unusable; }
  // What the session showed of envelope and BDAT in one flight. odd: a refusal, a reply too many, or a break before the
  // first was accepted.
  enum class Flights { none, good, odd };
  [[nodiscard]] Flights flights() const { return flights_; }
  // The deadline passed in the session's first flight of commands, of which only the beginning was answered: so do
  // servers behind something that throws away what it did not ask for.
  [[nodiscard]] bool stalled() const { return stalled_; }
  // What tells the server from another, or from itself with another configuration: server_profile().
  [[nodiscard]] const std::string& server() const { return server_; }

 private:
  enum class State { opening, mailing, finished };  // opening: greeting, EHLO, HELO
  // BDAT in this session. untried: the next short body shows. remembered: it worked in an earlier one. doubted: it
  // worked, but an envelope or a body was refused since, so that the next one waits for its envelope again.
  enum class Chunks { unusable, untried, remembered, trusted, doubted };
  enum class Way { data, chunk_in_order, chunk_at_once };
  enum class Stage {
    envelope,  // replies to MAIL, RCPT, DATA are awaited
    body,      // the body is on its way
    answer,    // it is sent, its reply is awaited; the next transaction may be on its way behind it
    clearing   // its BDAT was refused; what the server makes of the octets is thrown away
  };
  struct Expected {  // a command whose reply is due
    Command command = Command::greeting;
    std::size_t recipient = 0;
  };
  struct Part {
    Transaction transaction;
    std::vector<std::size_t> recipients;  // those of the transaction that are asked for in this one
  };
  struct Open : Part {
    Way way = Way::data;
    Stage stage = Stage::envelope;
    std::size_t next_recipient = 0;  // lock-step: whose RCPT comes next
    bool mail_accepted = false;
    bool is_settled = false;  // nobody is left who could get it
    std::vector<std::size_t> accepted;
    std::vector<std::size_t> too_many;  // "too many recipients": for a further transaction
    Time sent{0};                       // its last octet
  };

  // The transaction in hand, when it has a TRANSID; open_ is empty then.
  struct Checkpoint {
    Transaction transaction;
    Way way = Way::data;
    std::vector<std::size_t> accepted;  // recipients
    std::vector<std::string> replies;   // to their RCPTs
    std::size_t answered = 0;           // RCPTs
    std::uint64_t offset = 0;
    bool body_is_going = false;
  };

  void on_octets(std::string_view bytes);
  void on_closed();
  void on_expired();
  void on_offer(const Transaction& transaction);
  void on_no_more();
  void on_body_sent();

  void on_reply(const Reply& reply);
  void on_uncalled_reply(const Reply& reply);
  void on_greeting(const Reply& reply);
  void on_ehlo(const Reply& reply);
  void on_helo(const Reply& reply);
  void on_rset(const Reply& reply);
  void on_mail(const Reply& reply);
  void on_rcpt(std::size_t recipient, const Reply& reply);
  void on_data(const Reply& reply);
  void on_body(const Reply& reply);
  void on_chunk(const Reply& reply);
  void on_lone_dot();
  void on_clear(const Reply& reply);
  bool take_stray(Command command, const Reply& reply);
  void again_by_data();

  void begin_checkpoint();
  void send_checkpoint_mail();
  void on_checkpoint_reply(const Expected& expected, const Reply& reply);
  void on_checkpoint_mail(const Reply& reply);
  void on_resume(const Reply& reply);
  void on_checkpoint_rcpt(std::size_t recipient, const Reply& reply);
  void on_kept();
  void begin_checkpoint_body();
  void on_checkpoint_data(const Reply& reply);
  void on_checkpoint_body(const Reply& reply);
  void on_checkpoint_chunk_refused(const Reply& reply);
  void checkpoint_result(std::size_t recipient, Command command, const Reply& reply);
  void checkpoint_results(Command command, const Reply& reply);
  void checkpoint_over();
  void go_on_without_transid();

  void take_extensions(const Reply& ehlo);
  void want();
  void go_on();  // sends what may be sent now
  [[nodiscard]] bool may_begin() const;
  bool begin_next();
  [[nodiscard]] Way way_for(const Transaction& transaction) const;
  void begin_envelope(Part part);
  void send_mail(const Transaction& transaction);
  void envelope_answered();
  void next_in_lock_step();
  void begin_body(Open& open);
  void send_chunk(Open& open);
  void transaction_over();
  void send(Command command, const std::string& line, std::size_t recipient = 0);
  void write(std::string_view line);
  void result(std::size_t recipient, Command command, const Reply& reply);
  void result_for_accepted(Command command, const Reply& reply);
  void refuse_locally(const Transaction& transaction);
  [[nodiscard]] bool body_is_going() const;
  [[nodiscard]] std::vector<std::uint64_t> in_doubt() const;
  static std::chrono::seconds reply_timeout(Command command);
  [[nodiscard]] std::chrono::seconds timeout() const;
  void quit(base::Result<void> outcome);
  void finish(base::Result<void> outcome);
  void break_off(std::string text) { finish(base::temporary(std::move(text))); }
  void fail(std::string text);

  Options options_;
  State state_ = State::opening;
  SmtpExtensions extensions_;
  std::string greeting_name_;
  std::string server_;
  Chunks chunks_ = Chunks::unusable;
  bool chunk_accepted_ = false;  // in this session
  Flights flights_ = Flights::none;
  bool envelope_answered_ = false;  // a whole one, in this session
  bool stalled_ = false;
  FlightBound bound_{Time{0}};
  ReplyParser parser_;
  std::deque<Expected> expected_;       // commands sent and not answered, in order
  std::deque<Open> open_;               // begun, in order: the first one's replies come next
  std::deque<Part> further_;            // for recipients that were too many, not begun
  std::optional<Transaction> offered_;  // not begun
  std::optional<Checkpoint> checkpoint_;
  bool strays_may_come_ = false;  // a BDAT was refused before any was accepted, and no RSET behind it is answered yet
  std::size_t stray_replies_ = 0;
  Time now_{0};
  bool wanted_ = false;  // Want is out and not answered
  bool no_more_ = false;
  bool needs_rset_ = false;  // the last transaction was abandoned after its MAIL was accepted
  bool progress_ = false;    // during on(): the deadline begins anew
  Actions actions_;
};

}  // namespace mail
