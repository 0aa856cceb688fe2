#include "mta/qmgr/listener.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "base/io.h"
#include "base/log.h"

namespace mta {
namespace {

// qmail-queue's exit codes for what can go wrong here.
constexpr int code_write_error = 53;
constexpr int code_refused_for_now = 71;

std::string refusal(int code, std::string_view text) {
  const bool is_permanent = code >= 11 && code <= 40;
  return mail::netstring((is_permanent ? "D" : "Z") + std::to_string(code) + " " + std::string(text));
}

}  // namespace

struct Listener::Connection {
  Listener* listener = nullptr;
  std::uint64_t number = 0;
  base::Fd fd;
  ucred peer{};
  sd_event_source* source = nullptr;
  Intake intake;
  std::string id;  // of the submission; empty: none
  std::optional<mail::EntryWriter> writer;
  std::optional<base::Failure> failure;  // the first one; the rest of the submission is read and dropped
  std::string out;
  bool answering = false;

  ~Connection() { sd_event_source_disable_unref(source); }
};

Listener::Listener(std::string path, sd_event* loop, Store& store, Manager& manager, ClockKeeper& clock,
                   Questions questions)
    : path_(std::move(path)),
      loop_(loop),
      store_(store),
      manager_(manager),
      clock_(clock),
      questions_(std::move(questions)) {}

base::Result<std::unique_ptr<Listener>> Listener::open(const std::string& path, sd_event* loop, Store& store,
                                                       Manager& manager, ClockKeeper& clock, Questions questions) {
  std::unique_ptr<Listener> listener(new Listener(path, loop, store, manager, clock, std::move(questions)));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return base::permanent("listen on " + path + ": path longer than a socket's may be");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  listener->socket_ = base::Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener->socket_.valid()) return base::system_failure("create socket");
  // The queue's lock is ours: whoever listened here is gone.
  ::unlink(path.c_str());
  constexpr int backlog = 128;
  const int fd = listener->socket_.get();
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0)
    return base::system_failure("listen on " + path);
  // Everybody may submit; who it was the kernel tells.
  if (::chmod(path.c_str(), 0666) < 0) return base::system_failure("set mode of " + path);
  if (::listen(fd, backlog) < 0) return base::system_failure("listen on " + path);
  const int added = sd_event_add_io(loop, &listener->source_, fd, EPOLLIN, on_accept, listener.get());
  if (added < 0) return base::system_failure("watch " + path, -added);
  return listener;
}

Listener::~Listener() {
  sd_event_source_disable_unref(source_);
  if (socket_.valid()) ::unlink(path_.c_str());
  for (auto& [number, connection] : connections_) {
    if (connection->writer) store_.discard(connection->id);
  }
}

int Listener::on_accept(sd_event_source*, int, uint32_t, void* self) {
  static_cast<Listener*>(self)->accept();
  return 0;
}

int Listener::on_ready(sd_event_source*, int, uint32_t events, void* pointer) {
  auto& connection = *static_cast<Connection*>(pointer);
  Listener& self = *connection.listener;
  if (connection.answering) {
    if ((events & (EPOLLERR | EPOLLHUP)) != 0 && (events & EPOLLOUT) == 0) {
      self.drop(connection);
    } else {
      self.flush(connection);
    }
  } else {
    self.read_from(connection);
  }
  return 0;
}

void Listener::accept() {
  base::Fd fd(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd.valid()) return;
  auto connection = std::make_unique<Connection>();
  socklen_t length = sizeof connection->peer;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &connection->peer, &length) < 0) return;
  const uid_t user = connection->peer.uid;
  const bool counted = user != 0 && user != ::getuid();
  const bool full = connections_.size() >= max_connections || (counted && per_user_[user] >= max_connections_per_user);
  if (full) {
    // Told at once: the submitter may then wait or use the drop directory.
    static_cast<void>(base::write_some(fd, refusal(code_refused_for_now, "too many connections"),
                                       base::Deadline::after(std::chrono::seconds(0))));
    return;
  }
  connection->listener = this;
  connection->number = next_number_++;
  connection->fd = std::move(fd);
  auto* raw = connection.get();
  if (sd_event_add_io(loop_, &raw->source, raw->fd.get(), EPOLLIN, on_ready, raw) < 0) return;
  ++per_user_[user];
  connections_.emplace(raw->number, std::move(connection));
}

void Listener::drop(Connection& connection) {
  if (connection.writer) store_.discard(connection.id);
  if (const auto user = per_user_.find(connection.peer.uid); user != per_user_.end() && --user->second == 0)
    per_user_.erase(user);
  connections_.erase(connection.number);
}

void Listener::read_from(Connection& connection) {
  std::array<char, Intake::max_chunk_bytes> block;
  const auto n = ::read(connection.fd.get(), block.data(), block.size());
  if (n < 0) {
    if (errno == EAGAIN || errno == EINTR) return;
    return drop(connection);
  }
  if (n == 0) return drop(connection);  // before its end: nothing was queued, nothing is owed
  for (auto& action : connection.intake.on({block.data(), static_cast<std::size_t>(n)}))
    act(connection, std::move(action));
  if (connection.intake.finished() && !connection.answering)
    sd_event_source_set_enabled(connection.source, SD_EVENT_OFF);
  if (connection.answering) flush(connection);
}

void Listener::act(Connection& connection, Intake::Action action) {
  struct Visitor {
    Listener& self;
    Connection& connection;
    void operator()(const Intake::Begin&) const { self.begin(connection); }
    void operator()(const Intake::Message& message) const { self.append(connection, message.octets); }
    void operator()(const Intake::Commit& commit) const { self.commit(connection, commit.envelope); }
    void operator()(const Intake::List&) const {
      std::string out;
      for (const auto& line : self.questions_.list()) mail::append_netstring(out, line.empty() ? " " : line);
      self.answer(connection, out + mail::netstring(""));
    }
    void operator()(const Intake::Poke&) const {
      self.manager_.all_due();
      self.answer(connection, mail::netstring("K"));
    }
    void operator()(const Intake::ShowClock&) const {
      self.answer(connection, mail::netstring("K" + self.questions_.clock()));
    }
    void operator()(const Intake::ConfirmClock&) const { self.confirm_clock(connection); }
    void operator()(const Intake::Reject& reject) const { self.answer(connection, refusal(reject.code, reject.text)); }
  };
  std::visit(Visitor{*this, connection}, action);
}

void Listener::begin(Connection& connection) {
  if (manager_.over_quota(connection.peer.uid)) {
    connection.failure = base::temporary("too much mail of yours waits in the queue");
    return;
  }
  const auto now = clock_.observe();
  const std::string id = store_.fresh_id(now);
  auto writer = store_.create(id);
  if (!writer) return fail(connection, writer.error());
  connection.id = id;
  connection.writer = std::move(*writer);
  append(connection, "Received: (offhook " + id + " invoked by uid " + std::to_string(connection.peer.uid) + "); " +
                         base::rfc5322_date(now.wall_seconds) + "\n");
}

void Listener::append(Connection& connection, std::string_view octets) {
  if (!connection.writer) return;
  if (auto written = connection.writer->append_message(octets); !written) fail(connection, written.error());
}

void Listener::fail(Connection& connection, const base::Failure& failure) {
  base::log(base::Level::warning, failure.text);
  if (connection.writer) {
    connection.writer.reset();
    store_.discard(connection.id);
  }
  if (!connection.failure) connection.failure = failure;
}

void Listener::commit(Connection& connection, const std::string& envelope) {
  if (connection.writer) {
    const auto now = clock_.observe().wall_seconds;
    const bool trusted = clock_.floor().trust() == mail::ClockTrust::trusted;
    const mail::EntryHeader header{0, 0, 0, now, trusted, connection.peer.uid};
    if (auto finished = connection.writer->finish(envelope, header); !finished) fail(connection, finished.error());
  }
  if (!connection.writer) {
    const auto why = connection.failure ? *connection.failure : base::temporary("no message");
    return answer(connection, refusal(why.error == 0 ? code_refused_for_now : code_write_error, why.text));
  }
  auto writer = std::move(*connection.writer);
  connection.writer.reset();
  const auto octets = writer.message_bytes();
  const std::string id = connection.id;
  const std::string sender = envelope.substr(1, envelope.find('\0') - 1);  // Intake has checked its form
  manager_.commit(id, std::move(writer), connection.peer.uid,
                  [this, id, sender, octets, number = connection.number,
                   uid = connection.peer.uid](const base::Result<void>& done) {
                    if (done) {
                      base::log(base::Level::info, id + ": from <" + sender + ">, " + std::to_string(octets) +
                                                       " octets, uid " + std::to_string(uid));
                    } else {
                      base::log(base::Level::warning, done.error().text);
                    }
                    // The submitter may have gone; the mail is queued all the same.
                    if (const auto found = connections_.find(number); found != connections_.end()) {
                      auto& waiting = *found->second;
                      answer(waiting, done ? mail::netstring("K" + id) : refusal(code_write_error, done.error().text));
                      flush(waiting);
                    }
                    return done.has_value();
                  });
}

void Listener::confirm_clock(Connection& connection) {
  if (connection.peer.uid != 0 && connection.peer.uid != ::getuid()) {
    return answer(connection, refusal(code_refused_for_now, "only root and the queue manager's user may do that"));
  }
  if (auto confirmed = clock_.confirm(); !confirmed)
    return answer(connection, refusal(code_write_error, confirmed.error().text));
  answer(connection, mail::netstring("K" + questions_.clock()));
}

void Listener::answer(Connection& connection, std::string octets) {
  connection.answering = true;
  connection.out = std::move(octets);
}

void Listener::flush(Connection& connection) {
  while (!connection.out.empty()) {
    const auto n = ::send(connection.fd.get(), connection.out.data(), connection.out.size(), MSG_NOSIGNAL);
    if (n < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) return drop(connection);
      sd_event_source_set_io_events(connection.source, EPOLLOUT);
      sd_event_source_set_enabled(connection.source, SD_EVENT_ON);
      return;
    }
    connection.out.erase(0, static_cast<std::size_t>(n));
  }
  drop(connection);
}

}  // namespace mta
