#include "mta/mail/qmtp_client.h"

#include <catch2/catch.hpp>

using Client = mail::QmtpClient;
using namespace std::chrono_literals;

namespace {

Client::Package package(std::uint64_t id, std::vector<std::string> recipients = {"x@isp.example"}) {
  Client::Package made;
  made.id = id;
  made.sender = mail::Address::from_envelope("a@office.example").value();
  for (const auto& recipient : recipients) made.recipients.push_back(mail::Address::from_envelope(recipient).value());
  made.octets = 16;
  return made;
}

template <class Kind>
std::vector<Kind> all(const Client::Actions& actions) {
  std::vector<Kind> found;
  for (const auto& action : actions) {
    if (const auto* one = std::get_if<Kind>(&action)) found.push_back(*one);
  }
  return found;
}

std::optional<std::chrono::seconds> armed(const Client::Actions& actions) {
  const auto arms = all<Client::Arm>(actions);
  return arms.empty() ? std::nullopt : std::optional(arms.front().within);
}

// One line an action, times left out.
std::string told(const Client::Actions& actions) {
  std::string out;
  for (const auto& action : actions) {
    if (std::holds_alternative<Client::Want>(action)) out += "want\n";
    if (const auto* send = std::get_if<Client::SendPackage>(&action)) {
      out += "send " + std::to_string(send->package) + "\n";
    }
    if (const auto* result = std::get_if<Client::Result>(&action)) {
      out += "result " + std::to_string(result->package) + "." + std::to_string(result->recipient) + " " +
             "KDZ"[static_cast<int>(result->verdict)] + " " + result->text + "\n";
    }
    if (const auto* done = std::get_if<Client::Done>(&action)) {
      out += "done " + (done->outcome ? "well" : done->outcome.error().text);
      for (const auto id : done->in_doubt) out += " " + std::to_string(id);
      out += "\n";
    }
  }
  return out;
}

// Packages 1..count offered and sent, for one recipient each.
Client with_in_flight(std::uint64_t count, Client::Time now = 0ms) {
  Client client;
  REQUIRE(told(client.start(now)) == "want\n");
  for (std::uint64_t id = 1; id <= count; ++id) {
    REQUIRE(told(client.on(Client::Offer{package(id)}, now)) == "send " + std::to_string(id) + "\nwant\n");
    (void)client.on(Client::PackageSent{}, now);
  }
  return client;
}

}  // namespace

TEST_CASE("a package is the message as LF text, the sender, the recipients, each a netstring", "[mail][qmtp][client]") {
  Client client;
  (void)client.start(0ms);
  const auto actions = client.on(Client::Offer{package(7, {"x@isp.example", "y z@isp.example"})}, 0ms);
  const auto sent = all<Client::SendPackage>(actions);
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].package == 7);
  CHECK(sent[0].before == "17:\n");
  CHECK(sent[0].behind == ",16:a@office.example,36:13:x@isp.example,15:y z@isp.example,,");
  CHECK(armed(actions) == 180s);
}

TEST_CASE("the null sender is an empty netstring", "[mail][qmtp][client]") {
  Client client;
  (void)client.start(0ms);
  auto bounce = package(1);
  bounce.sender = {};
  CHECK(all<Client::SendPackage>(client.on(Client::Offer{bounce}, 0ms))[0].behind == ",0:,17:13:x@isp.example,,");
}

TEST_CASE("package follows package without waiting for a response", "[mail][qmtp][client]") {
  Client client;
  CHECK(told(client.start(0ms)) == "want\n");
  CHECK(told(client.on(Client::Offer{package(1)}, 0ms)) == "send 1\nwant\n");
  CHECK(told(client.on(Client::Offer{package(2)}, 0ms)).empty());  // the first one is still on its way
  CHECK(told(client.on(Client::PackageSent{}, 0ms)) == "send 2\nwant\n");
  CHECK(told(client.on(Client::PackageSent{}, 0ms)).empty());
  CHECK(told(client.on(Client::Octets{"6:Kfirst,7:Zsecond,"}, 0ms)) == "result 1.0 K first\nresult 2.0 Z second\n");
  CHECK(told(client.on(Client::NoMore{}, 0ms)) == "done well\n");
}

TEST_CASE("each recipient of a package has a response of its own, in order", "[mail][qmtp][client]") {
  Client client;
  (void)client.start(0ms);
  (void)client.on(Client::Offer{package(1, {"x@isp.example", "y@isp.example", "z@isp.example"})}, 0ms);
  (void)client.on(Client::NoMore{}, 0ms);
  (void)client.on(Client::PackageSent{}, 0ms);
  CHECK(told(client.on(Client::Octets{"1:K,5:Dnone,"}, 0ms)) == "result 1.0 K \nresult 1.1 D none\n");
  CHECK(told(client.on(Client::Octets{"6:Zlater,"}, 0ms)) == "result 1.2 Z later\ndone well\n");
}

TEST_CASE("a package with one response missing is in doubt, one with all of them is not", "[mail][qmtp][client]") {
  Client client;
  (void)client.start(0ms);
  (void)client.on(Client::Offer{package(1, {"x@isp.example", "y@isp.example"})}, 0ms);
  (void)client.on(Client::PackageSent{}, 0ms);
  (void)client.on(Client::Offer{package(2, {"x@isp.example", "y@isp.example"})}, 0ms);
  CHECK(told(client.on(Client::Octets{"1:K,1:K,"}, 0ms)) == "result 1.0 K \nresult 1.1 K \nsend 2\nwant\n");
  (void)client.on(Client::PackageSent{}, 0ms);
  CHECK(told(client.on(Client::Octets{"1:K,"}, 0ms)) == "result 2.0 K \n");
  CHECK(told(client.on(Client::Closed{"cut"}, 0ms)) == "done cut 2\n");
}

TEST_CASE("responses mean the same wherever they are split", "[mail][qmtp][client]") {
  const std::string responses = "15:Kok 1 qp 4 a,b:,12:Dno\nsuch box,01:K,";
  const auto play = [&](auto feed) {
    auto client = with_in_flight(4);
    (void)client.on(Client::NoMore{}, 0ms);
    return feed(client);
  };
  const auto whole = play([&](Client& client) { return told(client.on(Client::Octets{responses}, 0ms)); });
  CHECK(whole ==
        "result 1.0 K ok 1 qp 4 a,b:\nresult 2.0 D no\nsuch box\n"
        "done remote protocol violation: netstring length with a leading zero 3 4\n");
  for (std::size_t cut = 0; cut <= responses.size(); ++cut) {
    CAPTURE(cut);
    CHECK(whole == play([&](Client& client) {
            const std::string_view text = responses;
            const auto first = told(client.on(Client::Octets{text.substr(0, cut)}, 0ms));
            return first + told(client.on(Client::Octets{text.substr(cut)}, 0ms));
          }));
  }
}

TEST_CASE("a response that is none, too long or not asked for is no message's result", "[mail][qmtp][client]") {
  for (const auto* bad : {"0:,", "1:X,", "2:250,", "x", "-1:", ":", "3:Kok;",
                          "65537:", "99999999999999999999999:", "200000000:K", "K", "\n", "250 ok\r\n"}) {
    auto client = with_in_flight(2);
    CAPTURE(bad);
    const auto actions = client.on(Client::Octets{bad}, 0ms);
    CHECK(all<Client::Result>(actions).empty());
    CHECK(told(actions).starts_with("done remote protocol violation: "));
    CHECK(all<Client::Done>(actions)[0].in_doubt == std::vector<std::uint64_t>{1, 2});
    CHECK(client.on(Client::Octets{"1:K,"}, 0ms).empty());
  }
  auto surplus = with_in_flight(1);
  CHECK(told(surplus.on(Client::Octets{"1:K,1:K,"}, 0ms)) ==
        "result 1.0 K \ndone remote protocol violation: a response that nobody asked for\n");
}

TEST_CASE("a response of the greatest length is taken, and its length is looked at before its octets",
          "[mail][qmtp][client]") {
  auto client = with_in_flight(1);
  const std::string text(mail::max_qmtp_response_bytes - 1, 'x');
  CHECK(told(client.on(Client::Octets{"65536:K" + text + ","}, 0ms)) == "result 1.0 K " + text + "\n");
  auto other = with_in_flight(1);
  CHECK(told(other.on(Client::Octets{"65537"}, 0ms)) ==
        "done remote protocol violation: netstring longer than 65536 bytes 1\n");
}

TEST_CASE("a response to a package that has not left to its end is no result", "[mail][qmtp][client]") {
  Client client;
  (void)client.start(0ms);
  (void)client.on(Client::Offer{package(1)}, 0ms);
  CHECK(told(client.on(Client::Octets{"1:K,"}, 0ms)) ==
        "done remote protocol violation: a response that nobody asked for\n");
}

TEST_CASE("a connection lost at any stage leaves in doubt what was sent to its end and not answered",
          "[mail][qmtp][client]") {
  Client idle;
  (void)idle.start(0ms);
  CHECK(told(idle.on(Client::Closed{"cut"}, 0ms)) == "done cut\n");

  Client sending;
  (void)sending.start(0ms);
  (void)sending.on(Client::Offer{package(1)}, 0ms);
  CHECK(told(sending.on(Client::Closed{"cut"}, 0ms)) == "done cut\n");

  auto sent = with_in_flight(3);
  (void)sent.on(Client::Offer{package(4)}, 0ms);  // in hand
  (void)sent.on(Client::Octets{"1:K,4:Zto"}, 0ms);
  CHECK(told(sent.on(Client::Closed{"cut"}, 0ms)) == "done cut 2 3\n");
  CHECK(sent.on(Client::Closed{"cut"}, 0ms).empty());

  auto answered = with_in_flight(1);
  (void)answered.on(Client::Octets{"1:K,"}, 0ms);
  CHECK(told(answered.on(Client::Closed{"cut"}, 0ms)) == "done cut\n");
}

TEST_CASE("what cannot be sent to its end ends the session after the responses to what is in flight",
          "[mail][qmtp][client]") {
  auto client = with_in_flight(2);
  (void)client.on(Client::Offer{package(3)}, 0ms);
  const auto actions = client.on(Client::Broken{base::temporary("unreadable")}, 0ms);
  CHECK(armed(actions) == 600s);
  CHECK(told(actions).empty());
  CHECK(told(client.on(Client::Broken{base::temporary("again")}, 0ms)).empty());
  CHECK(told(client.on(Client::Octets{"1:K,"}, 0ms)) == "result 1.0 K \n");
  CHECK(told(client.on(Client::Octets{"1:D,"}, 0ms)) == "result 2.0 D \ndone unreadable\n");

  auto cut = with_in_flight(2);
  (void)cut.on(Client::Broken{base::temporary("unreadable")}, 0ms);
  CHECK(told(cut.on(Client::Closed{"cut"}, 0ms)) == "done unreadable 1 2\n");

  Client first;
  (void)first.start(0ms);
  (void)first.on(Client::Offer{package(1)}, 0ms);
  CHECK(told(first.on(Client::Broken{base::temporary("unreadable")}, 0ms)) == "done unreadable\n");
}

TEST_CASE("no more packages are in flight than may be in doubt", "[mail][qmtp][client]") {
  auto client = with_in_flight(mail::FlightBound::max_in_flight);
  CHECK(told(client.on(Client::Offer{package(100)}, 0ms)).empty());
  CHECK(told(client.on(Client::Octets{"1:K,"}, 0ms)) == "result 1.0 K \nsend 100\nwant\n");
}

TEST_CASE("while the oldest package waits long for its response only one more is sent behind it",
          "[mail][qmtp][client]") {
  auto client = with_in_flight(1);
  CHECK(told(client.on(Client::Offer{package(2)}, 3s)) == "send 2\nwant\n");  // two may always be in flight
  (void)client.on(Client::PackageSent{}, 3s);
  CHECK(told(client.on(Client::Offer{package(3)}, 3s)).empty());
  CHECK(told(client.on(Client::Octets{"1:K,"}, 4s)) == "result 1.0 K \nsend 3\nwant\n");
}

TEST_CASE("a line that is slow both ways may have twice its delay in flight", "[mail][qmtp][client]") {
  auto client = with_in_flight(1);
  (void)client.on(Client::Octets{"1:K,"}, 5s);  // five seconds there and back
  for (std::uint64_t id = 2; id <= 10; ++id) {
    const auto now = 5s + std::chrono::seconds(id - 2);
    CHECK(told(client.on(Client::Offer{package(id)}, now)) == "send " + std::to_string(id) + "\nwant\n");
    (void)client.on(Client::PackageSent{}, now);
  }
  CHECK(told(client.on(Client::Offer{package(11)}, 15s)).empty());
}

TEST_CASE("a silent server has ten minutes and a block three, and responses count as signs of life",
          "[mail][qmtp][client]") {
  Client client;
  CHECK_FALSE(armed(client.start(0ms)));
  CHECK(armed(client.on(Client::Offer{package(1)}, 0ms)) == 180s);
  CHECK(armed(client.on(Client::PackageSent{}, 0ms)) == 600s);
  (void)client.on(Client::Offer{package(2)}, 0ms);
  (void)client.on(Client::PackageSent{}, 0ms);
  CHECK_FALSE(armed(client.on(Client::Octets{"5:Kha"}, 0ms)));
  CHECK(armed(client.on(Client::Octets{"lf,"}, 0ms)) == 600s);
  CHECK(told(client.on(Client::Expired{}, 600s)) == "done network read error: Connection timed out 2\n");

  Client writing;
  (void)writing.start(0ms);
  (void)writing.on(Client::Offer{package(1)}, 0ms);
  CHECK(told(writing.on(Client::Expired{}, 180s)) == "done network write error: Connection timed out\n");

  Client answered = with_in_flight(1);
  CHECK(armed(answered.on(Client::Octets{"1:K,"}, 0ms)) == 0s);
}

TEST_CASE("well before a session's hour is over no further package is begun", "[mail][qmtp][client]") {
  auto client = with_in_flight(1);
  CHECK(told(client.on(Client::Offer{package(2)}, Client::offering_time)).empty());
  CHECK(told(client.on(Client::Octets{"1:K,"}, Client::offering_time)) == "result 1.0 K \ndone well\n");
}

TEST_CASE("nothing is begun behind a package for several recipients until one was answered in full", "[mail][qmtp]") {
  Client client;
  (void)client.start(0ms);
  (void)client.on(Client::Offer{package(1)}, 0ms);
  (void)client.on(Client::PackageSent{}, 0ms);
  (void)client.on(Client::Offer{package(2, {"x@isp.example", "y@isp.example"})}, 0ms);
  CHECK(told(client.on(Client::PackageSent{}, 0ms)).empty());
  CHECK(told(client.on(Client::Offer{package(3, {"x@isp.example", "y@isp.example"})}, 0ms)).empty());
  CHECK(armed(client.on(Client::Octets{"3:Kok,"}, 0ms)) == 600s);
  CHECK(armed(client.on(Client::Octets{"3:Kok,"}, 0ms)) == 60s);
  CHECK(told(client.on(Client::Octets{"3:Kok,"}, 0ms)) == "result 2.1 K ok\nsend 3\nwant\n");
  CHECK(told(client.on(Client::PackageSent{}, 0ms)).empty());
  CHECK(told(client.on(Client::Offer{package(4)}, 0ms)) == "send 4\nwant\n");
}

TEST_CASE(
    "a package for several recipients that is answered once leaves the others in doubt, and the server is told apart",
    "[mail][qmtp]") {
  Client client;
  (void)client.start(0ms);
  (void)client.on(Client::Offer{package(1, {"x@isp.example", "y@isp.example"})}, 0ms);
  (void)client.on(Client::PackageSent{}, 0ms);
  CHECK(told(client.on(Client::Octets{"3:Dno,"}, 0ms)) == "result 1.0 D no\n");
  const auto actions = client.on(Client::Expired{}, 0ms);
  CHECK(told(actions) == "done remote protocol violation: 1 responses for 2 recipients 1\n");
  CHECK(std::get<Client::Done>(actions.back()).answers_once);
}
