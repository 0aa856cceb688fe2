#include "mta/mail/smtp_server.h"

#include <catch2/catch.hpp>

using Server = mail::SmtpServer;

namespace {

Server::Policy policy() {
  Server::Policy made;
  made.greeting = "office.example Offhook";
  made.rcpt_hosts = {"office.example"};
  return made;
}

std::string written(const Server::Actions& actions) {
  std::string out;
  for (const auto& action : actions) {
    if (const auto* write = std::get_if<Server::Write>(&action)) out += write->bytes;
  }
  return out;
}

std::size_t writes(const Server::Actions& actions) {
  std::size_t n = 0;
  for (const auto& action : actions) n += std::holds_alternative<Server::Write>(action) ? 1U : 0U;
  return n;
}

template <class Kind>
bool has(const Server::Actions& actions) {
  for (const auto& action : actions) {
    if (std::holds_alternative<Kind>(action)) return true;
  }
  return false;
}

// A server that has an envelope and waits for DATA or BDAT.
Server enveloped(Server::Policy with = policy()) {
  Server server(std::move(with));
  (void)server.start();
  REQUIRE(written(server.on(Server::Octets{"MAIL FROM:<a@b>\r\nRCPT TO:<x@office.example>\r\n"})) ==
          "250 2.1.0 ok\r\n250 2.1.5 ok\r\n");
  return server;
}

// A server that waits for mail data.
Server in_data(Server::Policy with = policy()) {
  Server server(std::move(with));
  (void)server.start();
  const auto actions = server.on(Server::Octets{"MAIL FROM:<a@b>\r\nRCPT TO:<x@office.example>\r\nDATA\r\n"});
  REQUIRE(has<Server::OpenQueue>(actions));
  REQUIRE(written(server.on(Server::QueueOpened{})).ends_with("354 go ahead\r\n"));
  return server;
}

}  // namespace

TEST_CASE("the greeting names the host first", "[mail][smtp][server]") {
  Server server(policy());
  REQUIRE(written(server.start()) == "220 office.example Offhook ESMTP\r\n");
  REQUIRE(written(server.on(Server::Octets{"QUIT\r\n"})) == "221 2.0.0 office.example\r\n");
}

TEST_CASE("replies to a group of commands leave in one write when the input has run dry", "[mail][smtp][server]") {
  Server server(policy());
  (void)server.start();
  const auto actions = server.on(Server::Octets{"MAIL FROM:<a@b>\r\nRCPT TO:<x@office.example>\r\nRSET\r\nNOO"});
  REQUIRE(writes(actions) == 1);
  REQUIRE(written(actions) == "250 2.1.0 ok\r\n250 2.1.5 ok\r\n250 2.0.0 flushed\r\n");
}

TEST_CASE("no 250 before the queue said so, and the commands behind the dot wait for it", "[mail][smtp][server]") {
  auto server = in_data();
  auto actions = server.on(Server::Octets{"Subject: x\r\n\r\nhi\r\n.\r\nNOOP\r\n"});
  REQUIRE(written(actions).empty());
  REQUIRE(has<Server::Commit>(actions));
  actions = server.on(Server::Queued{"12 qp 34"});
  REQUIRE(writes(actions) == 1);
  REQUIRE(written(actions) == "250 2.0.0 ok 12 qp 34\r\n250 2.0.0 ok\r\n");
}

TEST_CASE("a full disk is 452 4.3.1, a refusal of the queue 554, other trouble 451", "[mail][smtp][server]") {
  auto full = in_data();
  (void)full.on(Server::Octets{".\r\n"});
  REQUIRE(written(full.on(Server::QueueFailed{base::Failure{base::FailureKind::temporary, "no room", ENOSPC}})) ==
          "452 4.3.1 no room\r\n");
  auto refused = in_data();
  (void)refused.on(Server::Octets{".\r\n"});
  REQUIRE(written(refused.on(Server::QueueFailed{base::permanent("never\nhere")})) == "554 5.3.0 never\\012here\r\n");
  auto trouble = in_data();
  (void)trouble.on(Server::Octets{".\r\n"});
  REQUIRE(written(trouble.on(Server::QueueFailed{base::temporary("later")})) == "451 4.3.0 later\r\n");
}

TEST_CASE("a queue that fails in the middle of a message is reported at its end", "[mail][smtp][server]") {
  auto server = in_data();
  (void)server.on(Server::Octets{"one\r\n"});
  auto actions = server.on(Server::QueueFailed{base::temporary("broken")});
  REQUIRE(has<Server::Abort>(actions));
  REQUIRE(written(actions).empty());
  actions = server.on(Server::Octets{"two\r\n.\r\nNOOP\r\n"});
  REQUIRE_FALSE(has<Server::Body>(actions));
  REQUIRE_FALSE(has<Server::Commit>(actions));
  REQUIRE(written(actions) == "451 4.3.0 broken\r\n250 2.0.0 ok\r\n");
}

TEST_CASE("a client that goes away or falls silent inside a message has it thrown away", "[mail][smtp][server]") {
  auto gone = in_data();
  (void)gone.on(Server::Octets{"half a mess"});
  auto actions = gone.on(Server::Closed{});
  REQUIRE(has<Server::Abort>(actions));
  REQUIRE(has<Server::Close>(actions));
  REQUIRE(written(actions).empty());
  auto silent = in_data();
  actions = silent.on(Server::Expired{});
  REQUIRE(has<Server::Abort>(actions));
  REQUIRE(written(actions) == "421 4.4.2 timeout, closing the connection\r\n");
  REQUIRE(std::holds_alternative<Server::Close>(actions.back()));
}

TEST_CASE("bad line ends are told before the message's end", "[mail][smtp][server]") {
  auto server = in_data();
  const auto actions = server.on(Server::Octets{"one\ntwo\n.\n"});
  REQUIRE(written(actions) == "550 5.5.2 bare LF in mail data\r\n");
  REQUIRE(has<Server::Abort>(actions));
  REQUIRE_FALSE(has<Server::Close>(actions));
  REQUIRE(has<Server::Close>(server.on(Server::Octets{"\r\n.\r\nNOOP\r\n"})));
}

TEST_CASE("the twentieth error hangs up", "[mail][smtp][server]") {
  Server server(policy());
  (void)server.start();
  for (unsigned i = 1; i < Server::max_errors; ++i) {
    REQUIRE(written(server.on(Server::Octets{"BOGUS\r\n"})) == "502 5.5.1 unimplemented\r\n");
  }
  const auto actions = server.on(Server::Octets{"BOGUS\r\nNOOP\r\n"});
  REQUIRE(written(actions) == "421 4.7.0 too many errors\r\n");
  REQUIRE(has<Server::Close>(actions));
}

TEST_CASE("the recipient after the thousandth is put off", "[mail][smtp][server]") {
  Server server(policy());
  (void)server.start();
  (void)server.on(Server::Octets{"MAIL FROM:<a@b>\r\n"});
  for (std::size_t i = 0; i < Server::max_recipients; ++i) {
    REQUIRE(written(server.on(Server::Octets{"RCPT TO:<x@office.example>\r\n"})) == "250 2.1.5 ok\r\n");
  }
  REQUIRE(written(server.on(Server::Octets{"RCPT TO:<x@office.example>\r\n"})) == "452 4.5.3 too many recipients\r\n");
}

TEST_CASE("a message with a hundred hops is looping", "[mail][smtp][server]") {
  auto server = in_data();
  for (unsigned i = 0; i < Server::max_hops; ++i) (void)server.on(Server::Octets{"Received: by me\r\n"});
  REQUIRE(written(server.on(Server::Octets{"\r\nhi\r\n.\r\n"})) ==
          "554 5.4.6 too many hops, this message is looping\r\n");
  auto passes = in_data();
  for (unsigned i = 1; i < Server::max_hops; ++i) (void)passes.on(Server::Octets{"Received: by me\r\n"});
  REQUIRE(has<Server::Commit>(passes.on(Server::Octets{"\r\nReceived: not a field\r\n.\r\n"})));
}

TEST_CASE("an endless command line is thrown away as it comes", "[mail][smtp][server]") {
  Server server(policy());
  (void)server.start();
  const std::string piece(10'000, 'x');
  for (int i = 0; i < 1000; ++i) REQUIRE(server.on(Server::Octets{piece}).empty());
  REQUIRE(written(server.on(Server::Octets{"\r\nNOOP\r\n"})) == "500 5.5.2 line too long\r\n250 2.0.0 ok\r\n");
}

TEST_CASE("chunks of a BDAT are given out as they come and answered when their octets are in", "[mail][smtp][server]") {
  auto server = enveloped();
  REQUIRE(has<Server::OpenQueue>(server.on(Server::Octets{"BDAT 8\r\none\r"})));
  auto actions = server.on(Server::QueueOpened{});
  REQUIRE(has<Server::Body>(actions));
  REQUIRE(written(actions).empty());
  REQUIRE(written(server.on(Server::Octets{"\ntwoBDAT 2 LAST\r\n\r"})) == "250 2.0.0 8 octets received\r\n");
  actions = server.on(Server::Octets{"\nNOOP\r\n"});
  REQUIRE(has<Server::Commit>(actions));
  REQUIRE(written(actions).empty());
  REQUIRE(written(server.on(Server::Queued{"1 qp 2"})) == "250 2.0.0 ok 1 qp 2\r\n250 2.0.0 ok\r\n");
}

TEST_CASE("a queue that fails between two chunks is reported to the next", "[mail][smtp][server]") {
  auto server = enveloped();
  (void)server.on(Server::Octets{"BDAT 3\r\n"});
  (void)server.on(Server::QueueOpened{});
  REQUIRE(written(server.on(Server::Octets{"x\r\n"})) == "250 2.0.0 3 octets received\r\n");
  REQUIRE(has<Server::Abort>(server.on(Server::QueueFailed{base::temporary("broken")})));
  auto actions = server.on(Server::Octets{"BDAT 6 LAST\r\nQUIT\r\nBDAT 0 LAST\r\nRSET\r\n"});
  REQUIRE_FALSE(has<Server::Body>(actions));
  REQUIRE(written(actions) == "451 4.3.0 broken\r\n503 5.5.1 a chunk was refused, RSET first\r\n250 2.0.0 flushed\r\n");
}

TEST_CASE("a chunk that nobody wants is read to its end, however long, and none of it is kept",
          "[mail][smtp][server]") {
  Server server(policy());
  (void)server.start();
  REQUIRE(server.on(Server::Octets{"BDAT 10000000 LAST\r\n"}).empty());
  const std::string piece(10'000, '\n');
  for (int i = 1; i < 1000; ++i) REQUIRE(server.on(Server::Octets{piece}).empty());
  REQUIRE(written(server.on(Server::Octets{piece})) == "503 5.5.1 MAIL first\r\n");
}
