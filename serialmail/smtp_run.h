// serialsmtp's shell: names in, one SMTP session, results out. The protocol is mail::SmtpClient's.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/deadline.h"
#include "base/directory.h"
#include "base/fd.h"
#include "base/result.h"
#include "base/stop_signals.h"
#include "mta/mail/smtp_client.h"
#include "mta/net/stream.h"
#include "serialmail/named_files.h"
#include "serialmail/peer.h"
#include "serialmail/report.h"
#include "serialmail/resumption.h"

namespace serialmail {

// Octets that may wait for the line in our own buffer.
inline constexpr std::size_t max_waiting_bytes = 16 * 1024;

struct SmtpPeer {
  SmtpPeer() = default;
  explicit SmtpPeer(Peer peer);

  net::Stream stream;
  std::string address;          // empty: not known
  bool is_handed_down = false;  // by descriptors: another session may follow on the same line
  bool is_logged_in = false;    // by net::log_in; then:
  std::optional<mail::Reply> ehlo;
};

class SmtpRun {
 public:
  // The working directory is where the names are. All of them must outlive the run.
  SmtpRun(SmtpPeer peer, const std::string& prefix, const std::string& helo_name, const base::Directory& directory,
          Report& report, base::StopSignals& signals);

  // Until the session's end; every file named has its result or is left for another session.
  base::Result<void> run();

 private:
  struct Ready {
    bool stop = false;
    bool reply = false;
    bool room = false;
    bool name = false;
    bool deaf = false;  // nobody reads our results any more
  };

  // A transaction that was offered.
  struct Sending {
    Consignment mail;
    std::size_t answers = 0;  // results that came, one for each of its files
  };

  base::Result<void> step(const Ready& ready);
  base::Result<Ready> wait();
  void handle(mail::SmtpClient::Actions actions);
  void handle_one(mail::SmtpClient::Action& action);
  void read_replies();
  void write_some();
  base::Result<void> fill();
  void close_connection(std::string reason);
  void begin_body(const mail::SmtpClient::SendBody& action);
  void offer();
  void on_result(const mail::SmtpClient::Result& result);
  void last_octets_go();
  void keep(base::Result<void> done);
  void end_session();
  void await_goodbye();

  SmtpPeer peer_;
  Report& report_;
  base::StopSignals& signals_;
  mail::SmtpClient client_;
  NamedFiles files_;
  Resumption resumption_;

  std::map<std::uint64_t, Sending> open_;
  std::uint64_t last_id_ = 0;
  bool wanted_ = false;
  bool stopping_ = false;

  std::string waiting_;            // octets for the server
  std::string behind_body_;        // to be written after the body in hand
  Sending* body_ = nullptr;        // being sent
  std::uint64_t body_octets_ = 0;  // of it, handed to waiting_
  bool body_is_complete_ = false;  // its last octets are in waiting_
  bool is_noted_ = false;          // `sending` stands in the journal for it
  std::chrono::seconds within_{0};
  base::Deadline deadline_;
  base::Result<void> trouble_;  // of ours: the session has to be cut
  std::optional<mail::SmtpClient::Done> done_;
  std::string network_error_;
};

}  // namespace serialmail
