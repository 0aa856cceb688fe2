#include "tests/bench/sink.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <vector>

namespace bench {
namespace {

constexpr int backlog = 64;
constexpr std::size_t block_bytes = 65536;

double read_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

bool begins(std::string_view line, std::string_view verb) {
  return line.size() >= verb.size() && std::equal(verb.begin(), verb.end(), line.begin(), [](char a, char b) {
           return a == (b >= 'a' && b <= 'z' ? b - 'a' + 'A' : b);
         });
}

// The content of the netstring at the beginning, and rest behind it; empty: not whole yet, or none.
std::optional<std::string_view> netstring(std::string_view& rest) {
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), length);
  const auto head = static_cast<std::size_t>(end - rest.data());
  if (error != std::errc() || head >= rest.size() || rest[head] != ':' || rest.size() - head - 1 <= length) return {};
  const auto content = rest.substr(head + 1, length);
  rest.remove_prefix(head + 1 + length + 1);
  return content;
}

}  // namespace

std::string SinkSession::greeting() const { return settings_.is_qmtp ? "" : "220 sink ESMTP\r\n"; }

bool SinkSession::take(std::string_view octets, std::string& replies) {
  if (counts_.first_octet == 0) counts_.first_octet = read_seconds();
  input_ += octets;
  if (input_.size() > max_unparsed_bytes) return false;
  bool goes_on = true;
  while (goes_on && at_ < input_.size()) {
    if (settings_.is_qmtp) {
      if (!take_package(replies)) break;
    } else if (in_data_ || chunk_left_) {
      if (!take_content(replies)) break;
    } else {
      const auto end = input_.find('\n', at_);
      if (end == std::string::npos) break;
      const auto line = std::string_view(input_).substr(at_, end - at_);
      at_ = end + 1;
      goes_on = command(line, replies);
    }
  }
  input_.erase(0, at_);
  at_ = 0;
  return goes_on;
}

bool SinkSession::command(std::string_view line, std::string& replies) {
  ++counts_.commands;
  if (begins(line, "EHLO")) {
    replies += "250-sink\r\n250-8BITMIME\r\n";
    if (settings_.offers_pipelining) replies += "250-PIPELINING\r\n";
    if (settings_.offers_chunking) replies += "250-CHUNKING\r\n";
    replies += "250 SIZE 0\r\n";
  } else if (begins(line, "MAIL")) {
    if (at_ < input_.size()) ++counts_.groups;
    recipients_ = 0;
    replies += "250 2.1.0 ok\r\n";
  } else if (begins(line, "RCPT")) {
    if (settings_.defers) {
      ++counts_.deferred;
      replies += "450 4.2.0 later\r\n";
    } else {
      ++recipients_;
      replies += "250 2.1.5 ok\r\n";
    }
  } else if (begins(line, "DATA")) {
    in_data_ = recipients_ > 0;
    replies += in_data_ ? "354 go on\r\n" : "503 5.5.1 no recipient\r\n";
  } else if (begins(line, "BDAT ")) {
    std::uint64_t octets = 0;
    std::from_chars(line.data() + 5, line.data() + line.size(), octets);
    chunk_left_ = octets;
    is_last_ = line.find("LAST") != std::string_view::npos;
    if (octets == 0) take_content(replies);
  } else if (begins(line, "QUIT")) {
    replies += "221 2.0.0 bye\r\n";
    return false;
  } else {
    if (begins(line, "RSET")) recipients_ = 0;
    replies += "250 2.0.0 ok\r\n";
  }
  return true;
}

// False: the rest of the content has not come yet.
bool SinkSession::take_content(std::string& replies) {
  if (chunk_left_) {
    const auto n = std::min<std::uint64_t>(*chunk_left_, input_.size() - at_);
    at_ += n;
    *chunk_left_ -= n;
    counts_.mail_octets += n;
    if (*chunk_left_ > 0) return false;
    chunk_left_.reset();
    if (recipients_ == 0) {
      replies += "503 5.5.1 no recipient\r\n";
    } else if (!is_last_) {
      replies += "250 2.0.0 ok\r\n";
    } else {
      ++counts_.by_bdat;
      accepted(replies);
    }
    return true;
  }
  if (input_.compare(at_, 3, ".\r\n") == 0) {  // an empty message
    at_ += 3;
  } else {
    const auto end = input_.find("\r\n.\r\n", at_);
    if (end == std::string::npos) return false;
    counts_.mail_octets += end + 2 - at_;
    at_ = end + 5;
  }
  in_data_ = false;
  ++counts_.by_data;
  accepted(replies);
  return true;
}

void SinkSession::accepted(std::string& replies) {
  if (at_ < input_.size()) ++counts_.overlaps;
  ++counts_.messages;
  counts_.recipients += recipients_;
  recipients_ = 0;
  counts_.last_message = read_seconds();
  if (counts_.first_message == 0) counts_.first_message = counts_.last_message;
  replies += "250 2.0.0 taken\r\n";
}

// False: the package is not whole yet.
bool SinkSession::take_package(std::string& replies) {
  std::string_view rest = std::string_view(input_).substr(at_);
  const auto message = netstring(rest);
  const auto sender = message ? netstring(rest) : std::nullopt;
  auto recipients = sender ? netstring(rest) : std::nullopt;
  if (!recipients) return false;
  at_ = input_.size() - rest.size();
  while (netstring(*recipients)) {
    replies += settings_.defers ? "6:Zlater," : "6:Ktaken,";
    settings_.defers ? ++counts_.deferred : ++counts_.recipients;
  }
  if (settings_.defers) return true;
  ++counts_.messages;
  counts_.mail_octets += message->size();
  counts_.last_message = read_seconds();
  if (counts_.first_message == 0) counts_.first_message = counts_.last_message;
  return true;
}

base::Result<unsigned> Sink::listen() {
  listener_ = base::Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int yes = 1;
  ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(settings_.listen_port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const raw = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_.get(), raw, length) < 0 || ::listen(listener_.get(), backlog) < 0 ||
      ::getsockname(listener_.get(), raw, &length) < 0) {
    return base::system_failure("listen on 127.0.0.1:" + std::to_string(settings_.listen_port));
  }
  return ntohs(address.sin_port);
}

base::Result<void> Sink::run() {
  std::vector<pollfd> entries;
  for (;;) {
    entries = {{signals_.fd().get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    for (const auto& open : open_) {
      const bool waits = !open.replies.empty();
      entries.push_back({open.fd.get(), static_cast<short>(waits ? POLLOUT : POLLIN), 0});
    }
    if (::poll(entries.data(), entries.size(), -1) < 0 && errno != EINTR) return base::system_failure("poll");
    if (entries[0].revents != 0 && signals_.count() > 0) return {};
    std::size_t index = 2;
    for (auto& open : open_) {
      if (entries[index++].revents != 0) serve(open);
    }
    std::erase_if(open_, [](const Open& open) { return open.is_over; });
    if (entries[1].revents != 0) accept_all();
  }
}

void Sink::accept_all() {
  while (open_.size() < max_sink_sessions) {
    base::Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd.valid()) return;
    const int yes = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    ++counts_.sessions;
    auto& open = open_.emplace_back(Open{std::move(fd), SinkSession(settings_, counts_), {}, false});
    counts_.at_once = std::max<std::uint64_t>(counts_.at_once, open_.size());
    open.replies = open.session.greeting();
  }
}

void Sink::serve(Open& open) {
  static std::array<char, block_bytes> block;
  bool goes_on = true;
  if (open.replies.empty()) {
    const auto n = ::recv(open.fd.get(), block.data(), block.size(), 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    goes_on = n > 0 && open.session.take({block.data(), static_cast<std::size_t>(n)}, open.replies);
  }
  if (!open.replies.empty()) {
    const auto n = ::send(open.fd.get(), open.replies.data(), open.replies.size(), MSG_NOSIGNAL);
    if (n > 0) open.replies.erase(0, static_cast<std::size_t>(n));
    if (n < 0 && errno != EAGAIN && errno != EINTR) goes_on = false;
  }
  open.is_over = !goes_on;
}

std::string Sink::summary() const {
  const auto& c = counts_;
  return nlohmann::ordered_json{{"sessions", c.sessions},
                                {"at_once", c.at_once},
                                {"commands", c.commands},
                                {"messages", c.messages},
                                {"recipients", c.recipients},
                                {"deferred", c.deferred},
                                {"data", c.by_data},
                                {"bdat", c.by_bdat},
                                {"groups", c.groups},
                                {"overlaps", c.overlaps},
                                {"mail_octets", c.mail_octets},
                                {"first_octet", c.first_octet},
                                {"first_message", c.first_message},
                                {"last_message", c.last_message}}
      .dump();
}

}  // namespace bench
