// Transcripts of server sessions (corpus/server-*.txt). All the client's octets are fed at once, octet by octet, and
// cut inside every line end: the replies, the messages and the end must be the same.
//   policy NAME=VALUE      rcpthosts, relay, bad, databytes, localip: see policy_of()
//   kept STATE             TRANSID=<1@pc> of a@b.example, EHLO pc, is in the store: "part TEXT" or "accepted OCTETS"
//   queue NAME             how the queue answers: opens-not, full, refuses; else it takes everything
//   C: LINE  what the client says (CR LF is added)      C| OCTETS  the same, as they stand
//   S: LINE  a reply       Q: <SENDER> -> RECIPIENTS    M: LINE  a line of the message that was committed
//   F: forgotten
//   A: aborted             X: closed by us              N: TEXT  a note for the log
//   Anything after the client's last octets is the end of its connection, when the server has not closed before.
#include <catch2/catch.hpp>

#include <cerrno>
#include <sstream>

#include "mta/mail/smtp_server.h"
#include "tests/mta/mail_smtp/memory_store.h"
#include "tests/mta/mail_smtp/transcript.h"

namespace {

using Server = mail::SmtpServer;

Server::Policy policy_of(const Transcript& transcript) {
  Server::Policy policy;
  policy.greeting = "office.example";
  policy.rcpt_hosts = {"office.example", ".lan.example"};
  for (const auto& [tag, text] : transcript.lines) {
    if (tag != "policy") continue;
    const auto equals = text.find('=');
    const auto name = text.substr(0, equals);
    const auto value = text.substr(equals + 1);
    if (name == "relay") policy.relay_client = value;
    if (name == "bad") policy.bad_mail_from.push_back(value);
    if (name == "databytes") policy.data_bytes = std::stoull(value);
    if (name == "checkpoint") policy.checkpoint = true;
    if (name == "localip") {
      policy.local_ip = value;
      policy.local_ip_host = "office.example";
    }
  }
  return policy;
}

// What a session came to: replies in one stream, the rest in its own order.
struct Outcome {
  std::vector<std::string> replies;
  std::vector<std::string> events;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

class Session {
 public:
  explicit Session(const Transcript& transcript) : server_(policy_of(transcript)) {
    for (const auto& [tag, text] : transcript.lines) {
      if (tag == "queue") queue_ = text;
      if (tag == "kept") keep(text);
    }
    take(server_.start());
  }

  Outcome run(std::string_view octets, Cut how) {
    for (const auto piece : cut(octets, how)) take(server_.on(Server::Octets{piece}));
    const bool closed = !events_.empty() && events_.back() == "X:";
    if (!closed) {
      take(server_.on(Server::Closed{}));
      REQUIRE(events_.back() == "X:");
      events_.pop_back();  // not our own doing
    }
    Outcome outcome{{}, events_};
    std::istringstream lines(said_);
    for (std::string line; std::getline(lines, line);) {
      REQUIRE(line.ends_with('\r'));
      outcome.replies.push_back("S: " + line.substr(0, line.size() - 1));
    }
    return outcome;
  }

 private:
  void take(const Server::Actions& actions) {
    bool opened = false;
    bool complete = false;
    const Server::Recall* recall = nullptr;
    for (const auto& action : actions) {
      if (const auto* write = std::get_if<Server::Write>(&action)) {
        said_ += write->bytes;
      } else if (const auto* open = std::get_if<Server::OpenQueue>(&action)) {
        opened = true;
        body_ = open->is_kept ? store_.begin(*open) : "";
        is_kept_ = open->is_kept;
      } else if (const auto* asked = std::get_if<Server::Recall>(&action)) {
        recall = asked;
      } else if (std::holds_alternative<Server::Forget>(action)) {
        store_.forget();
        events_.emplace_back("F:");
      } else if (const auto* body = std::get_if<Server::Body>(&action)) {
        body_ += body->bytes;
        if (is_kept_) store_.append(body->bytes);
      } else if (const auto* commit = std::get_if<Server::Commit>(&action)) {
        complete = true;
        commit_event(*commit);
        if (is_kept_ && queue_.empty()) store_.accept(commit->octets, "1 qp 2");
      } else if (std::holds_alternative<Server::Abort>(action)) {
        events_.emplace_back("A:");
      } else if (const auto* note = std::get_if<Server::Note>(&action)) {
        events_.push_back("N: " + note->text);
      } else {
        events_.emplace_back("X:");
      }
    }
    if (recall) return take(server_.on(store_.recall(*recall)));
    if (complete) return take(server_.on(answer_to_commit()));
    if (opened) take(server_.on(answer_to_open()));
  }

  void commit_event(const Server::Commit& commit) {
    std::string line = "Q: <" + commit.sender + "> ->";
    for (const auto& recipient : commit.recipients) line += " " + recipient;
    events_.push_back(line);
    std::istringstream lines(body_);
    for (std::string text; std::getline(lines, text);) events_.push_back("M: " + text);
  }

  [[nodiscard]] Server::Event answer_to_open() const {
    if (queue_ == "opens-not") return Server::QueueFailed{base::temporary("queue: unable to run the queue program")};
    return Server::QueueOpened{};
  }

  [[nodiscard]] Server::Event answer_to_commit() const {
    if (queue_ == "full") return Server::QueueFailed{base::Failure{base::FailureKind::temporary, "disk full", ENOSPC}};
    if (queue_ == "refuses") return Server::QueueFailed{base::permanent("no such thing")};
    return Server::Queued{"1 qp 2"};
  }

  void keep(const std::string& state) {
    const auto blank = state.find(' ');
    MemoryStore::Kept kept{"a@b.example", {"x@office.example"}, state.substr(blank + 1), 0, ""};
    if (state.starts_with("accepted")) kept = {"a@b.example", {}, "", std::stoull(kept.text), "0 qp 1"};
    store_.kept["pc <1@pc>"] = std::move(kept);
  }

  Server server_;
  MemoryStore store_;
  bool is_kept_ = false;
  std::string queue_;
  std::string said_;
  std::string body_;
  std::vector<std::string> events_;
};

}  // namespace

TEST_CASE("every server transcript gives the same replies and messages, however its octets are cut",
          "[mail][smtp][corpus]") {
  const auto transcripts = read_transcripts(TEST_CORPUS, "server-");
  REQUIRE(transcripts.size() >= 20);
  for (const auto& transcript : transcripts) {
    std::string octets;
    Outcome expected;
    for (const auto& [tag, text] : transcript.lines) {
      if (tag == "C:") octets += text + "\r\n";
      if (tag == "C|") octets += text;
      if (tag == "S:") expected.replies.push_back(tag + " " + text);
      if (tag == "A:" || tag == "F:" || tag == "X:") expected.events.push_back(tag);
      if (tag == "Q:" || tag == "M:" || tag == "N:") expected.events.push_back(tag + " " + text);
    }
    for (const auto how : cuts) {
      INFO(transcript.name << ":" << transcript.proves << " (cut " << static_cast<int>(how) << ")");
      REQUIRE(!transcript.proves.empty());
      const auto outcome = Session(transcript).run(octets, how);
      REQUIRE(outcome.replies == expected.replies);
      REQUIRE(outcome.events == expected.events);
    }
  }
}
