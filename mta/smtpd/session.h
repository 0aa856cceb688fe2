// The shell around mail::SmtpServer: two descriptors, the queue program, partial messages, time and the log.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/result.h"
#include "mta/mail/smtp_server.h"
#include "mta/net/queue_program.h"
#include "mta/smtpd/partial_store.h"
#include "mta/smtpd/policy.h"

namespace mta {

class SmtpdSession {
 public:
  // The descriptors stay the caller's and must outlive the session.
  SmtpdSession(SmtpdSetup setup, const base::Fd& from, const base::Fd& to);

  // The whole conversation. A client that goes away is no failure.
  base::Result<void> run();

 private:
  mail::SmtpServer::Event wait_for_client(std::span<char> block) const;
  void carry_out(mail::SmtpServer::Action& action);
  void open_queue(const mail::SmtpServer::OpenQueue& action);
  void write_body(const std::string& text);
  void commit(const mail::SmtpServer::Commit& action);
  void recall(const mail::SmtpServer::Recall& action);
  void commit_partial(const mail::SmtpServer::Commit& action);
  base::Result<std::string> queue_partial(const mail::SmtpServer::Commit& action);
  void abort();
  void forget();
  void fail(const base::Failure& failure) { answers_.emplace_back(mail::SmtpServer::QueueFailed{failure}); }
  void fail_partial(const base::Failure& failure);
  base::Result<net::QueueProgram> start_queue(const std::string& helo, bool esmtp) const;
  void note(const std::string& text) const;
  [[nodiscard]] base::Deadline deadline() const { return base::Deadline::after(setup_.timeout); }

  SmtpdSetup setup_;
  std::optional<PartialStore> store_;
  const base::Fd& from_;
  const base::Fd& to_;
  mail::SmtpServer server_;
  std::optional<net::QueueProgram> queue_;
  std::optional<PartialMessage> partial_;        // of the transaction in hand, if it has a TRANSID
  bool is_partial_open_ = false;                 // its message is coming
  std::deque<mail::SmtpServer::Event> answers_;  // to the actions of this turn
  bool closed_ = false;
  bool gone_ = false;  // the client stopped reading
};

}  // namespace mta
