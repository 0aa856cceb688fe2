// The shell around Rfc2217: a serial port behind a telnet server.
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>

#include "base/log.h"
#include "base/overloaded.h"
#include "modem/back_ends.h"
#include "modem/network_port.h"
#include "modem/rfc2217.h"

namespace modem {
namespace {

using namespace std::chrono_literals;

constexpr auto negotiation_limit = 5s;  // a satellite takes two seconds for there and back
constexpr auto acknowledgement_limit = 1s;
constexpr auto break_time = 300ms;
constexpr std::size_t block_bytes = 4096;
constexpr int max_blocks = 16;              // at one look, from a server that talks without end
constexpr std::size_t max_unread = 65536;   // octets of the line that were read while something else was waited for
constexpr std::size_t max_replies = 65536;  // to a server that asks on and takes no answer
constexpr std::size_t max_said = 200;       // of what a server says before it closes, for the text of a failure

class Rfc2217Port final : public NetworkPort {
 public:
  Rfc2217Port(base::Fd fd, const conf::PortName& name, const PortSettings& settings)
      : NetworkPort(std::move(fd), name), session_(settings) {}
  ~Rfc2217Port() override;

  base::Result<void> begin();

  [[nodiscard]] bool has_input() const override { return !unread_.empty(); }
  [[nodiscard]] bool takes_output() const override { return !session_.suspended(); }
  base::Result<void> flush_input() override;
  base::Result<void> flush_output() override;
  std::optional<std::size_t> unsent() override;
  base::Result<std::optional<ModemLines>> lines() override;
  base::Result<void> set_dtr(bool on) override;
  [[nodiscard]] std::string remarks() const override { return session_.remarks(); }
  [[nodiscard]] std::string end_reason() const override;
  base::Result<void> send_break() override;

 protected:
  ssize_t take(std::span<char> into) override;
  ssize_t give(std::string_view bytes) override;
  base::Result<void> hear() override;

 private:
  using Order = Rfc2217::Order;

  void perform(Rfc2217::Actions actions);
  void send_replies();
  bool pump(std::size_t most);
  base::Result<void> wait_for(const std::function<bool()>& holds, std::chrono::milliseconds limit);
  base::Result<void> order(Order order);
  [[nodiscard]] bool ended() const { return ended_ != 0 || fault_.has_value(); }
  [[nodiscard]] base::Failure end_failure(const std::string& what) const;

  Rfc2217 session_;
  std::string unread_;                  // octets of the line that read() has not taken
  std::string replies_;                 // telnet's, and what is left of an octet that was doubled
  int ended_ = 0;                       // errno of the connection's end; ECONNRESET for an orderly one
  std::optional<base::Failure> fault_;  // of the protocol
};

// As a tty's last close does: DTR falls, and what has not left is thrown away. An answer to a connection that is closed
// by then would take the orders with it that the server has not read.
Rfc2217Port::~Rfc2217Port() {
  for (const auto last : {Order::purge_output, Order::dtr_off}) {
    if (!ended() && session_.state() == Rfc2217::State::ready) [[maybe_unused]]
      const auto done = order(last);
  }
}

void Rfc2217Port::perform(Rfc2217::Actions actions) {
  for (auto& action : actions) {
    std::visit(base::Overloaded{[&](Rfc2217::Send& send) { replies_ += send.octets; },
                                [&](Rfc2217::Received& received) {
                                  note(received.octets);
                                  unread_ += received.octets;
                                },
                                [&](Rfc2217::Failed& failed) { fault_ = std::move(failed.failure); }},
               action);
  }
  send_replies();
}

void Rfc2217Port::send_replies() {
  while (!replies_.empty() && !ended_) {
    const auto count = NetworkPort::give(replies_);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      if (errno != EAGAIN) ended_ = errno;
      break;
    }
    replies_.erase(0, static_cast<std::size_t>(count));
  }
  if (replies_.size() > max_replies && !fault_) fault_ = base::temporary("the server asks on and takes no answer");
}

// One read of what is there; false: nothing was.
bool Rfc2217Port::pump(std::size_t most) {
  std::array<char, block_bytes> block{};
  const auto count = ::recv(fd_.get(), block.data(), std::min(most, block.size()), 0);
  if (count > 0) {
    perform(session_.on(Rfc2217::Octets{{block.data(), static_cast<std::size_t>(count)}}));
    return true;
  }
  const int error = count == 0 ? ECONNRESET : errno;
  if (error == EINTR) return true;
  if (error != EAGAIN) ended_ = error;
  return false;
}

base::Failure Rfc2217Port::end_failure(const std::string& what) const {
  if (fault_) return {fault_->kind, what + ": " + fault_->text, 0};
  return {base::FailureKind::temporary, what + ": the server closed the connection", EIO};
}

std::string Rfc2217Port::end_reason() const { return fault_ ? fault_->text : NetworkPort::end_reason(); }

// Whatever comes meanwhile is kept for read(). The passed limit is no failure here.
base::Result<void> Rfc2217Port::wait_for(const std::function<bool()>& holds, std::chrono::milliseconds limit) {
  const auto deadline = base::Deadline::after(limit);
  while (!holds() && !ended() && !deadline.passed() && unread_.size() < max_unread) {
    const auto ready = base::wait_ready(fd_, base::Interest::read, deadline);
    if (!ready) return ready.error();
    if (*ready) pump(block_bytes);
  }
  return {};
}

base::Result<void> Rfc2217Port::begin() {
  const std::string what = "open " + device();
  perform(session_.start());
  const auto negotiated = [&] { return session_.state() != Rfc2217::State::negotiating; };
  if (auto waited = wait_for(negotiated, negotiation_limit); !waited) return waited;
  if (!ended() && !negotiated()) perform(session_.on(Rfc2217::Expired{}));
  if (!ended()) {
    if (auto waited = wait_for([&] { return session_.settled(); }, acknowledgement_limit); !waited) return waited;
    perform(session_.on(Rfc2217::Expired{}));
  }
  if (!ended()) {
    unread_.clear();
    return {};
  }
  auto failure = end_failure(what);
  // "Port already in use", before it closes.
  if (!unread_.empty()) failure.text += "; it said: " + base::escape(unread_.substr(0, max_said));
  return failure;
}

ssize_t Rfc2217Port::take(std::span<char> into) {
  if (unread_.empty() && !ended()) pump(into.size());
  if (unread_.empty()) {
    errno = EAGAIN;
    return ended() ? 0 : -1;
  }
  const auto count = unread_.copy(into.data(), into.size());
  unread_.erase(0, count);
  return static_cast<ssize_t>(count);
}

ssize_t Rfc2217Port::give(std::string_view bytes) {
  send_replies();
  if (ended()) {
    errno = EIO;
    return -1;
  }
  if (!replies_.empty()) {
    errno = EAGAIN;
    return -1;
  }
  bytes = bytes.substr(0, block_bytes);
  const auto doubled = Rfc2217::escaped(bytes);
  const auto sent = NetworkPort::give(doubled);
  if (sent <= 0) return sent;
  // An octet of which one half has gone has gone; the other half follows by itself.
  std::size_t count = 0;
  std::size_t octets = 0;
  while (octets < static_cast<std::size_t>(sent)) octets += Rfc2217::escaped(bytes.substr(count++, 1)).size();
  replies_ = doubled.substr(static_cast<std::size_t>(sent), octets - static_cast<std::size_t>(sent));
  return static_cast<ssize_t>(count);
}

base::Result<void> Rfc2217Port::hear() {
  if (unread_.size() >= max_unread) return base::system_failure("write " + device(), ETIMEDOUT);
  pump(block_bytes);
  if (ended()) return end_failure("write " + device());
  return {};
}

std::optional<std::size_t> Rfc2217Port::unsent() {
  send_replies();
  const auto waiting = Port::unsent();
  if (!waiting) return waiting;
  return *waiting + replies_.size();
}

base::Result<void> Rfc2217Port::order(Order given) {
  perform(session_.on(given));
  if (auto waited = wait_for([&] { return session_.settled(); }, acknowledgement_limit); !waited) return waited;
  if (ended()) return end_failure("set the lines of " + device());
  if (!session_.settled()) perform(session_.on(Rfc2217::Expired{}));
  return {};
}

// What the server acknowledges the purge behind is old.
base::Result<void> Rfc2217Port::flush_input() {
  unread_.clear();
  if (auto purged = order(Order::purge_input); !purged && !ended()) return purged;
  for (int blocks = 0; blocks < max_blocks && pump(block_bytes); ++blocks) unread_.clear();
  unread_.clear();
  return {};
}

base::Result<void> Rfc2217Port::flush_output() { return order(Order::purge_output); }

base::Result<std::optional<ModemLines>> Rfc2217Port::lines() {
  for (int blocks = 0; blocks < max_blocks && unread_.size() < max_unread && !ended() && pump(block_bytes);) ++blocks;
  if (ended()) return end_failure("read the modem lines of " + device());
  return session_.lines();
}

base::Result<void> Rfc2217Port::set_dtr(bool on) { return order(on ? Order::dtr_on : Order::dtr_off); }

base::Result<void> Rfc2217Port::send_break() {
  if (auto begun = order(Order::break_on); !begun) return begun;
  [[maybe_unused]] const auto waited = base::pause(base::Deadline::after(break_time), nullptr);
  return order(Order::break_off);
}

}  // namespace

base::Result<std::unique_ptr<Port>> open_rfc2217(const conf::PortName& name, const PortSettings& settings) {
  auto fd = connect_server(name);
  if (!fd) return fd.error();
  auto port = std::make_unique<Rfc2217Port>(std::move(*fd), name, settings);
  if (auto begun = port->begin(); !begun) return begun.error();
  return std::unique_ptr<Port>(std::move(port));
}

}  // namespace modem
