#include "tests/bench/line_emulator.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/bug.h"

namespace bench {
namespace {

constexpr int backlog = 64;
constexpr Span longest_wait = std::chrono::seconds(3600);
constexpr Way ways[] = {Way::up, Way::down};

Moment read_now() { return std::chrono::steady_clock::now(); }
double seconds(Span span) { return std::chrono::duration<double>(span).count(); }

void set(const base::Fd& fd, int level, int option, int value) {
  if (::setsockopt(fd.get(), level, option, &value, sizeof value) < 0) base::bug("a socket option is refused");
}

base::Fd make_socket() { return base::Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)); }

sockaddr_in loopback(unsigned port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void reset_at_once(base::Fd& fd) {
  const linger at_once{1, 0};
  if (fd.valid()) ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  fd.reset();
}

}  // namespace

LineEmulator::LineEmulator(LineSettings settings, base::StopSignals& signals)
    : settings_(std::move(settings)),
      signals_(signals),
      up_(settings_.bits_per_second, settings_.delay),
      down_(settings_.bits_per_second, settings_.delay) {}

base::Result<unsigned> LineEmulator::listen() {
  listener_ = make_socket();
  if (!listener_.valid()) return base::system_failure("make a socket");
  set(listener_, SOL_SOCKET, SO_REUSEADDR, 1);
  set(listener_, SOL_SOCKET, SO_RCVBUF, receive_buffer_bytes);  // before listen(2): what is accepted inherits it
  auto address = loopback(settings_.listen_port);
  socklen_t length = sizeof address;
  auto* const raw = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_.get(), raw, length) < 0 || ::listen(listener_.get(), backlog) < 0 ||
      ::getsockname(listener_.get(), raw, &length) < 0) {
    return base::system_failure("listen on 127.0.0.1:" + std::to_string(settings_.listen_port));
  }
  return ntohs(address.sin_port);
}

base::Result<void> LineEmulator::run() {
  for (;;) {
    const Moment now = until_cut(read_now());
    accept_all(now);
    if (!is_cut_) {
      if (auto connected = connect_due(now); !connected) return connected;
      for (const Way way : ways) deliver(way, now);
      for (const Way way : ways) carry(way, now);
      close_finished(now);
    }
    if (time_is_over(now) || octets_are_through()) {
      for (const Way way : ways) deliver(way, now);
      cut(now);
    }
    if (auto waited = wait(now); !waited) return waited;
    if (signals_.count() > 0) {
      note_open(read_now());
      return {};
    }
  }
}

base::Result<void> LineEmulator::wait(Moment now) {
  entries_ = {{signals_.fd().get(), POLLIN, 0}};
  if (connections_.size() < max_connections) entries_.push_back({listener_.get(), POLLIN, 0});
  for (auto& c : connections_) {
    if (is_cut_) break;
    for (const Way way : ways) {
      if (lane(way).is_idle() && may_be_read(c, way, now)) entries_.push_back({source(c, way).get(), POLLIN, 0});
      const bool waits = !stream(c, way).undelivered.empty() || (way == Way::up && c.is_connecting);
      if (waits && target(c, way).valid()) entries_.push_back({target(c, way).get(), POLLOUT, 0});
    }
  }
  const Span span = until_next(read_now());
  const timespec timeout{span.count() / 1'000'000'000, span.count() % 1'000'000'000};
  if (::ppoll(entries_.data(), entries_.size(), &timeout, nullptr) < 0 && errno != EINTR)
    return base::system_failure("poll");
  return {};
}

Span LineEmulator::until_next(Moment now) {
  Moment next = now + longest_wait;
  const auto at = [&](Moment moment) { next = std::min(next, moment); };
  if (!is_cut_) {
    if (settings_.cut_after && first_accept_) at(*first_accept_ + *settings_.cut_after);
    for (const Way way : ways) {
      if (!lane(way).is_idle()) at(lane(way).free_at());
      for (auto& c : connections_) {
        const auto& s = stream(c, way);
        if (!s.packets.empty()) at(s.packets.front().arrival);
        if (s.opens > now) at(s.opens);
        if (c.connects) at(*c.connects);
      }
    }
  }
  return std::max(Span(), next - now);
}

// The client's SYN leaves now and the SYN-ACK is with it two delays later, when its octets can leave; the server knows
// the connection one delay after that, and speaks.
void LineEmulator::accept_all(Moment now) {
  while (connections_.size() < max_connections) {
    base::Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd.valid()) return;
    if (is_cut_ && !settings_.is_silent_cut) {
      reset_at_once(fd);
      continue;
    }
    set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    ++accepted_;
    if (!first_accept_) first_accept_ = now;
    if (!open_since_) open_since_ = now;
    auto& c = connections_.emplace_back();
    c.client = std::move(fd);
    c.up.opens = now + 2 * settings_.delay;
    c.connects = now + 3 * settings_.delay;
  }
}

base::Result<void> LineEmulator::connect_due(Moment now) {
  for (auto& c : connections_) {
    if (!c.connects || now < *c.connects) continue;
    c.connects.reset();
    if (auto opened = open_server(c); !opened) return opened;
  }
  return {};
}

base::Result<void> LineEmulator::open_server(Connection& c) {
  c.server = make_socket();
  if (!c.server.valid()) return base::system_failure("make a socket");
  set(c.server, SOL_SOCKET, SO_RCVBUF, receive_buffer_bytes);
  set(c.server, IPPROTO_TCP, TCP_NODELAY, 1);
  auto address = loopback(settings_.port);
  if (::inet_pton(AF_INET, settings_.host.c_str(), &address.sin_addr) != 1)
    return base::permanent("not an IPv4 address: " + settings_.host);
  c.is_connecting = true;
  if (::connect(c.server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0 &&
      errno != EINPROGRESS) {
    reset_at_once(c.client);
    c.up.is_closed = c.down.is_closed = true;
  }
  return {};
}

bool LineEmulator::may_be_read(Connection& c, Way way, Moment now) {
  const auto& s = stream(c, way);
  return source(c, way).valid() && !s.has_ended && now >= s.opens && s.undelivered.size() < max_undelivered_bytes;
}

void LineEmulator::carry(Way way, Moment now) {
  while (lane(way).is_free(now)) {
    if (carry_piece(way, now)) continue;
    lane(way).found_idle(now);
    return;
  }
}

// One piece of the connection whose turn it is; false when none has any.
bool LineEmulator::carry_piece(Way way, Moment now) {
  const auto allowed = std::min<std::uint64_t>(lane(way).piece_octets(), until_cut(way));
  if (allowed == 0) return false;
  std::string octets(allowed, '\0');
  for (auto c = connections_.begin(); c != connections_.end(); ++c) {
    if (!may_be_read(*c, way, now)) continue;
    const auto n = ::recv(source(*c, way).get(), octets.data(), octets.size(), 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOTCONN)) continue;
    auto& s = stream(*c, way);
    if (n <= 0) {  // closed or reset: the receiver learns it behind what is under way
      s.has_ended = true;
      s.packets.push_back({std::max(now, lane(way).free_at()) + settings_.delay, {}});
      continue;
    }
    octets.resize(static_cast<std::size_t>(n));
    const auto passage = lane(way).send(now, octets.size());
    count(way, passage);
    s.packets.push_back({passage.arrival, std::move(octets)});
    connections_.splice(connections_.end(), connections_, c);  // the others first now
    return true;
  }
  return false;
}

// A turnaround is a pause of the way up in which the other side spoke: somebody has waited for a reply.
void LineEmulator::count(Way way, const Lane::Passage& passage) {
  const Moment begin = std::max(passage.begin, carried_until_);
  if (passage.end > begin) {
    carried_ += passage.end - begin;
    carried_until_ = passage.end;
  }
  if (way == Way::down) return;
  if (passage.pause >= settings_.delay && passage.pause > Span() && down_.octets() != down_at_last_up_) ++turnarounds_;
  down_at_last_up_ = down_.octets();
}

void LineEmulator::deliver(Way way, Moment now) {
  for (auto& c : connections_) {
    if (is_cut_) return;
    auto& to = target(c, way);
    if (!to.valid()) continue;
    if (way == Way::up && c.is_connecting) {
      pollfd entry{to.get(), POLLOUT, 0};
      if (::poll(&entry, 1, 0) == 0) continue;
      c.is_connecting = false;
    }
    deliver_packets(c, way, now);
  }
}

void LineEmulator::deliver_packets(Connection& c, Way way, Moment now) {
  auto& s = stream(c, way);
  while (!s.packets.empty() && s.packets.front().arrival <= now) {
    auto packet = std::move(s.packets.front());
    s.packets.pop_front();
    (way == Way::up ? delivered_up_ : delivered_down_) += packet.octets.size();
    if (!packet.octets.empty()) {
      if (!s.is_closed) s.undelivered += packet.octets;
    } else if (!s.is_closed) {
      flush(c, way);
      ::shutdown(target(c, way).get(), SHUT_WR);
      s.is_closed = true;
    }
  }
  flush(c, way);
  if (octets_are_through()) cut(now);
}

void LineEmulator::flush(Connection& c, Way way) {
  auto& s = stream(c, way);
  while (!s.undelivered.empty()) {
    const auto n = ::send(target(c, way).get(), s.undelivered.data(), s.undelivered.size(), MSG_NOSIGNAL);
    if (n > 0) {
      s.undelivered.erase(0, static_cast<std::size_t>(n));
    } else if (errno != EINTR) {
      if (errno == EAGAIN) return;
      s.undelivered.clear();
      s.is_closed = true;
    }
  }
}

void LineEmulator::close_finished(Moment now) {
  std::erase_if(connections_, [](const Connection& c) {
    const auto ended = [](const Stream& s) { return s.is_closed && s.packets.empty(); };
    return ended(c.up) && ended(c.down);
  });
  if (connections_.empty()) note_open(now);
}

// The line carries all that its time until the cut has room for, though it is looked at late.
Moment LineEmulator::until_cut(Moment now) const {
  if (is_cut_ || !settings_.cut_after || !first_accept_) return now;
  return std::min(now, *first_accept_ + *settings_.cut_after);
}

// What may still leave before the cut.
std::uint64_t LineEmulator::until_cut(Way way) const {
  if (!settings_.cut_octets || (settings_.cut_way && *settings_.cut_way != way))
    return std::numeric_limits<std::uint64_t>::max();
  const auto sent = settings_.cut_way ? (way == Way::up ? up_ : down_).octets() : up_.octets() + down_.octets();
  return *settings_.cut_octets - std::min(sent, *settings_.cut_octets);
}

bool LineEmulator::time_is_over(Moment now) const {
  return !is_cut_ && settings_.cut_after && first_accept_ && now >= *first_accept_ + *settings_.cut_after;
}

bool LineEmulator::octets_are_through() const {
  if (is_cut_ || !settings_.cut_octets) return false;
  const auto up = settings_.cut_way == Way::down ? 0 : delivered_up_;
  const auto down = settings_.cut_way == Way::up ? 0 : delivered_down_;
  return up + down >= *settings_.cut_octets;
}

void LineEmulator::cut(Moment now) {
  is_cut_ = true;
  note_open(now);
  if (settings_.is_silent_cut) return;
  for (auto& c : connections_) {
    reset_at_once(c.client);
    reset_at_once(c.server);
  }
}

void LineEmulator::note_open(Moment now) {
  if (open_since_) open_ += now - *open_since_;
  open_since_.reset();
}

std::string LineEmulator::summary() const {
  const auto idle = [&](Span carried) {
    return open_.count() == 0 ? 0.0 : std::max(0.0, 1 - seconds(carried) / seconds(open_));
  };
  const auto way = [&](const Lane& lane) {
    return nlohmann::ordered_json{
        {"octets", lane.octets()}, {"seconds", seconds(lane.busy())}, {"idle_share", idle(lane.busy())}};
  };
  return nlohmann::ordered_json{{"up", way(up_)},
                                {"down", way(down_)},
                                {"connections", accepted_},
                                {"first_connection", first_accept_ ? seconds(first_accept_->time_since_epoch()) : 0.0},
                                {"open_seconds", seconds(open_)},
                                {"idle_share", idle(carried_)},
                                {"turnarounds", turnarounds_},
                                {"cut", is_cut_}}
      .dump();
}

}  // namespace bench
