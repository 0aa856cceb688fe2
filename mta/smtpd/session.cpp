#include "mta/smtpd/session.h"

#include <array>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"

namespace mta {
namespace {

using mail::SmtpServer;

constexpr std::size_t block_bytes = 16384;

}  // namespace

SmtpdSession::SmtpdSession(SmtpdSetup setup, const base::Fd& from, const base::Fd& to)
    : setup_(std::move(setup)), from_(from), to_(to), server_(setup_.policy) {}

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
  } else if (const auto* body = std::get_if<SmtpServer::Body>(&action)) {
    write_body(*body);
  } else if (const auto* complete = std::get_if<SmtpServer::Commit>(&action)) {
    commit(*complete);
  } else if (std::holds_alternative<SmtpServer::Abort>(action)) {
    queue_.reset();
  } else if (const auto* said = std::get_if<SmtpServer::Note>(&action)) {
    note(said->text);
  } else {
    closed_ = true;
  }
}

void SmtpdSession::open_queue(const SmtpServer::OpenQueue& action) {
  auto queue = net::QueueProgram::start();
  if (!queue) {
    note(queue.error().text);  // the client need not know our paths
    answers_.emplace_back(SmtpServer::QueueFailed{base::temporary("queue: unable to run the queue program")});
    return;
  }
  queue_ = std::move(*queue);
  answers_.emplace_back(SmtpServer::QueueOpened{});
  const auto date = base::rfc5322_date(base::read_clock().wall_seconds);
  write_body({received_line(setup_.peer, action.helo, action.esmtp, setup_.by, date)});
}

void SmtpdSession::write_body(const SmtpServer::Body& action) {
  if (!queue_) return;  // it failed earlier in this turn, and the server is about to hear of it
  if (auto written = queue_->write(action.bytes); !written) {
    queue_.reset();
    answers_.emplace_back(SmtpServer::QueueFailed{written.error()});
  }
}

void SmtpdSession::commit(const SmtpServer::Commit& action) {
  if (!queue_) return;  // QueueFailed is on its way
  const auto queued = queue_->finish(action.sender, action.recipients);
  if (!queued) note(net::queue_failure_text(queued.error(), *queue_));
  queue_.reset();
  if (!queued) {
    answers_.emplace_back(SmtpServer::QueueFailed{queued.error()});
    return;
  }
  const auto now = std::to_string(base::read_clock().wall_seconds);
  answers_.emplace_back(SmtpServer::Queued{now + " qp " + std::to_string(*queued)});
}

void SmtpdSession::note(const std::string& text) const {
  const auto& ip = setup_.peer.remote_ip;
  base::log(base::Level::warning, (ip.empty() ? std::string("client") : base::escape(ip)) + ": " + text);
}

}  // namespace mta
