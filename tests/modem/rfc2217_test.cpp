#include "modem/rfc2217.h"

#include <catch2/catch.hpp>

using modem::Rfc2217;
using State = modem::Rfc2217::State;
using Order = modem::Rfc2217::Order;

namespace {

constexpr modem::PortSettings fast{.speed = 115200, .flow = conf::FlowControl::none};

std::string bytes(std::initializer_list<int> octets) {
  std::string all;
  for (const int octet : octets) all += static_cast<char>(octet);
  return all;
}

std::string telnet(int verb, int option) { return bytes({255, verb, option}); }
const auto will = [](int option) { return telnet(251, option); };
const auto wont = [](int option) { return telnet(252, option); };
const auto do_ = [](int option) { return telnet(253, option); };
const auto dont = [](int option) { return telnet(254, option); };

std::string com_port(int command, const std::string& value) {
  return bytes({255, 250, 44, command}) + Rfc2217::escaped(value) + bytes({255, 240});
}

// Everything that actions hold, by kind.
struct Seen {
  std::string sent;
  std::string received;
  std::optional<base::Failure> failure;
};

void add(Seen& seen, const Rfc2217::Actions& actions) {
  for (const auto& action : actions) {
    if (const auto* send = std::get_if<Rfc2217::Send>(&action)) seen.sent += send->octets;
    if (const auto* received = std::get_if<Rfc2217::Received>(&action)) seen.received += received->octets;
    if (const auto* failed = std::get_if<Rfc2217::Failed>(&action)) seen.failure = failed->failure;
  }
}

Seen after(Rfc2217& session, const std::string& octets) {
  Seen seen;
  add(seen, session.on(Rfc2217::Octets{octets}));
  return seen;
}

Seen after(Rfc2217& session, Order order) {
  Seen seen;
  add(seen, session.on(order));
  return seen;
}

const std::string agreement = do_(44) + do_(0) + will(0) + do_(3) + will(3);
const std::string settings = com_port(12, bytes({3})) + com_port(1, bytes({0, 1, 0xc2, 0})) + com_port(2, bytes({8})) +
                             com_port(3, bytes({1})) + com_port(4, bytes({1})) + com_port(5, bytes({1})) +
                             com_port(10, bytes({14})) + com_port(11, bytes({255})) + com_port(5, bytes({8})) +
                             com_port(5, bytes({11}));
const std::string acknowledgements = com_port(101, bytes({0, 1, 0xc2, 0})) + com_port(102, bytes({8})) +
                                     com_port(103, bytes({1})) + com_port(104, bytes({1})) + com_port(105, bytes({1}));

Rfc2217 ready(const modem::PortSettings& with = fast) {
  Rfc2217 session(with);
  session.start();
  after(session, agreement + acknowledgements);
  REQUIRE(session.state() == State::ready);
  return session;
}

}  // namespace

TEST_CASE("the client offers the port's option and asks for all octets both ways", "[modem][rfc2217]") {
  Rfc2217 session(fast);
  Seen seen;
  add(seen, session.start());
  CHECK(seen.sent == will(44) + will(0) + do_(0) + will(3) + do_(3));
  CHECK(session.state() == State::negotiating);
}

TEST_CASE("when the server has agreed, the port is set up in one go", "[modem][rfc2217]") {
  Rfc2217 session(fast);
  session.start();
  CHECK(after(session, do_(44) + do_(0)).sent.empty());
  CHECK(session.state() == State::negotiating);
  CHECK(after(session, will(0)).sent == settings);
  CHECK(session.state() == State::ready);
  CHECK_FALSE(session.settled());
  CHECK(after(session, acknowledgements).sent.empty());
  CHECK(session.settled());
  CHECK(session.remarks().empty());
}

TEST_CASE("a port whose speed is left as found is sent none, and RTS is the port's own with RTS/CTS",
          "[modem][rfc2217]") {
  Rfc2217 session({.speed = std::nullopt, .flow = conf::FlowControl::rts_cts});
  session.start();
  const auto sent = after(session, agreement).sent;
  CHECK(sent.find(bytes({250, 44, 1})) == std::string::npos);
  CHECK(sent.find(com_port(5, bytes({3}))) != std::string::npos);
  CHECK(sent.find(com_port(5, bytes({11}))) == std::string::npos);
}

TEST_CASE("options that nobody here knows are refused, and only a change of the others is answered",
          "[modem][rfc2217]") {
  auto session = ready();
  CHECK(after(session, will(1)).sent == dont(1));
  CHECK(after(session, do_(24)).sent == wont(24));
  CHECK(after(session, wont(1) + dont(24)).sent.empty());
  CHECK(after(session, agreement).sent.empty());
  CHECK(after(session, wont(3)).sent == dont(3));
  CHECK(after(session, wont(3)).sent.empty());
  CHECK(after(session, will(3)).sent == do_(3));
  CHECK(session.state() == State::ready);
}

TEST_CASE("a server that offers the option itself is a server of RFC 2217 too", "[modem][rfc2217]") {
  Rfc2217 session(fast);
  session.start();
  CHECK(after(session, will(44) + do_(0) + will(0)).sent == do_(44) + settings);
}

TEST_CASE("a server that refuses the port or binary transmission is given up for good", "[modem][rfc2217]") {
  for (const auto& refusal : {dont(44), dont(0), wont(0)}) {
    Rfc2217 session(fast);
    session.start();
    const auto seen = after(session, refusal + "more");
    REQUIRE(seen.failure);
    CHECK(seen.failure->kind == base::FailureKind::permanent);
    CHECK(session.state() == State::failed);
    CHECK(seen.received.empty());
  }
}

TEST_CASE("a server that leaves binary transmission unanswered is gone on with, one that knows no option is not",
          "[modem][rfc2217]") {
  Rfc2217 quiet(fast);
  quiet.start();
  after(quiet, do_(44));
  Seen seen;
  add(seen, quiet.on(Rfc2217::Expired{}));
  CHECK(seen.sent == settings);
  CHECK(quiet.state() == State::ready);
  Rfc2217 raw(fast);
  raw.start();
  after(raw, "hello");
  Seen none;
  add(none, raw.on(Rfc2217::Expired{}));
  REQUIRE(none.failure);
  CHECK(none.failure->kind == base::FailureKind::temporary);
  CHECK(none.failure->text.find("tcp:") != std::string::npos);
}

TEST_CASE("an octet of 255 is doubled on its way out and single on its way in", "[modem][rfc2217]") {
  CHECK(Rfc2217::escaped(bytes({1, 255, 255, 13})) == bytes({1, 255, 255, 255, 255, 13}));
  auto session = ready();
  std::string all;
  for (int octet = 0; octet < 256; ++octet) all += static_cast<char>(octet);
  CHECK(after(session, Rfc2217::escaped(all)).received == all);
  CHECK(after(session, bytes({255, 255, 255, 255})).received == bytes({255, 255}));
}

TEST_CASE("telnet's other commands are no octets of the line", "[modem][rfc2217]") {
  auto session = ready();
  CHECK(after(session, "a" + bytes({255, 241, 255, 242, 255, 249, 255, 243}) + "b").received == "ab");
  CHECK(after(session, "\r" + std::string(1, '\0') + "\r\n").received == "\r" + std::string(1, '\0') + "\r\n");
}

TEST_CASE("DTR and break are orders, awaited until they are acknowledged", "[modem][rfc2217]") {
  auto session = ready();
  CHECK(after(session, Order::dtr_off).sent == com_port(5, bytes({9})));
  CHECK_FALSE(session.settled());
  after(session, com_port(105, bytes({9})));
  CHECK(session.settled());
  CHECK(after(session, Order::dtr_on).sent == com_port(5, bytes({8})));
  after(session, com_port(105, bytes({8})));
  CHECK(after(session, Order::break_on).sent == com_port(5, bytes({5})));
  CHECK(after(session, Order::break_off).sent == com_port(5, bytes({6})));
  after(session, com_port(105, bytes({6})));
  CHECK(session.settled());
  CHECK(after(session, Order::purge_input).sent == com_port(12, bytes({1})));
  CHECK(after(session, Order::purge_output).sent == com_port(12, bytes({2})));
}

TEST_CASE("what a server has once left unacknowledged is not waited for again", "[modem][rfc2217]") {
  auto session = ready();
  after(session, Order::dtr_off);
  CHECK_FALSE(session.settled());
  session.on(Rfc2217::Expired{});
  CHECK(session.settled());
  CHECK(after(session, Order::dtr_on).sent == com_port(5, bytes({8})));
  CHECK(session.settled());
  // The purge at the opening had no answer, though everything behind it had.
  after(session, Order::purge_input);
  CHECK(session.settled());
  // But one that answers after all is waited for.
  after(session, com_port(105, bytes({8})));
  after(session, Order::dtr_off);
  CHECK_FALSE(session.settled());
}

TEST_CASE("an acknowledgement with another value is gone on with and told", "[modem][rfc2217]") {
  Rfc2217 session(fast);
  session.start();
  after(session, agreement + com_port(101, bytes({0, 0, 0x25, 0x80})) + com_port(102, bytes({7})) +
                     com_port(103, bytes({1})) + com_port(104, bytes({1})) + com_port(105, bytes({3})));
  CHECK(session.settled());
  CHECK(session.remarks() ==
        "the server runs the port at 9600 bit/s, the server does not run the port with 8 bits, "
        "no parity and 1 stop bit, the server does not take this flow control");
}

TEST_CASE("the lines are unknown until the server tells them, and then each has its bit", "[modem][rfc2217]") {
  auto session = ready();
  CHECK_FALSE(session.lines());
  after(session, com_port(107, bytes({0x80})));
  CHECK((session.lines()->dcd && !session.lines()->ri && !session.lines()->dsr && !session.lines()->cts));
  after(session, com_port(107, bytes({0x7f})));
  CHECK((!session.lines()->dcd && session.lines()->ri && session.lines()->dsr && session.lines()->cts));
  CHECK(session.lines()->dtr);
  after(session, Order::dtr_off);
  CHECK_FALSE(session.lines()->dtr);
}

TEST_CASE("errors on the line are counted and told", "[modem][rfc2217]") {
  auto session = ready();
  after(session, com_port(106, bytes({8})) + com_port(106, bytes({8 | 4})) + com_port(106, bytes({2})));
  CHECK(session.remarks() == "2 framing errors, 1 parity errors, 1 overruns");
}

TEST_CASE("a server may ask to be sent nothing for a while", "[modem][rfc2217]") {
  auto session = ready();
  CHECK_FALSE(session.suspended());
  after(session, com_port(108, ""));
  CHECK(session.suspended());
  after(session, com_port(109, ""));
  CHECK_FALSE(session.suspended());
}

TEST_CASE("a server that asks for a signature gets one", "[modem][rfc2217]") {
  auto session = ready();
  CHECK(after(session, com_port(100, "")).sent == com_port(0, "offhook"));
  CHECK(after(session, com_port(100, "ser2net")).sent.empty());
}

TEST_CASE("a subnegotiation that is short, foreign or unknown changes nothing", "[modem][rfc2217]") {
  auto session = ready();
  for (const auto& odd : {com_port(107, ""), com_port(101, "abc"), com_port(5, "x"), com_port(199, "x"),
                          bytes({255, 250, 44, 255, 240}), bytes({255, 250, 24, 1, 255, 240})}) {
    const auto seen = after(session, odd + "on");
    CHECK(seen.received == "on");
    CHECK(seen.sent.empty());
    CHECK_FALSE(seen.failure);
  }
  CHECK_FALSE(session.lines());
}

TEST_CASE("255 within a subnegotiation is doubled too, and one that was forgotten to end is left", "[modem][rfc2217]") {
  auto session = ready();
  after(session, bytes({255, 250, 44, 107, 255, 255, 255, 240}));
  CHECK(session.lines()->dcd);
  const auto seen = after(session, bytes({255, 250, 44, 107, 0}) + will(1) + "on");
  CHECK(seen.sent == dont(1));
  CHECK(seen.received == "on");
  CHECK(session.lines()->dcd);
}

TEST_CASE("a subnegotiation without an end is the end of the session", "[modem][rfc2217]") {
  auto session = ready();
  CHECK_FALSE(
      after(session, bytes({255, 250, 44, 100}) + std::string(modem::max_subnegotiation_skipped - 1, 'x')).failure);
  const auto seen = after(session, "xx");
  REQUIRE(seen.failure);
  CHECK(seen.failure->kind == base::FailureKind::temporary);
  CHECK(session.state() == State::failed);
  CHECK(after(session, "data").received.empty());
}

TEST_CASE("a session is the same wherever its octets are split", "[modem][rfc2217]") {
  const std::string all = "hello " + agreement + will(1) + acknowledgements + "a" + bytes({255, 255}) + "b" +
                          com_port(107, bytes({255})) + com_port(106, bytes({4})) + "end" + com_port(100, "") + "\r\n";
  const auto play = [&](std::size_t first, std::size_t step) {
    Rfc2217 session(fast);
    Seen seen;
    add(seen, session.start());
    for (std::size_t at = 0, size = first; at < all.size(); at += size, size = step)
      add(seen, session.on(Rfc2217::Octets{std::string_view(all).substr(at, size)}));
    return std::make_tuple(seen.sent, seen.received, session.remarks(), session.lines()->dcd, session.settled());
  };
  const auto whole = play(all.size(), all.size());
  CHECK(std::get<1>(whole) == "hello a" + bytes({255}) + "bend\r\n");
  CHECK(play(1, 1) == whole);
  for (std::size_t cut = 1; cut < all.size(); ++cut) CHECK(play(cut, all.size()) == whole);
}
