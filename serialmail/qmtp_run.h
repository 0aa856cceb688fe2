// serialqmtp's shell: names in, one QMTP session, results out. The protocol is mail::QmtpClient's.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/deadline.h"
#include "base/directory.h"
#include "base/result.h"
#include "base/stop_signals.h"
#include "mta/mail/qmtp_client.h"
#include "serialmail/line_word.h"
#include "serialmail/named_files.h"
#include "serialmail/peer.h"
#include "serialmail/report.h"

namespace serialmail {

// How long it is remembered that a server answers a package once however many recipients it has: each then gets a
// package of his own.
inline constexpr std::chrono::hours one_recipient_kept{7 * 24};

struct QmtpSettings {
  std::string prefix;
  LineWord line;
};

class QmtpRun {
 public:
  // The working directory is where the names are. All of them must outlive the run.
  QmtpRun(Peer peer, QmtpSettings settings, const base::Directory& directory, Report& report,
          base::StopSignals& signals);

  // Until the session's end; every file named has its result or is left for another session.
  base::Result<void> run();

 private:
  struct Ready {
    bool stop = false;
    bool response = false;
    bool room = false;
    bool name = false;
    bool gone = false;  // the line
    bool deaf = false;  // nobody reads our results any more
  };
  // The package in hand: a body and all its recipients.
  struct Body {
    Consignment mail;
    std::string behind;        // to follow the message
    std::size_t before = 0;    // octets in front of it
    std::uint64_t octets = 0;  // of all that, handed to waiting_
    bool is_complete = false;  // its last octets are in waiting_
  };

  base::Result<void> step(const Ready& ready);
  base::Result<Ready> wait();
  void tell(const mail::QmtpClient::Event& event);
  void handle(mail::QmtpClient::Actions actions);
  void handle_one(mail::QmtpClient::Action& action);
  void begin(mail::QmtpClient::SendPackage& send);
  void read_responses();
  void write_some();
  void fill();
  void break_off(const base::Failure& why);
  void drop_body();
  void measure();
  void offer();
  void on_result(const mail::QmtpClient::Result& result);
  void keep(base::Result<void> done);
  [[nodiscard]] std::string server() const;
  void on_done(mail::QmtpClient::Done done);

  Peer peer_;
  const base::Directory& directory_;
  LineWord line_;
  Report& report_;
  base::StopSignals& signals_;
  mail::QmtpClient client_;
  NamedFiles files_;

  // Files of a package that was begun.
  struct Unanswered {
    std::vector<std::string> names;
    std::uint64_t octets = 0;  // of the message
    std::size_t answers = 0;
    bool is_delivered = false;  // to one of the recipients at least
  };

  std::optional<Consignment> offered_;  // last_id_, not begun
  std::map<std::uint64_t, Unanswered> unanswered_;
  std::uint64_t last_id_ = 0;
  bool one_recipient_ = false;  // a package
  bool wanted_ = false;
  bool stopping_ = false;

  std::string waiting_;  // octets for the server
  std::uint64_t up_ = 0;
  std::uint64_t down_ = 0;
  LineReading taken_;
  std::optional<Body> body_;
  std::chrono::seconds within_{0};
  base::Deadline deadline_;
  base::Result<void> trouble_;  // of ours: the session has to be cut
  std::optional<mail::QmtpClient::Done> done_;
};

}  // namespace serialmail
