#include "pppctl/daemon/control.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <optional>

#include "base/io.h"
#include "conf/text.h"

namespace pppctl::daemon {
namespace {

constexpr std::uint64_t request_limit_us = 10'000'000;  // for a line that does not come
constexpr std::uint64_t send_limit_us = 10'000'000;     // for a peer that does not read
constexpr int send_buffer_bytes = 16 * 1024;            // what the kernel holds of an answer
constexpr std::chrono::seconds answer_limit{30};
// Then the octets that follow, and a line end.
constexpr std::string_view done_word = "ok ";
constexpr std::string_view refused_word = "refused ";

base::Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return base::permanent(path + ": longer than a socket's path may be");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

base::Result<base::Fd> make_socket(int more) {
  base::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | more, 0));
  if (!fd.valid()) return base::system_failure("create socket");
  return fd;
}

// The text behind its word and length; none: not all of it.
std::optional<std::string> text_behind(std::string_view word, std::string_view said) {
  const auto end = said.find('\n');
  if (!said.starts_with(word) || end == std::string_view::npos) return {};
  const auto text = said.substr(end + 1);
  if (conf::decimal(said.substr(word.size(), end - word.size())) != text.size()) return {};
  return std::string(text);
}

}  // namespace

std::string control_socket(const conf::Places& places) { return places.run + "/pppctl.sock"; }

struct Control::Connection {
  Control* control = nullptr;
  std::uint64_t number = 0;
  base::Fd fd;
  bool has_rights = false;
  std::string request;
  std::string answer;  // what is still to be sent
  sd_event_source* source = nullptr;
  sd_event_source* timer = nullptr;

  ~Connection() {
    sd_event_source_disable_unref(source);
    sd_event_source_disable_unref(timer);
  }
};

Control::Control(std::string path, sd_event* loop, Handler handler)
    : path_(std::move(path)), loop_(loop), handler_(std::move(handler)) {}

base::Result<std::unique_ptr<Control>> Control::open(const conf::Places& places, sd_event* loop, Handler handler) {
  std::unique_ptr<Control> control(new Control(control_socket(places), loop, std::move(handler)));
  const auto address = address_of(control->path_);
  if (!address) return address.error();
  auto socket = make_socket(SOCK_NONBLOCK);
  if (!socket) return socket.error();
  // The daemon's lock is ours: whoever listened here is gone.
  ::unlink(control->path_.c_str());
  constexpr int backlog = 16;
  const int fd = socket->get();
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&*address), sizeof *address) < 0 ||
      ::chmod(control->path_.c_str(), 0666) < 0 || ::listen(fd, backlog) < 0) {
    return base::system_failure("listen on " + control->path_);
  }
  control->socket_ = std::move(*socket);
  const int added = sd_event_add_io(loop, &control->source_, fd, EPOLLIN, on_accept, control.get());
  if (added < 0) return base::system_failure("watch " + control->path_, -added);
  return control;
}

Control::~Control() {
  connections_.clear();
  sd_event_source_disable_unref(source_);
  if (socket_.valid()) ::unlink(path_.c_str());
}

int Control::on_accept(sd_event_source*, int, uint32_t, void* self) {
  static_cast<Control*>(self)->accept();
  return 0;
}

int Control::on_ready(sd_event_source*, int, uint32_t, void* pointer) {
  auto& connection = *static_cast<Connection*>(pointer);
  if (connection.answer.empty()) {
    connection.control->read_from(connection);
  } else {
    connection.control->send_to(connection);
  }
  return 0;
}

int Control::on_late(sd_event_source*, uint64_t, void* pointer) {
  auto& connection = *static_cast<Connection*>(pointer);
  connection.control->drop(connection);
  return 0;
}

void Control::accept() {
  base::Fd fd(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  ucred peer{};
  socklen_t length = sizeof peer;
  if (!fd.valid() || ::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0) return;
  const int buffer = send_buffer_bytes;
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer) < 0) return;
  // Whoever asks and reads is done at once: the oldest does neither.
  if (connections_.size() >= max_connections) connections_.erase(connections_.begin());
  auto connection = std::make_unique<Connection>();
  auto* raw = connection.get();
  raw->control = this;
  raw->number = next_number_++;
  raw->fd = std::move(fd);
  raw->has_rights = peer.uid == 0 || peer.uid == ::getuid();
  if (sd_event_add_io(loop_, &raw->source, raw->fd.get(), EPOLLIN, on_ready, raw) < 0) return;
  if (sd_event_add_time_relative(loop_, &raw->timer, CLOCK_MONOTONIC, request_limit_us, 0, on_late, raw) < 0) return;
  connections_.emplace(raw->number, std::move(connection));
}

void Control::drop(Connection& connection) { connections_.erase(connection.number); }

void Control::read_from(Connection& connection) {
  std::array<char, max_request_bytes> block;
  const auto n = ::read(connection.fd.get(), block.data(), block.size());
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) return drop(connection);
  connection.request.append(block.data(), static_cast<std::size_t>(n));
  const auto end = connection.request.find('\n');
  if (end == std::string::npos) {
    if (connection.request.size() > max_request_bytes) drop(connection);
    return;
  }
  const auto answer = handler_(connection.request.substr(0, end), connection.has_rights);
  const auto text = answer.text.substr(0, max_answer_bytes);
  connection.answer = std::string(answer.done ? done_word : refused_word) + std::to_string(text.size()) + "\n" + text;
  sd_event_source_set_time_relative(connection.timer, send_limit_us);
  send_to(connection);
}

void Control::send_to(Connection& connection) {
  auto& answer = connection.answer;
  const auto n = ::send(connection.fd.get(), answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n < 0 && errno != EAGAIN && errno != EINTR) return drop(connection);
  if (n > 0) answer.erase(0, static_cast<std::size_t>(n));
  if (answer.empty() || sd_event_source_set_io_events(connection.source, EPOLLOUT) < 0) drop(connection);
}

base::Result<std::string> ask_daemon(const conf::Places& places, const std::string& request) {
  const auto path = control_socket(places);
  const auto address = address_of(path);
  if (!address) return address.error();
  const auto socket = make_socket(0);
  if (!socket) return socket.error();
  if (::connect(socket->get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) < 0) {
    const int error = errno;
    if (error == ENOENT || error == ECONNREFUSED) return base::temporary("no pppctl daemon is at work here");
    return base::system_failure("connect to " + path, error);
  }
  const auto deadline = base::Deadline::after(answer_limit);
  if (auto sent = base::write_all(*socket, request + "\n", deadline); !sent) return sent.error();
  std::string text;
  std::array<char, 4096> block;
  for (;;) {
    const auto n = base::read_some(*socket, block, deadline);
    if (!n) return n.error();
    if (*n == 0) break;
    text.append(block.data(), *n);
    if (text.size() > max_answer_bytes + max_request_bytes) return base::temporary("the daemon says too much");
  }
  if (auto done = text_behind(done_word, text)) return std::move(*done);
  if (const auto refused = text_behind(refused_word, text)) return base::permanent(*refused);
  return base::temporary(text.empty() ? "the daemon gave no answer" : "the daemon's answer was cut short");
}

}  // namespace pppctl::daemon
