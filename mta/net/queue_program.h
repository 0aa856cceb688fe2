// The queue program's contract from the caller's side (qmail-queue's: message on descriptor 0, envelope on 1, exit
// codes): $QMAILQUEUE if set, else mta-queue beside this program. Every program that queues mail goes through here.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/child.h"
#include "base/fd.h"
#include "base/result.h"

namespace net {

// What an exit status of a queue program means; an empty Result for 0. A full disk (53) has error ENOSPC.
base::Result<void> queue_exit(int status);

class QueueProgram;
// The failure of queue.finish() with the program's reason behind it, for a log line.
std::string queue_failure_text(const base::Failure& failure, const QueueProgram& queue);

// One message on its way into the queue. Destroyed or abandoned before finish() it leaves nothing in the queue: the
// envelope's closing NUL is written by finish() alone.
class QueueProgram {
 public:
  QueueProgram(QueueProgram&&) noexcept = default;
  QueueProgram& operator=(QueueProgram&&) noexcept = default;
  ~QueueProgram();  // abandoned: the program sees its envelope end early and gets two seconds to clean up behind itself

  static base::Result<QueueProgram> start();
  static base::Result<QueueProgram> start(const std::string& program);

  // Message octets, as they come. Waits while the program does not read, for ten minutes at most. A program that went
  // away is no failure here: finish() tells its exit status, so that its own reason is reported and not a broken pipe.
  base::Result<void> write(std::string_view bytes);

  // Ends the message, writes the envelope (addresses unquoted, as mail::Address::to_envelope gives them) and waits for
  // the program's end. Only a good result means queued: its pid, which qmail calls the qp number. Called once.
  // The failure's text says what the exit status means and nothing of this host: it may go to an SMTP client.
  base::Result<pid_t> finish(std::string_view sender, const std::vector<std::string>& recipients);

  // The last line that the program wrote on its standard error, escaped, without its name and level; empty: none. For
  // our own one line, after finish(): the program's standard error is not ours, so that a failure makes one line.
  [[nodiscard]] std::string reason() const;

  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  QueueProgram(base::Child child, base::Fd message, base::Fd envelope, base::Fd said);

  base::Child child_;
  base::Fd message_;
  base::Fd envelope_;
  base::Fd said_;  // a file in memory: no pipe that the program could fill up and wait at
  pid_t pid_;
  bool broken_ = false;  // the program stopped reading: a zero exit status is not to be believed
};

}  // namespace net
