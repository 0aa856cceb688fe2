// One connection of an SMTP client: moves octets between mail::SmtpClient, the files it was given and the server. It
// waits for nothing; whoever runs it polls.
#pragma once

#include <poll.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/directory.h"
#include "base/result.h"
#include "mta/mail/smtp_client.h"
#include "mta/net/relay_login.h"
#include "mta/net/stream.h"
#include "serialmail/named_files.h"
#include "serialmail/peer.h"
#include "serialmail/report.h"
#include "serialmail/resumption.h"
#include "serialmail/server_memory.h"

namespace serialmail {

struct SmtpPeer {
  SmtpPeer() = default;
  explicit SmtpPeer(Peer peer);
  explicit SmtpPeer(net::RelaySession session);

  net::Stream stream;
  std::string address;          // empty: not known
  bool is_handed_down = false;  // by descriptors: another session may follow on the same line
  bool is_logged_in = false;    // by net::log_in; then:
  std::optional<mail::Reply> ehlo;
  std::optional<std::chrono::steady_clock::duration> round_trip;  // that the login measured
};

class SmtpSession {
 public:
  using Clock = std::chrono::steady_clock;

  // The spool's directory, the files, the memory and the report must outlive the session.
  SmtpSession(SmtpPeer peer, mail::SmtpClient::Options options, const base::Directory& directory, NamedFiles& files,
              ServerMemories& memories, Report& report);

  base::Result<void> start();

  // For poll(2); writing() of no descriptor when there is nothing to write.
  [[nodiscard]] pollfd reading() const { return peer_.stream.reading(); }
  [[nodiscard]] pollfd writing() const { return has_octets() ? peer_.stream.writing() : pollfd{-1, 0, 0}; }
  // There is something to read that poll(2) does not see.
  [[nodiscard]] bool has_pending() const { return peer_.stream.has_pending(); }
  [[nodiscard]] const base::Deadline& deadline() const { return deadline_; }
  [[nodiscard]] bool has_octets() const { return !waiting_.empty(); }  // for the line
  [[nodiscard]] bool wants_file() const { return wants_; }
  [[nodiscard]] bool is_opening() const { return is_opening_; }  // greeting and EHLO are not over
  [[nodiscard]] bool is_empty() const { return open_.empty(); }  // no file it was given waits for a result
  [[nodiscard]] bool is_sending_body() const { return body_.has_value(); }
  [[nodiscard]] bool streams() const { return client_.streams(); }
  [[nodiscard]] bool in_lock_step() const { return !client_.pipelining(); }
  // How long the server's answer to our name took, once it is here: nothing else was on the way.
  [[nodiscard]] std::optional<Clock::duration> round_trip() const { return round_trip_; }

  // What this session can take next, as NamedFiles::next().
  base::Result<std::optional<Consignment>> next_file();
  // Answer wants_file().
  void give(Consignment mail);
  void give_no_more();

  // The connection has octets for us, or room; the deadline is looked at.
  void on_octets();
  void on_room();
  void on_time();
  // Keeps the buffer filled, so that the line never waits for the disk.
  void fill();

  [[nodiscard]] bool is_done() const { return done_.has_value(); }
  // What the connection has carried since the last call; of what this one took over, nothing.
  LineReading take_reading();
  // QUIT, or nothing after a failure; what of the body in hand did not leave is noted. Then the outcome.
  base::Result<void> end();
  // After that, where other sessions go on: what it was given and has not begun is theirs.
  void release();
  // Trouble of ours, which has to end the run: a result could not be told.
  [[nodiscard]] const base::Result<void>& trouble() const { return trouble_; }

 private:
  // A transaction that was offered. Its files without a result are the server's still to take.
  struct Sending {
    Consignment mail;
    std::vector<bool> has_result;                  // of each file
    std::optional<Clock::time_point> alone_since;  // its body began with nothing else on the way
    bool has_begun = false;                        // the body
    bool is_delivered = false;                     // to one of the recipients at least
    [[nodiscard]] std::vector<std::string> open_names() const;
  };
  struct Body {
    std::shared_ptr<Sending> sending;
    std::uint64_t octets = 0;  // of it, handed to waiting_
    bool is_complete = false;  // its last octets are in waiting_, and the journal knows
  };

  void tell(const mail::SmtpClient::Event& event);
  void handle(mail::SmtpClient::Actions actions);
  void handle_one(mail::SmtpClient::Action& action);
  void begin_body(const mail::SmtpClient::SendBody& body);
  void end_body();
  void give_up(const Sending& sending, const base::Failure& why);
  void on_result(const mail::SmtpClient::Result& result);
  void keep(base::Result<void> done);
  void measure(const Sending& sending);
  void close_connection(std::string reason);
  void await_goodbye();
  void read_counters();

  SmtpPeer peer_;
  mail::SmtpClient client_;
  Resumption resumption_;
  NamedFiles& files_;
  ServerMemories& memories_;
  Report& report_;

  std::map<std::uint64_t, std::shared_ptr<Sending>> open_;  // until all results are there
  std::uint64_t last_id_ = 0;
  bool wants_ = false;
  bool is_opening_ = true;

  std::string waiting_;  // octets for the server
  std::uint64_t up_ = 0;
  std::uint64_t down_ = 0;
  LineReading reading_;
  LineReading taken_;
  std::optional<Body> body_;
  std::chrono::seconds within_{0};
  base::Deadline deadline_;
  std::optional<Clock::time_point> written_;  // EHLO
  std::optional<Clock::duration> round_trip_;
  std::optional<mail::SmtpClient::Done> done_;
  std::string network_error_;
  base::Result<void> trouble_;
};

}  // namespace serialmail
