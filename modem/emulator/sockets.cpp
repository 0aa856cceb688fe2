#include "modem/emulator/sockets.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/log.h"

namespace emulator {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto closing_limit = std::chrono::milliseconds(500);
constexpr auto ending_limit = std::chrono::seconds(2);
constexpr std::size_t buffer_bytes = 2048;  // for the server, beyond what its socket holds
constexpr std::size_t read_bytes = 4096;

void append(std::vector<Output>& to, std::vector<Output> more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

base::Result<void> Sockets::prepare(const std::vector<std::string>& addresses) {
  for (const std::string& address : addresses) {
    auto found = resolve(address);
    if (!found) return found.error();
    addresses_[address] = std::move(*found);
  }
  return {};
}

void Sockets::open(const OpenSocket& wanted) {
  connections_.emplace(wanted.end,
                       wanted.program.empty() ? Connection{Socket(addresses_[wanted.address])} : start(wanted.program));
}

// One that cannot be run answers as a server that nobody listens at.
Sockets::Connection Sockets::start(const std::string& name) const {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) return Connection{Socket(base::Fd())};
  base::Fd ours(ends[0]);
  const base::Fd theirs(ends[1]);
  ::fcntl(ours.get(), F_SETFL, O_NONBLOCK);
  base::ChildOptions options;
  options.argv = programs_.at(name);
  options.descriptors = {{theirs.get(), 0}, {theirs.get(), 1}};
  options.die_with_parent = true;
  auto child = base::Child::start(options);
  if (!child) {
    base::log(base::Level::warning, child.error().text);
    return Connection{Socket(base::Fd())};
  }
  Connection connection{Socket(std::move(ours))};
  connection.program = std::move(*child);
  return connection;
}

void Sockets::look_at_ending() {
  ending_.remove_if([](Ending& one) {
    if (Clock::now() >= one.until) static_cast<void>(one.program.signal(SIGKILL));
    const auto end = one.program.wait(base::Deadline::after(std::chrono::seconds(0)));
    return !end || end->has_value();
  });
}

void Sockets::close(End end) {
  const auto found = connections_.find(end);
  if (found == connections_.end() || found->second.closing) return;
  found->second.closing = true;
  found->second.until = Clock::now() + closing_limit;
}

bool Sockets::closing() const {
  return std::any_of(connections_.begin(), connections_.end(), [](const auto& one) { return one.second.closing; });
}

std::optional<Time> Sockets::due(Time now) const {
  std::optional<Time> first;
  const auto by = [&](std::optional<Time> at) {
    if (at && (!first || *at < *first)) first = at;
  };
  for (const auto& [end, connection] : connections_) {
    // One that could not be connected at all is served at once, and a program that was started.
    const bool started = connection.program && !connection.opened;
    if (connection.socket.state() == Socket::State::failed || started) by(now);
    if (connection.socket.pending.size() < buffer_bytes) by(emulation_.next_arrival(end));
    by(emulation_.more_room(now, end));
  }
  return first;
}

short Sockets::events_of(Time now, End end, const Connection& connection) const {
  if (connection.socket.state() == Socket::State::connecting) return POLLOUT;
  if (connection.socket.state() == Socket::State::failed) return 0;
  int events = 0;
  if (!connection.closing && emulation_.room(now, end) >= room_worth_waking) events |= POLLIN;
  if (!connection.socket.pending.empty()) events |= POLLOUT;
  return static_cast<short>(events);
}

// One that nothing is wanted of is left out: a hang-up would be told of it again and again.
void Sockets::poll(Time now, std::vector<pollfd>& polled) {
  for (auto& [end, connection] : connections_) {
    const short events = events_of(now, end, connection);
    connection.polled = polled.size();
    polled.push_back({events == 0 ? -1 : connection.socket.fd().get(), events, 0});
  }
}

std::vector<Output> Sockets::serve(Time now, const std::vector<pollfd>& polled) {
  std::vector<Output> outputs;
  for (auto& [end, connection] : connections_) {
    const short ready = connection.polled < polled.size() ? polled[connection.polled].revents : short{0};
    serve(now, end, connection, ready, outputs);
  }
  for (auto one = connections_.begin(); one != connections_.end();) {
    Connection& connection = one->second;
    const bool rest = connection.socket.state() == Socket::State::open && !connection.socket.pending.empty();
    if (!connection.closing || (rest && Clock::now() < connection.until)) {
      ++one;
      continue;
    }
    if (connection.program) ending_.push_back({std::move(*connection.program), Clock::now() + ending_limit});
    one = connections_.erase(one);
  }
  look_at_ending();
  return outputs;
}

void Sockets::serve(Time now, End end, Connection& connection, short ready, std::vector<Output>& outputs) {
  if (connection.closing) return;
  Socket& socket = connection.socket;
  if (socket.state() == Socket::State::connecting && (ready & (POLLOUT | POLLERR | POLLHUP)) != 0) {
    socket.connected();
    if (socket.state() == Socket::State::open) append(outputs, emulation_.socket_opened(now, end));
  }
  if (connection.program && !connection.opened) {
    connection.opened = true;
    append(outputs, emulation_.socket_opened(now, end));
  }
  if (socket.state() == Socket::State::open) read(now, end, connection, outputs);
  if (socket.state() == Socket::State::failed) append(outputs, emulation_.socket_failed(now, end));
}

void Sockets::read(Time now, End end, Connection& connection, std::vector<Output>& outputs) {
  std::array<char, read_bytes> buffer{};
  for (std::size_t room = emulation_.room(now, end); room > 0; room = emulation_.room(now, end)) {
    const auto count = connection.socket.read(std::span(buffer).first(std::min(room, buffer.size())));
    if (!count) return;
    if (*count == 0) return append(outputs, emulation_.socket_ended(now, end));
    append(outputs, emulation_.socket_octets(now, end, std::string_view(buffer.data(), *count)));
  }
}

std::vector<Output> Sockets::deliver(Time now) {
  std::vector<Output> outputs;
  for (auto& [end, connection] : connections_) {
    std::string& pending = connection.socket.pending;
    if (!connection.closing)
      pending += emulation_.take(now, end, buffer_bytes - std::min(pending.size(), buffer_bytes));
    if (connection.socket.state() != Socket::State::open || connection.socket.flush()) continue;
    pending.clear();
    if (!connection.closing) append(outputs, emulation_.socket_ended(now, end));
  }
  return outputs;
}

}  // namespace emulator
