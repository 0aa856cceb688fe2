#include "mta/mail/smtp_client.h"

#include <catch2/catch.hpp>

#include "mta/mail/smtp_login.h"

using Client = mail::SmtpClient;
using namespace std::chrono_literals;

namespace {

constexpr Client::Time now{0};

Client::Transaction message(std::uint64_t id, std::uint64_t size = 100) {
  Client::Transaction made;
  made.id = id;
  made.sender = mail::Address::from_envelope("a@office.example").value();
  made.recipients = {mail::Address::from_envelope("x@isp.example").value()};
  made.size = size;
  made.command_like = false;
  return made;
}

std::string written(const Client::Actions& actions) {
  std::string out;
  for (const auto& action : actions) {
    if (const auto* write = std::get_if<Client::Write>(&action)) out += write->bytes;
  }
  return out;
}

template <class Kind>
std::size_t count(const Client::Actions& actions) {
  std::size_t n = 0;
  for (const auto& action : actions) n += std::holds_alternative<Kind>(action) ? 1U : 0U;
  return n;
}

std::optional<std::chrono::seconds> armed(const Client::Actions& actions) {
  if (actions.empty() || !std::holds_alternative<Client::Arm>(actions.front())) return std::nullopt;
  return std::get<Client::Arm>(actions.front()).within;
}

// A session that has said EHLO and wants its first transaction.
Client ready(std::string_view ehlo, const Client::Options& options = {"office.example"}) {
  Client client(options);
  REQUIRE(armed(client.start()) == 300s);
  REQUIRE(armed(client.on(Client::Octets{"220 isp.example\r\n"}, now)) == 300s);
  const auto actions = client.on(Client::Octets{ehlo}, now);
  REQUIRE(count<Client::Want>(actions) == 1);
  REQUIRE(armed(actions) == 0s);
  return client;
}

constexpr std::string_view pipelining = "250-isp.example\r\n250 PIPELINING\r\n";
constexpr std::string_view chunking = "250-isp.example\r\n250-PIPELINING\r\n250 CHUNKING\r\n";

// A session in which one message was accepted by BDAT.
Client trusting() {
  auto client = ready(chunking);
  (void)client.on(Client::Offer{message(1)}, now);
  (void)client.on(Client::Octets{"250 ok\r\n250 ok\r\n"}, now);
  (void)client.on(Client::BodySent{}, now);
  REQUIRE(count<Client::Result>(client.on(Client::Octets{"250 taken\r\n"}, now)) == 1);
  REQUIRE(client.streams());
  return client;
}

}  // namespace

TEST_CASE("with PIPELINING an envelope is one write", "[mail][smtp][client]") {
  auto client = ready(pipelining);
  REQUIRE(client.pipelining());
  auto two = message(1);
  two.recipients.push_back(mail::Address::from_envelope("y z@isp.example").value());
  const auto actions = client.on(Client::Offer{two}, now);
  REQUIRE(actions.size() == 2);
  REQUIRE(armed(actions) == 300s);
  REQUIRE(written(actions) ==
          "MAIL FROM:<a@office.example>\r\nRCPT TO:<x@isp.example>\r\nRCPT TO:<\"y z\"@isp.example>\r\nDATA\r\n");
}

TEST_CASE("a flight whose first command alone is answered stalls, and such a server is asked command by command",
          "[mail][smtp][client]") {
  auto client = ready(pipelining);
  client.on(Client::Offer{message(1)}, now);
  client.on(Client::Octets{"250 ok\r\n"}, now);
  CHECK_FALSE(client.stalled());
  client.on(Client::Expired{}, now);
  CHECK(client.stalled());
  auto careful = ready(pipelining, {"office.example", true, {}, client.server()});
  CHECK_FALSE(careful.pipelining());
  CHECK(written(careful.on(Client::Offer{message(1)}, now)) == "MAIL FROM:<a@office.example>\r\n");
  CHECK(ready("250-isp.example\r\n250-8BITMIME\r\n250 PIPELINING\r\n", {"office.example", true, {}, client.server()})
            .pipelining());
}

TEST_CASE("a server that is silent to a whole flight, or after one that it answered, has not stalled",
          "[mail][smtp][client]") {
  auto silent = ready(pipelining);
  silent.on(Client::Offer{message(1)}, now);
  silent.on(Client::Expired{}, now);
  CHECK_FALSE(silent.stalled());
  auto slow = ready(pipelining);
  slow.on(Client::Offer{message(1)}, now);
  slow.on(Client::Octets{"250 ok\r\n550 nobody\r\n554 nobody\r\n"}, now);
  slow.on(Client::Offer{message(2)}, now);
  slow.on(Client::Octets{"250 ok\r\n"}, now);
  slow.on(Client::Expired{}, now);
  CHECK_FALSE(slow.stalled());
}

TEST_CASE("behind a body the next envelope leaves at once, its body only after the 354", "[mail][smtp][client]") {
  auto client = ready(pipelining);
  (void)client.on(Client::Offer{message(1)}, now);
  auto actions = client.on(Client::Octets{"250 ok\r\n250 ok\r\n354 go\r\n"}, now);
  REQUIRE(count<Client::SendBody>(actions) == 1);
  REQUIRE(count<Client::Want>(actions) == 1);
  REQUIRE(armed(actions) == 180s);
  REQUIRE(client.on(Client::Offer{message(2)}, now).empty());
  actions = client.on(Client::BodySent{}, now);
  REQUIRE(armed(actions) == 600s);
  REQUIRE(written(actions) == "MAIL FROM:<a@office.example>\r\nRCPT TO:<x@isp.example>\r\nDATA\r\n");
  actions = client.on(Client::Octets{"250 queued\r\n"}, now);
  REQUIRE(count<Client::Result>(actions) == 1);
  REQUIRE(armed(actions) == 300s);
  actions = client.on(Client::Octets{"250 ok\r\n250 ok\r\n"}, now);
  REQUIRE(count<Client::SendBody>(actions) == 0);
  REQUIRE(armed(actions) == 120s);
  actions = client.on(Client::Octets{"354 go\r\n"}, now);
  REQUIRE(std::get<Client::SendBody>(actions[1]).transaction == 2);
}

TEST_CASE("an offer that comes after the body still travels before its reply", "[mail][smtp][client]") {
  auto client = ready(pipelining);
  (void)client.on(Client::Offer{message(1)}, now);
  (void)client.on(Client::Octets{"250 ok\r\n250 ok\r\n354 go\r\n"}, now);
  REQUIRE(written(client.on(Client::BodySent{}, now)).empty());
  REQUIRE(written(client.on(Client::Offer{message(2)}, now)).starts_with("MAIL FROM:"));
}

TEST_CASE("by DATA one body at most is in doubt when the connection breaks", "[mail][smtp][client]") {
  auto client = ready(pipelining);
  (void)client.on(Client::Offer{message(1)}, now);
  (void)client.on(Client::Octets{"250 ok\r\n250 ok\r\n354 go\r\n"}, now);
  (void)client.on(Client::Offer{message(2)}, now);
  (void)client.on(Client::BodySent{}, now);
  const auto actions = client.on(Client::Closed{}, now);
  REQUIRE(actions.size() == 1);
  const auto& done = std::get<Client::Done>(actions[0]);
  REQUIRE(done.in_doubt == std::vector<std::uint64_t>{1});
  REQUIRE(done.outcome.error().kind == base::FailureKind::temporary);
  REQUIRE(done.outcome.error().text == "network read error: end of file");
}

TEST_CASE("a body that was not sent to its end is not in doubt", "[mail][smtp][client]") {
  auto client = ready(pipelining);
  (void)client.on(Client::Offer{message(1)}, now);
  (void)client.on(Client::Octets{"250 ok\r\n250 ok\r\n354 go\r\n"}, now);
  const auto actions = client.on(Client::Expired{}, now);
  REQUIRE(std::get<Client::Done>(actions[0]).in_doubt.empty());
  REQUIRE(std::get<Client::Done>(actions[0]).outcome.error().text == "network write error: Connection timed out");
}

TEST_CASE("part of a reply does not renew the deadline", "[mail][smtp][client]") {
  auto client = ready(pipelining);
  (void)client.on(Client::Offer{message(1)}, now);
  REQUIRE(client.on(Client::Octets{"250-o"}, now).empty());
  REQUIRE(client.on(Client::Octets{"k\r\n"}, now).empty());
  REQUIRE(armed(client.on(Client::Octets{"250 ok\r\n"}, now)) == 300s);
}

TEST_CASE("a message beyond the server's SIZE is refused without asking it", "[mail][smtp][client]") {
  auto client = ready("250-isp.example\r\n250 SIZE 1000\r\n");
  const auto actions = client.on(Client::Offer{message(1, 1001)}, now);
  REQUIRE(written(actions).empty());
  REQUIRE(count<Client::Want>(actions) == 1);
  const auto& result = std::get<Client::Result>(actions[0]);
  REQUIRE(result.verdict == Client::Verdict::refused);
  REQUIRE(result.command == Client::Command::local);
  REQUIRE(result.reply.enhanced == "5.3.4");
  REQUIRE(written(client.on(Client::Offer{message(2, 1000)}, now)) == "MAIL FROM:<a@office.example>\r\n");
}

TEST_CASE("SIZE and BODY are said only to a server that offered them, and only where they pay",
          "[mail][smtp][client]") {
  auto large = message(1, Client::size_parameter_from_bytes);
  large.eight_bit = true;
  auto offered = ready("250-isp.example\r\n250-SIZE\r\n250 8BITMIME\r\n");
  REQUIRE(written(offered.on(Client::Offer{large}, now)) ==
          "MAIL FROM:<a@office.example> SIZE=65536 BODY=8BITMIME\r\n");
  auto bare = ready("250 isp.example\r\n");
  REQUIRE(written(bare.on(Client::Offer{large}, now)) == "MAIL FROM:<a@office.example>\r\n");
  auto small = ready("250-isp.example\r\n250-SIZE 0\r\n250 8BITMIME\r\n");
  REQUIRE(written(small.on(Client::Offer{message(1)}, now)) == "MAIL FROM:<a@office.example>\r\n");
}

TEST_CASE("PIPELINING counts only as a keyword alone, in any case, behind the first line", "[mail][smtp][client]") {
  REQUIRE(ready("250-isp.example\r\n250 pipeLining\r\n").pipelining());
  REQUIRE_FALSE(ready("250 PIPELINING\r\n").pipelining());
  REQUIRE_FALSE(ready("250-isp.example\r\n250 PIPELINING=1\r\n").pipelining());
  REQUIRE_FALSE(ready("250-isp.example\r\n250 PIPELINING yes\r\n").pipelining());
  REQUIRE_FALSE(ready("250-isp.example\r\n250 XXXXXXXXXX\r\n").pipelining());
}

TEST_CASE("a reply of 10 MB ends the session and no message", "[mail][smtp][client]") {
  auto client = ready(pipelining);
  (void)client.on(Client::Offer{message(1)}, now);
  const std::string line = "250-" + std::string(996, 'a') + "\r\n";
  Client::Actions actions;
  for (int i = 0; i < 10'000 && actions.empty(); ++i) actions = client.on(Client::Octets{line}, now);
  REQUIRE(actions.size() == 1);
  REQUIRE(std::get<Client::Done>(actions[0]).outcome.error().text == "protocol violation: over-long reply");
  REQUIRE(client.on(Client::Octets{line}, now).empty());
}

TEST_CASE("a flight leaves as one write up to its body, and its deadline is the body's before it",
          "[mail][smtp][client]") {
  auto client = trusting();
  auto actions = client.on(Client::Offer{message(2)}, now);
  REQUIRE(actions.size() == 4);
  REQUIRE(armed(actions) == 300s);
  REQUIRE(written(actions) == "MAIL FROM:<a@office.example>\r\nRCPT TO:<x@isp.example>\r\nBDAT 100 LAST\r\n");
  REQUIRE(std::get<Client::SendBody>(actions[2]).framing == mail::Framing::counted);
  REQUIRE(armed(client.on(Client::BodySent{}, now)) == 300s);
  REQUIRE(armed(client.on(Client::Octets{"250 ok\r\n250 ok\r\n"}, now)) == 600s);
  REQUIRE(written(client.on(Client::Offer{message(3)}, now)).starts_with("RSET\r\nMAIL FROM:"));
  REQUIRE(armed(client.on(Client::BodySent{}, now)) == 600s);
}

TEST_CASE("a message with a TRANSID goes alone and waits for its recipients' answers, also where BDAT is trusted",
          "[mail][smtp][client]") {
  auto client = trusting();
  auto kept = message(2);
  kept.transid = Client::Transid{"<1@office.example>", false, {}};
  REQUIRE(written(client.on(Client::Offer{kept}, now)) ==
          "MAIL FROM:<a@office.example> TRANSID=<1@office.example>\r\n");
  REQUIRE(written(client.on(Client::Octets{"250 ok\r\n"}, now)) == "RCPT TO:<x@isp.example>\r\n");
  REQUIRE(count<Client::Keep>(client.on(Client::Octets{"250 ok\r\n"}, now)) == 1);
  REQUIRE(written(client.on(Client::Kept{}, now)) == "BDAT 100 LAST\r\n");
}

TEST_CASE("a message with a TRANSID waits for the answers of those before it", "[mail][smtp][client]") {
  auto client = trusting();
  (void)client.on(Client::Offer{message(2)}, now);
  (void)client.on(Client::BodySent{}, now);
  auto kept = message(3);
  kept.transid = Client::Transid{"<1@office.example>", false, {}};
  REQUIRE(written(client.on(Client::Offer{kept}, now)).empty());
  REQUIRE(written(client.on(Client::Octets{"250 ok\r\n250 ok\r\n"}, now)).empty());
  REQUIRE(
      written(client.on(Client::Octets{"250 taken\r\n"}, now)).starts_with("MAIL FROM:<a@office.example> TRANSID="));
}

TEST_CASE("BDAT is used only where it is allowed, offered and pipelined, and only by a message without commands in it",
          "[mail][smtp][client]") {
  const auto begins_with_data = [](Client client, Client::Transaction transaction) {
    return written(client.on(Client::Offer{std::move(transaction)}, now)).ends_with("DATA\r\n");
  };
  REQUIRE_FALSE(begins_with_data(ready(chunking), message(1)));
  REQUIRE(begins_with_data(ready(pipelining), message(1)));
  REQUIRE(begins_with_data(ready("250-isp.example\r\n250-PIPELINING\r\n250 XXXXXXXX\r\n"), message(1)));
  REQUIRE(begins_with_data(ready("250-isp.example\r\n250-PIPELINING\r\n250 CHUNKING 1\r\n"), message(1)));
  REQUIRE(begins_with_data(ready(chunking, {"office.example", false}), message(1)));
  REQUIRE(begins_with_data(ready(chunking), message(1, Client::max_chunk_bytes + 1)));
  auto commands = message(1);
  commands.command_like = true;
  REQUIRE(begins_with_data(ready(chunking), commands));
}

TEST_CASE("replies to the octets of a refused BDAT are thrown away up to a bound", "[mail][smtp][client]") {
  auto client = ready(chunking);
  (void)client.on(Client::Offer{message(1)}, now);
  (void)client.on(Client::Octets{"250 ok\r\n250 ok\r\n"}, now);
  (void)client.on(Client::BodySent{}, now);
  REQUIRE(written(client.on(Client::Octets{"502 no\r\n"}, now)) == "RSET\r\n");
  std::size_t strays = 0;
  Client::Actions actions;
  for (; count<Client::Done>(actions) == 0; ++strays) actions = client.on(Client::Octets{"500 what?\r\n"}, now);
  REQUIRE(strays == Client::max_stray_replies + 1);
}

TEST_CASE("nothing follows Done", "[mail][smtp][client]") {
  auto client = ready(pipelining);
  const auto actions = client.on(Client::NoMore{}, now);
  REQUIRE(written(actions) == "QUIT\r\n");
  REQUIRE(std::get<Client::Done>(actions.back()).outcome);
  REQUIRE(client.on(Client::Octets{"221 bye\r\n"}, now).empty());
  REQUIRE(client.on(Client::Closed{}, now).empty());
}

TEST_CASE("behind a login the session begins with the extensions of its last EHLO and no greeting",
          "[mail][smtp][client]") {
  mail::Reply ehlo;
  ehlo.code = 250;
  ehlo.text = "250-isp.example\n250 PIPELINING";
  Client client(Client::Options{"office.example"});
  REQUIRE(count<Client::Want>(client.start_behind_login(ehlo)) == 1);
  CHECK(client.pipelining());
  CHECK(written(client.on(Client::Offer{message(1)}, now)).ends_with("DATA\r\n"));
  Client old(Client::Options{"office.example"});
  REQUIRE(count<Client::Want>(old.start_behind_login(std::nullopt)) == 1);
  CHECK(written(old.on(Client::Offer{message(1)}, now)) == "MAIL FROM:<a@office.example>\r\n");
}

TEST_CASE("530 to MAIL, RCPT or DATA says that a login is wanted and is no result", "[mail][smtp][client]") {
  for (const auto* replies :
       {"530 5.7.0 first\r\n", "250 ok\r\n530 5.7.0 first\r\n", "250 ok\r\n250 ok\r\n530 5.7.0 first\r\n"}) {
    auto client = ready(pipelining);
    (void)client.on(Client::Offer{message(1)}, now);
    const auto actions = client.on(Client::Octets{replies}, now);
    CHECK(count<Client::Result>(actions) == 0);
    REQUIRE(count<Client::Done>(actions) == 1);
    CHECK(std::get<Client::Done>(actions.back()).outcome.error().error == mail::login_refused);
  }
}
