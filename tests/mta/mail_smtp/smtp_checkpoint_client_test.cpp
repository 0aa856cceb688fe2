#include <catch2/catch.hpp>

#include <algorithm>

#include "mta/mail/data_offset.h"
#include "mta/mail/mail_data.h"
#include "mta/mail/smtp_client.h"

using Client = mail::SmtpClient;

namespace {

constexpr Client::Time now{0};

constexpr std::uint64_t size = 100'000;

Client::Transaction transaction(bool is_resumed) {
  Client::Transaction made;
  made.id = 7;
  made.sender = mail::parse_path("<a@b.example>").value();
  for (const char* to : {"<x@c.example>", "<y@c.example>"}) made.recipients.push_back(mail::parse_path(to).value());
  made.size = size;
  made.transid = Client::Transid{"<1@pc>", is_resumed, {}};
  if (is_resumed) made.transid->accepted = {1};
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
std::vector<Kind> all(const Client::Actions& actions) {
  std::vector<Kind> out;
  for (const auto& action : actions) {
    if (const auto* one = std::get_if<Kind>(&action)) out.push_back(*one);
  }
  return out;
}

Client::Actions says(Client& client, const std::string& reply) {
  return client.on(Client::Octets{reply + "\r\n"}, now);
}

// A client that was given the transaction; its MAIL is on its way.
Client offered(const Client::Transaction& with, bool pipelining = true) {
  Client client({"pc"});
  (void)client.start();
  (void)says(client, "220 here");
  (void)says(client, pipelining ? "250-here\r\n250-PIPELINING\r\n250 CHECKPOINT" : "250-here\r\n250 CHECKPOINT");
  REQUIRE(client.checkpoint());
  REQUIRE(written(client.on(Client::Offer{with}, now)) == "MAIL FROM:<a@b.example> TRANSID=<1@pc>\r\n");
  return client;
}

// One that has had a message taken by BDAT.
Client proven() {
  Client client({"pc"});
  (void)client.start();
  (void)says(client, "220 here");
  (void)says(client, "250-here\r\n250-PIPELINING\r\n250-CHUNKING\r\n250 CHECKPOINT");
  auto small = transaction(false);
  small.transid.reset();
  small.size = 100;
  small.command_like = false;
  (void)client.on(Client::Offer{small}, now);
  (void)says(client, "250 ok\r\n250 ok\r\n250 ok");
  (void)client.on(Client::BodySent{}, now);
  REQUIRE(all<Client::Result>(says(client, "250 ok")).size() == 2);
  return client;
}

}  // namespace

TEST_CASE("a transaction with a TRANSID sends no octet of its body before its recipients are on disk",
          "[mail][smtp][checkpoint]") {
  auto client = offered(transaction(false));
  REQUIRE(written(says(client, "250 ok")) == "RCPT TO:<x@c.example>\r\nRCPT TO:<y@c.example>\r\n");
  auto actions = says(client, "550 5.1.1 nobody");
  REQUIRE(all<Client::Result>(actions).at(0).verdict == Client::Verdict::refused);
  actions = says(client, "250 2.1.5 fine");
  REQUIRE(written(actions).empty());
  REQUIRE(all<Client::Keep>(actions).at(0).accepted == std::vector<std::size_t>{1});
  REQUIRE(all<Client::Keep>(actions).at(0).replies == std::vector<std::string>{"250 2.1.5 fine"});
  REQUIRE(written(client.on(Client::Kept{}, now)) == "DATA\r\n");
  actions = says(client, "354 go");
  REQUIRE(all<Client::SendBody>(actions).at(0).offset == 0);
  REQUIRE(all<Client::Want>(actions).empty());  // nothing leaves behind it
  (void)client.on(Client::BodySent{}, now);
  actions = says(client, "250 ok");
  REQUIRE(all<Client::Result>(actions).at(0).recipient == 1);
  REQUIRE(all<Client::Result>(actions).at(0).verdict == Client::Verdict::accepted);
  REQUIRE(all<Client::Want>(actions).size() == 1);
}

TEST_CASE("355 is followed by DATA and the rest, and books exactly the recipients that were accepted before",
          "[mail][smtp][checkpoint]") {
  for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{4711}, size}) {
    auto client = offered(transaction(true));
    REQUIRE(written(says(client, "355 " + std::to_string(offset) + " here")) == "DATA\r\n");
    REQUIRE(all<Client::SendBody>(says(client, "354 go")).at(0).offset == offset);
    (void)client.on(Client::BodySent{}, now);
    const auto results = all<Client::Result>(says(client, "250 ok"));
    REQUIRE(results.size() == 1);
    REQUIRE(results[0].recipient == 1);
    REQUIRE(results[0].verdict == Client::Verdict::accepted);
  }
}

TEST_CASE("to a server that took a message by BDAT one with a TRANSID goes by BDAT, a round trip sooner",
          "[mail][smtp][checkpoint]") {
  auto client = proven();
  REQUIRE(written(client.on(Client::Offer{transaction(false)}, now)) == "MAIL FROM:<a@b.example> TRANSID=<1@pc>\r\n");
  (void)says(client, "250 ok");
  (void)says(client, "250 ok");
  REQUIRE(all<Client::Keep>(says(client, "250 ok")).size() == 1);
  auto actions = client.on(Client::Kept{}, now);
  REQUIRE(written(actions) == "BDAT 100000 LAST\r\n");
  REQUIRE(all<Client::SendBody>(actions).at(0).framing == mail::Framing::counted);
  (void)client.on(Client::BodySent{}, now);
  REQUIRE(all<Client::Result>(says(client, "250 ok")).size() == 2);
  for (const std::uint64_t offset : {std::uint64_t{4711}, size}) {
    client = proven();
    (void)client.on(Client::Offer{transaction(true)}, now);
    actions = says(client, "355 " + std::to_string(offset) + " here");
    REQUIRE(written(actions) == "BDAT " + std::to_string(size - offset) + " LAST\r\n");
    REQUIRE(all<Client::SendBody>(actions).at(0).offset == offset);
    (void)client.on(Client::BodySent{}, now);
    REQUIRE(all<Client::Result>(says(client, "250 ok")).size() == 1);
  }
}

TEST_CASE(
    "a message with a TRANSID whose BDAT is refused has that for its result and RSET behind it, and no result if it "
    "was not "
    "understood",
    "[mail][smtp][checkpoint]") {
  for (const std::string reply : {"554 5.6.0 no", "503 5.5.1 what?", "200 what?"}) {
    auto client = proven();
    (void)client.on(Client::Offer{transaction(true)}, now);
    (void)says(client, "355 10 here");
    (void)client.on(Client::BodySent{}, now);
    const auto actions = says(client, reply);
    const bool is_result = reply.starts_with("554");
    REQUIRE(all<Client::Result>(actions).size() == (is_result ? 1 : 0));
    REQUIRE(all<Client::Done>(actions).size() == (is_result ? 0 : 1));
    REQUIRE(client.flights() == Client::Flights::odd);
    if (!is_result) continue;
    auto next = transaction(false);
    next.transid.reset();
    REQUIRE(written(client.on(Client::Offer{next}, now)).starts_with("RSET\r\nMAIL FROM:"));
  }
}

TEST_CASE("a server that lost its state gets recipients and the whole message", "[mail][smtp][checkpoint]") {
  auto client = offered(transaction(true));
  REQUIRE(written(says(client, "250 ok")) == "RCPT TO:<x@c.example>\r\nRCPT TO:<y@c.example>\r\n");
  (void)says(client, "250 ok");
  REQUIRE(all<Client::Keep>(says(client, "250 ok")).at(0).accepted == std::vector<std::size_t>{0, 1});
  (void)client.on(Client::Kept{}, now);
  REQUIRE(all<Client::SendBody>(says(client, "354 go")).at(0).offset == 0);
}

TEST_CASE("an offset beyond the message, one that is none and one for a new TRANSID are not believed",
          "[mail][smtp][checkpoint]") {
  for (const std::string reply : {"355 100001 x", "355 abc", "355"}) {
    auto client = offered(transaction(true));
    REQUIRE(written(says(client, reply)) ==
            "RSET\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<x@c.example>\r\nRCPT TO:<y@c.example>\r\nDATA\r\n");
  }
  auto client = offered(transaction(false));
  REQUIRE(written(says(client, "355 10 x")).starts_with("RSET\r\nMAIL FROM:<a@b.example>\r\n"));
}

TEST_CASE("a refused TRANSID is nobody's result, the message goes without it", "[mail][smtp][checkpoint]") {
  auto client = offered(transaction(false), false);
  auto actions = says(client, "452 4.3.1 no room");
  REQUIRE(all<Client::Result>(actions).empty());
  REQUIRE(written(actions) == "MAIL FROM:<a@b.example>\r\n");
  actions = says(client, "550 5.7.1 not you");
  REQUIRE(all<Client::Result>(actions).size() == 2);
  auto busy = offered(transaction(true));
  actions = says(busy, "451 4.3.0 busy with it");
  REQUIRE(all<Client::Result>(actions).size() == 2);
  REQUIRE(all<Client::Result>(actions).at(0).verdict == Client::Verdict::deferred);
}

TEST_CASE("without PIPELINING recipients are asked for one by one", "[mail][smtp][checkpoint]") {
  auto client = offered(transaction(false), false);
  REQUIRE(written(says(client, "250 ok")) == "RCPT TO:<x@c.example>\r\n");
  REQUIRE(written(says(client, "250 ok")) == "RCPT TO:<y@c.example>\r\n");
  REQUIRE(all<Client::Keep>(says(client, "450 later")).at(0).accepted == std::vector<std::size_t>{0});
}

TEST_CASE("a break after the body of a transaction with a TRANSID leaves it in doubt, one before does not",
          "[mail][smtp][checkpoint]") {
  auto client = offered(transaction(true));
  (void)says(client, "355 10 x");
  (void)says(client, "354 go");
  auto cut = client;
  REQUIRE(all<Client::Done>(cut.on(Client::Closed{}, now)).at(0).in_doubt.empty());
  (void)client.on(Client::BodySent{}, now);
  REQUIRE(all<Client::Done>(client.on(Client::Closed{}, now)).at(0).in_doubt == std::vector<std::uint64_t>{7});
}

TEST_CASE("the place of every line's beginning is found by its offset, whatever the line ends are, and no other",
          "[mail][data]") {
  for (const std::string text : {"one\ntwo\n\n.x\n", "one\r\ntwo\r\n\r\n.x\r\n", "a\rb\n\r\r\nc", "\n", "", "x"}) {
    mail::DataCounter counter;
    counter.feed(text);
    std::string whole;
    mail::DataEncoder encoder;
    REQUIRE(encoder.feed(text, whole));
    encoder.finish(whole);
    std::size_t found = 0;
    for (std::uint64_t octets = 0; octets <= counter.octets() + 3; ++octets) {
      mail::DataOffset place(octets);
      std::size_t at = 0;
      bool good = true;
      for (; at < text.size() && good && !place.found();) {  // one character at a time
        const auto taken = place.feed(text.substr(at, 1));
        good = taken.has_value();
        if (good) at += *taken;
      }
      if (good && !place.found()) good = place.end().has_value();
      if (!good) continue;
      ++found;
      std::string rest;
      mail::DataEncoder again;
      REQUIRE(again.feed(text.substr(at), rest));
      again.finish(rest);
      REQUIRE(whole.ends_with(rest));
      mail::DataCounter after;
      after.feed(text.substr(at));
      REQUIRE(after.octets() == counter.octets() - octets);
    }
    REQUIRE(found == 1 + static_cast<std::size_t>(std::count(whole.begin(), whole.end(), '\n')) - 1);
  }
}
