// RFC 1845 in the server: a message cut at any octet is gone on with until it is whole, and queued once.
#include <catch2/catch.hpp>

#include "mta/mail/smtp_server.h"
#include "tests/mta/mail_smtp/memory_store.h"

using Server = mail::SmtpServer;

namespace {

const std::string message = "Subject: x\r\n\r\n.one\r\n..\r\nReceived: no\r\nlast\r\n";

std::string with_dots(const std::string& text) {
  std::string out;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && c == '.') out += '.';
    out += c;
    line_start = c == '\n';
  }
  return out + ".\r\n";
}

// One call: what a client says until the line is cut after so many octets of the message's command group.
class Call {
 public:
  explicit Call(MemoryStore& store) : server_(policy()), store_(store) { take(server_.start()); }

  // The reply to it.
  std::string say(const std::string& octets) {
    said_.clear();
    take(server_.on(Server::Octets{octets}));
    return said_;
  }
  void hang_up() { take(server_.on(Server::Closed{})); }

  std::vector<std::string> queued;

 private:
  static Server::Policy policy() {
    Server::Policy made;
    made.greeting = "office.example";
    made.rcpt_hosts = {"office.example"};
    made.checkpoint = true;
    return made;
  }

  void take(const Server::Actions& actions) {
    std::vector<Server::Event> answers;
    for (const auto& action : actions) {
      if (const auto* write = std::get_if<Server::Write>(&action)) said_ += write->bytes;
      if (const auto* asked = std::get_if<Server::Recall>(&action)) answers.push_back(store_.recall(*asked));
      if (const auto* open = std::get_if<Server::OpenQueue>(&action)) {
        REQUIRE(open->is_kept);
        text_ = store_.begin(*open);
        answers.emplace_back(Server::QueueOpened{});
      }
      if (const auto* body = std::get_if<Server::Body>(&action)) {
        text_ += body->bytes;
        store_.append(body->bytes);
      }
      if (const auto* commit = std::get_if<Server::Commit>(&action)) {
        REQUIRE(commit->recipients == std::vector<std::string>{"x@office.example"});
        REQUIRE(commit->octets == message.size());
        queued.push_back(text_);
        store_.accept(commit->octets, "1 qp 2");
        answers.emplace_back(Server::Queued{"1 qp 2"});
      }
      REQUIRE_FALSE(std::holds_alternative<Server::Forget>(action));
    }
    for (const auto& answer : answers) take(server_.on(answer));
  }

  Server server_;
  MemoryStore& store_;
  std::string said_;
  std::string text_;
};

// Begins or resumes: the offset.
std::size_t ask(Call& call) {
  (void)call.say("EHLO pc\r\n");
  const auto reply = call.say("MAIL FROM:<a@b.example> TRANSID=<1@pc>\r\n");
  if (reply.starts_with("355 ")) return std::stoul(reply.substr(4));
  REQUIRE(reply == "250 2.1.0 ok\r\n");
  REQUIRE(call.say("RCPT TO:<x@office.example>\r\n") == "250 2.1.5 ok\r\n");
  return 0;
}

void send_with_cuts(bool by_bdat, std::size_t octets_a_call) {
  MemoryStore store;
  std::vector<std::string> queued;
  std::size_t before = 0;
  for (int calls = 0; calls < 100; ++calls) {
    Call call(store);
    const auto offset = ask(call);
    REQUIRE(offset >= before);
    REQUIRE(offset <= message.size());
    REQUIRE((offset == 0 || message[offset - 1] == '\n'));
    before = offset;
    const auto rest = message.substr(offset);
    auto group = "BDAT " + std::to_string(rest.size()) + " LAST\r\n" + rest;
    if (!by_bdat) {
      REQUIRE(call.say("DATA\r\n") == "354 go ahead\r\n");
      group = with_dots(rest);
    }
    const auto reply = call.say(group.substr(0, octets_a_call));
    queued.insert(queued.end(), call.queued.begin(), call.queued.end());
    // The first 250 is lost with the line: the client asks again.
    if (reply.starts_with("250 2.0.0 ok") && offset == message.size()) break;
    call.hang_up();
  }
  REQUIRE(queued == std::vector<std::string>{"Subject: x\n\n.one\n..\nReceived: no\nlast\n"});
}

}  // namespace

TEST_CASE("a message with a TRANSID that is cut again and again is queued once, as it was",
          "[mail][smtp][checkpoint]") {
  for (std::size_t octets = 17; octets < 80; ++octets) {
    INFO(octets << " octets a call");
    send_with_cuts(false, octets);
  }
  for (std::size_t octets = 32; octets < 80; ++octets) {
    INFO(octets << " octets a call, by BDAT");
    send_with_cuts(true, octets);
  }
}

TEST_CASE("a store without room refuses MAIL with 452 and the session goes on", "[mail][smtp][checkpoint]") {
  Server::Policy policy;
  policy.greeting = "office.example";
  policy.checkpoint = true;
  Server server(policy);
  (void)server.start();
  (void)server.on(Server::Octets{"EHLO pc\r\n"});
  const auto actions = server.on(Server::Octets{"MAIL FROM:<a@b.example> TRANSID=<1@pc>\r\nRCPT TO:<x@y>\r\n"});
  REQUIRE(actions.size() == 1);
  REQUIRE(std::get<Server::Recall>(actions[0]).transid == "<1@pc>");
  const auto replies = server.on(Server::QueueFailed{base::Failure{base::FailureKind::temporary, "no room", ENOSPC}});
  REQUIRE(std::get<Server::Write>(replies.at(0)).bytes == "452 4.3.1 no room\r\n503 5.5.1 MAIL first\r\n");
}
