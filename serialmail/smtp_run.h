// serialsmtp's shell: names in, SMTP sessions, results out. The protocol is mail::SmtpClient's.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/directory.h"
#include "base/result.h"
#include "base/stop_signals.h"
#include "mta/mail/smtp_client.h"
#include "mta/net/relay_login.h"
#include "serialmail/connection_plan.h"
#include "serialmail/line_word.h"
#include "serialmail/named_files.h"
#include "serialmail/peer.h"
#include "serialmail/report.h"
#include "serialmail/server_memory.h"
#include "serialmail/smtp_session.h"

namespace serialmail {

struct SmtpSettings {
  std::string prefix;
  mail::SmtpClient::Options client;
  unsigned port = 0;            // of the peer; 0: not known, and then there is one connection
  std::size_t connections = 1;  // at most
  LineWord line;
  // Further connections log in by it. It has let the peer of the run in, which took so long, and has to outlive the
  // run.
  net::RelayAccess* relay = nullptr;
  std::chrono::milliseconds login_time{0};
};

class SmtpRun {
 public:
  // The working directory is where the names are. All of them must outlive the run.
  SmtpRun(SmtpSettings settings, const base::Directory& directory, Report& report, base::StopSignals& signals);

  // Until the last session's end; every file named has its result or is left for another run. A file is given to one
  // session alone, and what breaks one leaves the others going.
  base::Result<void> run(SmtpPeer peer);

 private:
  struct ReadySession {
    bool octets = false;
    bool room = false;
  };
  struct Ready {
    bool stop = false;
    bool name = false;
    bool gone = false;  // the line
    bool deaf = false;  // nobody reads our results any more
    bool login = false;
    std::vector<ReadySession> sessions;
  };

  base::Result<void> begin_session(SmtpPeer peer);
  base::Result<Ready> wait();
  base::Result<void> step(const Ready& ready);
  void offer();
  void plan_connections();
  void open_further();
  void go_on_with_login();
  void close_one();
  [[nodiscard]] bool mail_has_ended() const { return stopping_ || files_.ended(); }
  [[nodiscard]] SmtpSession* next_for_file() const;
  void end_sessions();
  void measure();
  void keep(base::Result<void> done);

  SmtpSettings settings_;
  const base::Directory& directory_;
  Report& report_;
  base::StopSignals& signals_;
  NamedFiles files_;
  std::vector<std::unique_ptr<SmtpSession>> sessions_;
  std::unique_ptr<net::FurtherLogin> login_;  // under way
  std::string address_;                       // the server's
  std::optional<ServerMemories> memories_;
  ConnectionPlan plan_;
  std::size_t begun_ = 0;  // sessions, in all
  bool stopping_ = false;
  base::Result<void> trouble_;  // of ours: all sessions have to be cut
  base::Result<void> outcome_;  // the first failure of a session
};

}  // namespace serialmail
