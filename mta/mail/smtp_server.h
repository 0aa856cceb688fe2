// The server's half of SMTP (RFC 5321, 2920, 1870, 6152, 2034, 3030, 1845): events in, actions out.
//
// The shell owns the connection, the clock and the queue. It carries out the actions in order; the message's octets are
// given out as they come and never kept. What this promises: a 250 for a message only after the shell said Queued; no
// octet of a message is ever read as a command (with DATA only CR LF . CR LF ends it, and after a bare CR, a bare LF or
// a NUL the connection is not used any more; with BDAT the octets are counted, whether the chunk is wanted or not);
// replies in the order of the commands, held back until the input runs dry. With a TRANSID: 355
// names no octet more than the shell said it has, and a message that the shell calls accepted is not committed again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "mta/mail/address.h"
#include "mta/mail/chunk_decoder.h"
#include "mta/mail/mail_data.h"
#include "mta/mail/smtp_command.h"

namespace mail {

class SmtpServer {
 public:
  // RFC 5321 §4.5.3.1.4 says 512; addresses up to max_address_bytes and MAIL parameters need more.
  static constexpr std::size_t max_command_bytes = 2048;
  static constexpr std::size_t max_recipients = 1000;  // RFC 5321 §4.5.3.1.8 asks for at least 100
  static constexpr unsigned max_errors = 20;           // commands that nobody sends by accident so often
  static constexpr unsigned max_hops = 100;            // RFC 5321 §6.3

  struct Policy {
    std::string greeting;                     // control/smtpgreeting: the host's name first
    std::vector<std::string> rcpt_hosts;      // domains whose mail is accepted from anybody; ".dom": all below it
    std::optional<std::string> relay_client;  // RELAYCLIENT: any recipient is accepted, with this put behind it
    std::vector<std::string> bad_mail_from;   // addresses, "@host"
    std::uint64_t data_bytes = 0;             // 0: no limit; CR LF octets
    std::string local_ip;                     // "[IP]" of ourselves in a recipient becomes local_ip_host
    std::string local_ip_host;
    bool checkpoint = false;  // the shell keeps partial messages of this client (RFC 1845)
  };

  // --- events
  struct Octets {  // from the client; not while the answer to OpenQueue or Commit is due
    std::string_view bytes;
  };
  struct Closed {};
  struct Expired {};      // nothing came for too long
  struct QueueOpened {};  // answers OpenQueue
  struct Queued {         // answers Commit: the message is on disk; the text ends the reply
    std::string text;
  };
  struct QueueFailed {  // answers OpenQueue, Commit or Recall, or Body could not be written; error ENOSPC: no room
    base::Failure failure;
  };
  enum class Past { none, partial, accepted };
  struct Recalled {  // answers Recall
    Past past = Past::none;
    std::uint64_t octets = 0;             // CR LF octets on disk, up to a line's start; accepted: of the whole message
    std::vector<std::string> recipients;  // of the partial message
    HopCounter hops;                      // which has seen those octets
    std::string text;                     // accepted: what Queued said
  };
  using Event = std::variant<Octets, Closed, Expired, QueueOpened, Queued, QueueFailed, Recalled>;

  // --- actions
  struct Write {
    std::string bytes;
  };
  struct OpenQueue {   // a message is about to come
    std::string helo;  // as the client said it; empty: it did not
    bool esmtp = false;
    // With a TRANSID the message is kept, and queued at Commit. Before QueueOpened the envelope is on disk; after a
    // Recalled that gave a partial message the octets follow those.
    bool is_kept = false;
    std::string sender;
    std::vector<std::string> recipients;
  };
  struct Recall {  // what became of this transaction? Later OpenQueue, Body, Commit, Abort and Forget are about it.
    std::string helo;
    std::string transid;
    std::string sender;
    std::uint64_t size = 0;  // 0: not declared
  };
  struct Body {  // message text, lines ended by LF
    std::string bytes;
  };
  struct Commit {  // the message is complete; addresses as in qmail's envelope
    std::string sender;
    std::vector<std::string> recipients;
    std::uint64_t octets = 0;  // of the whole message, as the client counts them
  };
  struct Abort {};   // nothing of the open message may be queued; of a kept one, what is there stays
  struct Forget {};  // the kept message is not asked for again
  struct Note {      // one line for the log, printable
    std::string text;
  };
  struct Close {};  // the last action
  using Action = std::variant<Write, OpenQueue, Recall, Body, Commit, Abort, Forget, Note, Close>;
  using Actions = std::vector<Action>;

  explicit SmtpServer(Policy policy) : policy_(std::move(policy)) {}

  Actions start();  // connected: the greeting
  Actions on(const Event& event);

 private:
  enum class State {
    command,
    recalling,   // Recalled or QueueFailed is due
    opening,     // QueueOpened or QueueFailed is due
    data,        // message octets come
    chunk,       // octets of a BDAT come
    swallowing,  // a message that was refused for its line ends: its true end is also the connection's
    committing,  // Queued or QueueFailed is due
    finished
  };

  // The message in hand, when it comes by BDAT.
  enum class Chunks {
    none,
    open,   // the queue is open, or is being opened, for the first of them
    failed  // one was refused: nothing but an RSET brings the session on (RFC 3030 §2)
  };

  // What the transaction in hand has with RFC 1845.
  enum class Transid {
    none,
    kept,     // its message is kept as it comes; nothing or some of it was there
    complete  // it was accepted before: only its end may come, and is answered again
  };

  void on_octets(std::string_view bytes);
  void on_closed();
  void on_expired();
  void on_queue_opened();
  void on_queued(const std::string& text);
  void on_queue_failed(const base::Failure& failure);

  void on_recalled(const Recalled& past);

  void work();  // on the octets that are there
  bool read_line();
  void on_command(const CommandLine& command);
  void on_helo(const CommandLine& command);
  void on_mail(std::string_view argument);
  void on_rcpt(std::string_view argument);
  void on_data_command(std::string_view argument);
  void on_quit();
  void on_bdat(std::string_view argument);
  [[nodiscard]] std::optional<std::string> objection_to_chunk() const;
  void begin_message();
  void take_message();
  void give_out(std::string text);
  void check_lines(bool is_completed);
  void commit(std::uint64_t octets);
  void read_chunk();
  void end_of_chunk();
  void read_data();
  void check_message(std::uint64_t octets);
  void end_of_data();

  [[nodiscard]] bool may_receive(const Address& recipient) const;
  [[nodiscard]] bool is_bad_sender() const;
  void reset();
  void reply(std::string_view line);
  void error(std::string_view line);  // a reply that counts against the client
  void hang_up(std::string_view line, std::string text);
  void conclude(std::string_view line);
  void forget();
  [[nodiscard]] bool is_waiting_for_shell() const;
  void refuse_message(std::string line, std::string text);
  void abort_message();
  void note(std::string text) { actions_.emplace_back(Note{std::move(text)}); }

  Policy policy_;
  State state_ = State::command;
  unsigned errors_ = 0;
  std::string input_;     // came and was not looked at yet
  std::size_t used_ = 0;  // of input_
  std::string line_;      // the command line so far
  std::string held_;      // replies not given out yet

  std::string helo_;
  std::optional<Address> sender_;  // MAIL was accepted
  std::vector<std::string> recipients_;
  DataDecoder decoder_;
  BdatCommand chunk_;  // the octets of it that have not come yet
  ChunkDecoder chunk_decoder_;
  HopCounter hops_;
  Chunks chunks_ = Chunks::none;
  Transid transid_ = Transid::none;
  Recalled past_;                       // of the transaction in hand
  std::optional<std::string> refusal_;  // the reply that the message in hand will get
  Actions actions_;

  bool over_long_ = false;  // the command line
  bool esmtp_ = false;
  bool queue_is_open_ = false;  // OpenQueue was said, and neither answered by a failure nor followed by an end
};

}  // namespace mail
