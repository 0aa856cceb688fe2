#include "mta/smtpd/session.h"

#include <signal.h>

#include <array>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "mta/net/clock_file.h"

namespace mta {
namespace {

using mail::SmtpServer;

constexpr std::size_t block_bytes = 16384;

// The end of the call ends the program that serves it; between the queue's word and our record of it that has to wait.
class SignalsHeld {
 public:
  SignalsHeld() {
    sigset_t ends;
    ::sigemptyset(&ends);
    for (const int number : {SIGTERM, SIGHUP, SIGINT}) ::sigaddset(&ends, number);
    ::sigprocmask(SIG_BLOCK, &ends, &before_);
  }
  ~SignalsHeld() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

SmtpdSession::SmtpdSession(SmtpdSetup setup, const base::Fd& from, const base::Fd& to)
    : setup_(std::move(setup)), from_(from), to_(to), server_({}) {
  if (setup_.keeping) {
    auto store = PartialStore::open(setup_.keeping->folder, setup_.keeping->max_bytes);
    if (store) {
      store_ = std::move(*store);
    } else {
      note("CHECKPOINT is not offered: " + store.error().text);
    }
  }
  setup_.policy.checkpoint = store_.has_value();
  server_ = SmtpServer(setup_.policy);
}

base::Result<void> SmtpdSession::run() {
  std::array<char, block_bytes> block;
  for (auto actions = server_.start();;) {
    for (auto& action : actions) carry_out(action);
    if (closed_) return {};
    if (!answers_.empty()) {
      const auto answer = std::move(answers_.front());
      answers_.pop_front();
      actions = server_.on(answer);
    } else {
      actions = server_.on(gone_ ? SmtpServer::Event(SmtpServer::Closed{}) : wait_for_client(block));
    }
  }
}

SmtpServer::Event SmtpdSession::wait_for_client(std::span<char> block) const {
  const auto n = base::read_some(from_, block, deadline());
  if (!n && n.error().error == ETIMEDOUT) return SmtpServer::Expired{};
  if (!n || *n == 0) return SmtpServer::Closed{};
  return SmtpServer::Octets{{block.data(), *n}};
}

void SmtpdSession::carry_out(SmtpServer::Action& action) {
  if (const auto* write = std::get_if<SmtpServer::Write>(&action)) {
    if (!gone_) gone_ = !base::write_all(to_, write->bytes, deadline());
  } else if (const auto* open = std::get_if<SmtpServer::OpenQueue>(&action)) {
    open_queue(*open);
  } else if (const auto* asked = std::get_if<SmtpServer::Recall>(&action)) {
    recall(*asked);
  } else if (const auto* body = std::get_if<SmtpServer::Body>(&action)) {
    write_body(body->bytes);
  } else if (const auto* complete = std::get_if<SmtpServer::Commit>(&action)) {
    is_partial_open_ ? commit_partial(*complete) : commit(*complete);
  } else if (std::holds_alternative<SmtpServer::Abort>(action)) {
    abort();
  } else if (std::holds_alternative<SmtpServer::Forget>(action)) {
    forget();
  } else if (const auto* said = std::get_if<SmtpServer::Note>(&action)) {
    note(said->text);
  } else {
    closed_ = true;
  }
}

// The queue program, with the trace line written.
base::Result<net::QueueProgram> SmtpdSession::start_queue(const std::string& helo, bool esmtp) const {
  auto queue = net::QueueProgram::start();
  if (!queue) {
    note(queue.error().text);  // the client need not know our paths
    return base::temporary("queue: unable to run the queue program");
  }
  const auto date = base::rfc5322_date(base::read_clock().wall_seconds);
  if (auto written = queue->write(received_line(setup_.peer, helo, esmtp, setup_.by, date)); !written) {
    return written.error();
  }
  return queue;
}

void SmtpdSession::open_queue(const SmtpServer::OpenQueue& action) {
  if (action.is_kept) {
    if (!partial_->content().is_begun) {
      if (auto begun = partial_->begin(action.recipients); !begun) return fail_partial(begun.error());
    }
    is_partial_open_ = true;
    answers_.emplace_back(SmtpServer::QueueOpened{});
    return;
  }
  auto queue = start_queue(action.helo, action.esmtp);
  if (!queue) return fail(queue.error());
  queue_ = std::move(*queue);
  answers_.emplace_back(SmtpServer::QueueOpened{});
}

void SmtpdSession::write_body(const std::string& text) {
  if (is_partial_open_) {
    if (auto written = partial_->append(text); !written) {
      is_partial_open_ = false;
      fail_partial(written.error());
    }
    return;
  }
  if (!queue_) return;  // it failed earlier in this turn, and the server is about to hear of it
  if (auto written = queue_->write(text); !written) {
    queue_.reset();
    fail(written.error());
  }
}

void SmtpdSession::commit(const SmtpServer::Commit& action) {
  if (!queue_) return;  // QueueFailed is on its way
  const auto queued = queue_->finish(action.sender, action.recipients);
  if (!queued) note(net::queue_failure_text(queued.error(), *queue_));
  queue_.reset();
  if (!queued) return fail(queued.error());
  const auto now = std::to_string(base::read_clock().wall_seconds);
  answers_.emplace_back(SmtpServer::Queued{now + " qp " + std::to_string(*queued)});
}

void SmtpdSession::recall(const SmtpServer::Recall& action) {
  partial_.reset();
  // By a clock that is not to be believed nothing is too old.
  const bool is_trusted = net::read_clock_floor(setup_.keeping->clock_file).trust() == mail::ClockTrust::trusted;
  auto message = store_->recall({setup_.keeping->client, action.helo, action.transid}, action.sender, action.size,
                                is_trusted ? base::read_clock().wall_seconds : 0);
  if (!message) return fail_partial(message.error());
  const auto& content = message->content();
  SmtpServer::Recalled recalled;
  if (content.accepted) {
    recalled = {SmtpServer::Past::accepted, content.accepted->octets, {}, {}, content.accepted->text};
  } else if (content.is_begun) {
    recalled = {SmtpServer::Past::partial, content.text_octets, content.envelope.recipients, content.hops, {}};
  }
  partial_ = std::move(*message);
  answers_.emplace_back(std::move(recalled));
}

// The client need not know our paths.
void SmtpdSession::fail_partial(const base::Failure& failure) {
  note(failure.text);
  auto told = failure;
  if (failure.error != 0)
    told.text = failure.error == ENOSPC ? "no room for a partial message" : "unable to keep a partial message";
  fail(told);
}

void SmtpdSession::commit_partial(const SmtpServer::Commit& action) {
  is_partial_open_ = false;
  const SignalsHeld held;
  const auto queued = queue_partial(action);
  if (!queued) {
    partial_->release();
    return fail(queued.error());
  }
  // The message is in the queue, whatever becomes of the record: then it can come twice, and must not be lost.
  if (auto recorded = partial_->accept({action.octets, *queued}); !recorded) {
    note("a message was queued and could not be recorded as accepted: " + recorded.error().text);
  }
  partial_.reset();
  answers_.emplace_back(SmtpServer::Queued{*queued});
}

// The text of the 250.
base::Result<std::string> SmtpdSession::queue_partial(const SmtpServer::Commit& action) {
  if (auto claimed = partial_->claim(); !claimed) {
    note(claimed.error().text);
    return claimed.error();
  }
  auto queue = start_queue(partial_->content().envelope.key.helo, true);
  if (!queue) return queue.error();
  auto read = partial_->read([&](std::string_view text) { return queue->write(text); });
  if (!read) {
    note(read.error().text);
    return base::temporary("unable to read the message back");
  }
  const auto queued = queue->finish(action.sender, action.recipients);
  if (!queued) {
    note(net::queue_failure_text(queued.error(), *queue));
    return queued.error();
  }
  return std::to_string(base::read_clock().wall_seconds) + " qp " + std::to_string(*queued);
}

void SmtpdSession::abort() {
  queue_.reset();
  if (!partial_) return;
  is_partial_open_ = false;
  if (auto synced = partial_->sync(); !synced) note(synced.error().text);
}

void SmtpdSession::forget() {
  if (!partial_) return;
  is_partial_open_ = false;
  if (auto removed = partial_->remove(); !removed) note(removed.error().text);
  partial_.reset();
}

void SmtpdSession::note(const std::string& text) const {
  const auto& ip = setup_.peer.remote_ip;
  base::log(base::Level::warning, (ip.empty() ? std::string("client") : base::escape(ip)) + ": " + text);
}

}  // namespace mta
