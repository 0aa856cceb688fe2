// The client's half of SMTP (RFC 5321, 2920, 1870, 6152): events in, actions out, for every SMTP client of the tree.
//
// The shell owns the connection, time and the messages' bodies. It carries out the actions in order, keeps reading
// while it writes (RFC 2920 §3.1: both sides could wait for each other otherwise), and hands in what happens. Octets of
// Write and of a body leave in the order in which the actions came; whatever is written belongs to the deadline armed
// last. After a write error it reads on to the end of file before it says Closed: the server's last words may be there.
//
// A transaction with a TRANSID is alone on the line from its MAIL to its answer.
//
// What it promises: a Result is given only for an answer of the server to that very transaction, at most once for each
// of its recipients; at most one body is in doubt; a 421, a surplus reply, an impossible code or a break is trouble of
// the session and never a message's result.
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
#include "mta/mail/smtp_reply.h"

namespace mail {

class SmtpClient {
 public:
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

  // The transaction's identity for a server that keeps what it got of it (RFC 1845).
  struct Transid {
    std::string id;                     // with its brackets
    bool is_resumed = false;            // this very transaction was tried with it before, and
    std::vector<std::size_t> accepted;  // the server took these of its recipients then
  };

  struct Options {
    std::string helo_name;
  };

  // One mail transaction: one body for one or more recipients. The id is the shell's.
  struct Transaction {
    std::uint64_t id = 0;
    Address sender;
    std::vector<Address> recipients;  // at least one
    std::uint64_t size = 0;           // CR LF octets, from DataCounter
    bool eight_bit = false;
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
  struct BodySent {};  // the body that SendBody asked for and its final dot have been put on their way
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
  struct SendBody {  // move the body through DataEncoder, final dot included, then BodySent. The deadline is
                     // block_timeout, and begins anew with every block that got away.
    std::uint64_t transaction = 0;
    std::uint64_t offset = 0;  // so many octets, counted as the size is, are there already: only the rest goes
  };
  struct Keep {  // a new transaction with a TRANSID: make durable that these recipients were accepted, then Kept
    std::uint64_t transaction = 0;
    std::vector<std::size_t> accepted;
    std::vector<std::string> replies;  // to their RCPTs
  };
  // The command that a reply answered; local: we refused before sending anything.
  enum class Command { greeting, ehlo, helo, rset, mail, rcpt, data, body, lone_dot, local };
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
    std::optional<std::uint64_t> in_doubt;  // the transaction whose body was sent and not answered
  };
  using Action = std::variant<Write, Arm, Want, SendBody, Keep, Result, Done>;
  using Actions = std::vector<Action>;

  explicit SmtpClient(Options options) : options_(std::move(options)) {}

  Actions start();  // connected; the server speaks first
  // Behind SmtpLogin: what its EHLO said last, or nothing where the server knows only HELO.
  Actions start_behind_login(const std::optional<Reply>& ehlo);
  Actions on(const Event& event);

  // What the server offered; meaningful from the first Want on.
  [[nodiscard]] bool pipelining() const { return extensions_.pipelining; }
  [[nodiscard]] bool checkpoint() const { return extensions_.checkpoint; }

 private:
  enum class State {
    opening,   // greeting, EHLO, HELO
    waiting,   // no transaction open; Want is out, or all is done but the last reply
    envelope,  // replies to MAIL, RCPT, DATA are awaited
    body,      // the body is on its way
    answer,    // the body is sent, its reply is awaited; with PIPELINING the next envelope may be on its way already
    finished
  };
  struct Extensions {
    bool pipelining = false;
    bool eight_bit_mime = false;
    bool size = false;
    bool checkpoint = false;
    std::uint64_t max_size = 0;  // 0: unknown or none
  };
  struct Expected {  // a command whose reply is due
    Command command = Command::greeting;
    std::size_t recipient = 0;
  };
  struct Open {
    Transaction transaction;
    std::size_t next_recipient = 0;  // lock-step: whose RCPT comes next
    bool mail_accepted = false;
    std::vector<std::size_t> accepted;  // recipients
  };

  // The transaction in hand, when it has a TRANSID (smtp_checkpoint.cpp).
  struct Checkpoint {
    Transaction transaction;
    std::vector<std::size_t> accepted;  // recipients
    std::vector<std::string> replies;   // to their RCPTs
    std::size_t answered = 0;           // RCPTs
    std::uint64_t offset = 0;
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
  void on_lone_dot();

  void begin_checkpoint();
  void send_checkpoint_mail();
  void on_checkpoint_reply(const Expected& expected, const Reply& reply);
  void on_checkpoint_mail(const Reply& reply);
  void on_resume(const Reply& reply);
  void on_checkpoint_rcpt(std::size_t recipient, const Reply& reply);
  void on_kept();
  void on_checkpoint_data(const Reply& reply);
  void on_checkpoint_body(const Reply& reply);
  void checkpoint_result(std::size_t recipient, Command command, const Reply& reply);
  void checkpoint_results(Command command, const Reply& reply);
  void checkpoint_over();
  void go_on_without_transid();

  void read_extensions(const Reply& reply);
  void want();
  void go_on();  // sends what may be sent now
  void begin_envelope(const Transaction& transaction);
  void send_mail(const Transaction& transaction);
  void next_in_lock_step();
  void begin_body();
  void transaction_over();
  void send(Command command, const std::string& line, std::size_t recipient = 0);
  void write(std::string_view line);
  void result(std::size_t recipient, Command command, const Reply& reply);
  void result_for_accepted(Command command, const Reply& reply);
  void refuse_locally(const Transaction& transaction);
  static std::chrono::seconds reply_timeout(Command command);
  [[nodiscard]] std::chrono::seconds timeout() const;
  void quit(base::Result<void> outcome);
  void finish(base::Result<void> outcome);
  void fail(std::string text) { finish(base::temporary(std::move(text))); }

  Options options_;
  State state_ = State::opening;
  Extensions extensions_;
  ReplyParser parser_;
  std::deque<Expected> expected_;       // commands sent and not answered, in order
  std::optional<Open> current_;         // the transaction in hand
  std::optional<Open> following_;       // its envelope went out behind current_'s body
  std::optional<Transaction> offered_;  // not begun
  std::optional<Checkpoint> checkpoint_;
  bool wanted_ = false;  // Want is out and not answered
  bool no_more_ = false;
  bool needs_rset_ = false;  // the last transaction was abandoned after its MAIL was accepted
  bool progress_ = false;    // during on(): the deadline begins anew
  Actions actions_;
};

}  // namespace mail
