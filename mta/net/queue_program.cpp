#include "mta/net/queue_program.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>

#include "base/bug.h"
#include "base/io.h"
#include "base/log.h"

namespace net {
namespace {

constexpr std::chrono::minutes write_timeout{10};
// qmail-queue gives up by itself after a day; nobody on a connection waits that long.
constexpr std::chrono::minutes end_timeout{60};
constexpr std::chrono::seconds clean_up_timeout{2};
constexpr int exit_write_error = 54;
constexpr std::size_t max_reason = 2048;

base::Failure with_code(base::FailureKind kind, const char* text, int error = 0) {
  return base::Failure{kind, std::string("queue: ") + text, error};
}

}  // namespace

base::Result<void> queue_exit(int status) {
  constexpr auto temporary = base::FailureKind::temporary;
  constexpr auto permanent = base::FailureKind::permanent;
  switch (status) {
    case 0:
      return {};
    case 11:
    case 115:
      return with_code(permanent, "envelope address too long (#5.1.3)");
    case 31:
      return with_code(permanent, "mail server permanently rejected message (#5.3.0)");
    case 51:
      return with_code(temporary, "out of memory (#4.3.0)");
    case 52:
      return with_code(temporary, "timeout (#4.3.0)");
    case 53:
      return with_code(temporary, "write error or disk full (#4.3.1)", ENOSPC);
    case exit_write_error:
      return with_code(temporary, "unable to read message or envelope (#4.3.0)");
    case 55:
      return with_code(temporary, "unable to read configuration (#4.3.0)");
    case 56:
      return with_code(temporary, "trouble making network connection (#4.3.0)");
    case 61:
      return with_code(temporary, "trouble in home directory (#4.3.0)");
    case 62:
    case 63:
    case 64:
    case 65:
    case 66:
      return with_code(temporary, "trouble creating files in queue (#4.3.0)");
    case 71:
      return with_code(temporary, "mail server temporarily rejected message (#4.3.0)");
    case 72:
      return with_code(temporary, "connection to mail server timed out (#4.4.1)");
    case 73:
      return with_code(temporary, "connection to mail server rejected (#4.4.1)");
    case 74:
      return with_code(temporary, "communication with mail server failed (#4.4.2)");
    case 81:
      return with_code(temporary, "internal bug (#4.3.0)");
    case 91:
      return with_code(temporary, "bad envelope format (#4.3.0)");
    case 111:
    case 120:
      return with_code(temporary, "unable to run the queue program (#4.3.0)");
    default:
      if (status >= 11 && status <= 40) return with_code(permanent, "message refused (#5.3.0)");
      return with_code(temporary, "temporary problem (#4.3.0)");
  }
}

std::string queue_failure_text(const base::Failure& failure, const QueueProgram& queue) {
  const auto reason = queue.reason();
  return reason.empty() ? failure.text : failure.text + ": " + reason;
}

QueueProgram::QueueProgram(base::Child child, base::Fd message, base::Fd envelope, base::Fd said)
    : child_(std::move(child)),
      message_(std::move(message)),
      envelope_(std::move(envelope)),
      said_(std::move(said)),
      pid_(child_.pid()) {}

QueueProgram::~QueueProgram() {
  if (!envelope_.valid()) return;  // finished, or moved away
  message_.reset();
  envelope_.reset();
  [[maybe_unused]] auto end = child_.wait(base::Deadline::after(clean_up_timeout));
}

base::Result<QueueProgram> QueueProgram::start() {
  const char* program = std::getenv("QMAILQUEUE");
  return start(program && *program ? program : base::sibling_program("mta-queue"));
}

base::Result<QueueProgram> QueueProgram::start(const std::string& program) {
  auto message = base::make_pipe();
  if (!message) return message.error();
  auto envelope = base::make_pipe();
  if (!envelope) return envelope.error();
  base::Fd said(::memfd_create("queue-stderr", MFD_CLOEXEC));
  if (!said.valid()) return base::system_failure("create a file in memory", errno);
  base::ChildOptions options;
  options.argv = {program};
  options.descriptors = {{message->read.get(), 0}, {envelope->read.get(), 1}, {said.get(), 2}};
  auto child = base::Child::start(options);
  if (!child) return child.error();
  // Our ends only: a deadline on a write means nothing where the write itself can block.
  if (auto set = base::set_nonblocking(message->write, true); !set) return set.error();
  if (auto set = base::set_nonblocking(envelope->write, true); !set) return set.error();
  return QueueProgram(std::move(*child), std::move(message->write), std::move(envelope->write), std::move(said));
}

base::Result<void> QueueProgram::write(std::string_view bytes) {
  if (broken_) return {};
  auto written = base::write_all(message_, bytes, base::Deadline::after(write_timeout));
  if (!written && written.error().error == EPIPE) {
    broken_ = true;
    return {};
  }
  return written;
}

base::Result<pid_t> QueueProgram::finish(std::string_view sender, const std::vector<std::string>& recipients) {
  if (!envelope_.valid()) base::bug("QueueProgram: finished twice");
  message_.reset();
  std::string envelope = "F" + std::string(sender) + '\0';
  for (const auto& recipient : recipients) envelope += "T" + recipient + '\0';
  envelope += '\0';
  if (!broken_) {
    auto written = base::write_all(envelope_, envelope, base::Deadline::after(write_timeout));
    if (!written && written.error().error != EPIPE) return written.error();
    broken_ = !written;
  }
  envelope_.reset();
  auto end = child_.wait(base::Deadline::after(end_timeout));
  if (!end) return end.error();
  if (!*end) return base::temporary("queue: no answer from the queue program (#4.3.0)");
  if (!(*end)->exited) return base::temporary("queue: the queue program crashed (#4.3.0)");
  if (auto result = queue_exit((*end)->status); !result) return result.error();
  if (broken_) return queue_exit(exit_write_error).error();
  // It may have something to say all the same: a filter's warning, say.
  if (const auto warning = reason(); !warning.empty()) base::log(base::Level::warning, "queue: " + warning);
  return pid_;
}

std::string QueueProgram::reason() const {
  const auto size = base::file_size(said_, "queue-stderr");
  if (!size) return {};
  std::array<char, max_reason> tail;
  const auto n = base::read_at(said_, tail, *size - std::min<std::uint64_t>(*size, max_reason));
  if (!n) return {};
  std::string_view line(tail.data(), *n);
  while (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  line.remove_prefix(line.rfind('\n') + 1);  // npos + 1 is 0
  // Our own programs write "mta-queue: fatal: reason", already escaped.
  constexpr std::string_view ours = "mta-queue: fatal: ";
  if (line.starts_with(ours)) return std::string(line.substr(ours.size()));
  return base::escape(line);
}

}  // namespace net
