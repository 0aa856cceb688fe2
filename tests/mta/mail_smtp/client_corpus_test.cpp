// Transcripts of client sessions (corpus/client-*.txt):
//   offer SENDER RECIPIENT... [size=N] [8bit] [like-commands]   a message that waits, numbered from 1
//   remembered   the server took BDAT in one flight in an earlier session
//   S: LINE  what the server says (a line end is added)      S| OCTETS  the same, as they stand
//   !sent, !closed, !expired   events         !later   two seconds pass
//   C: LINE  what we must have written by then     B: ID [counted]  a body is asked for
//   R: ID/RECIPIENT VERDICT COMMAND REPLY          D: OUTCOME [in doubt ID...]
#include <catch2/catch.hpp>

#include <array>
#include <sstream>

#include "mta/mail/smtp_client.h"
#include "tests/mta/mail_smtp/transcript.h"

namespace {

using Client = mail::SmtpClient;

std::string name_of(Client::Verdict verdict) {
  static constexpr std::array names{"accepted", "refused", "deferred"};
  return names.at(static_cast<std::size_t>(verdict));
}

std::string name_of(Client::Command command) {
  static constexpr std::array names{"greeting", "ehlo", "helo",     "rset",  "mail", "rcpt",
                                    "data",     "body", "lone_dot", "clear", "local"};
  return names.at(static_cast<std::size_t>(command));
}

Client::Transaction parse_offer(const std::string& text, std::uint64_t id) {
  Client::Transaction offer;
  offer.id = id;
  offer.size = 100;
  offer.command_like = false;
  std::istringstream words(text);
  std::string word;
  words >> word;
  offer.sender = mail::parse_path(word).value();
  while (words >> word) {
    if (word.starts_with("size=")) {
      offer.size = std::stoull(word.substr(5));
    } else if (word == "like-commands") {
      offer.command_like = true;
    } else if (word == "8bit") {
      offer.eight_bit = true;
    } else {
      offer.recipients.push_back(mail::parse_path(word).value());
    }
  }
  return offer;
}

std::string doubts(const std::vector<std::uint64_t>& ids) {
  std::string text = ids.empty() ? "" : " in doubt";
  for (const auto id : ids) text += " " + std::to_string(id);
  return text;
}

class Session {
 public:
  explicit Session(const Transcript& transcript) {
    for (const auto& line : transcript.lines) {
      if (line.tag == "remembered") client_ = Client(believing());
      if (line.tag == "offer") offers_.push_back(parse_offer(line.text, offers_.size() + 1));
    }
    take(client_.start());
  }

  void octets(std::string_view octets, Cut how) {
    for (const auto piece : cut(octets, how)) take(client_.on(Client::Octets{piece}, now_));
  }

  void event(const std::string& tag) {
    if (tag == "!sent") take(client_.on(Client::BodySent{}, now_));
    if (tag == "!closed") take(client_.on(Client::Closed{}, now_));
    if (tag == "!expired") take(client_.on(Client::Expired{}, now_));
    if (tag == "!later") now_ += std::chrono::seconds(2);
  }

  [[nodiscard]] const std::vector<std::string>& said() const { return said_; }

 private:
  void take(const Client::Actions& actions) {
    bool wanted = false;
    for (const auto& action : actions) {
      if (const auto* write = std::get_if<Client::Write>(&action)) {
        std::istringstream lines(write->bytes);
        for (std::string line; std::getline(lines, line);) {
          line.pop_back();
          said_.push_back("C: " + line);
        }
      } else if (const auto* body = std::get_if<Client::SendBody>(&action)) {
        const bool counted = body->framing == mail::Framing::counted;
        said_.push_back("B: " + std::to_string(body->transaction) + (counted ? " counted" : ""));
      } else if (const auto* result = std::get_if<Client::Result>(&action)) {
        said_.push_back("R: " + std::to_string(result->transaction) + "/" + std::to_string(result->recipient) + " " +
                        name_of(result->verdict) + " " + name_of(result->command) + " " + result->reply.last_line);
      } else if (const auto* done = std::get_if<Client::Done>(&action)) {
        said_.push_back("D: " + (done->outcome ? std::string("good") : done->outcome.error().text) +
                        doubts(done->in_doubt));
      } else if (std::holds_alternative<Client::Want>(action)) {
        wanted = true;
      }
    }
    if (!wanted) return;
    if (next_ == offers_.size()) return take(client_.on(Client::NoMore{}, now_));
    take(client_.on(Client::Offer{offers_[next_++]}, now_));
  }

  static Client::Options believing() {
    Client::Options options{"office.example"};
    options.flew_before = "isp.example\nisp.example\n250-PIPELINING\n250 CHUNKING";
    return options;
  }

  Client client_{Client::Options{"office.example"}};
  Client::Time now_{0};
  std::vector<Client::Transaction> offers_;
  std::size_t next_ = 0;
  std::vector<std::string> said_;
};

void run(const Transcript& transcript, Cut how) {
  Session session(transcript);
  std::vector<std::string> expected;
  std::string octets;  // consecutive server lines arrive together
  const auto flush = [&] {
    session.octets(octets, how);
    octets.clear();
  };
  for (const auto& [tag, text] : transcript.lines) {
    if (tag == "offer" || tag == "remembered") continue;
    if (tag == "S:" || tag == "S|") {
      if (octets.empty()) REQUIRE(session.said() == expected);
      octets += text + (tag == "S:" ? "\r\n" : "");
      continue;
    }
    flush();
    if (tag.starts_with('!')) {
      REQUIRE(session.said() == expected);
      session.event(tag);
    } else {
      expected.push_back(tag + " " + text);
    }
  }
  flush();
  REQUIRE(session.said() == expected);
  REQUIRE(!expected.empty());
  REQUIRE(expected.back().starts_with("D: "));
}

}  // namespace

TEST_CASE("every client transcript gives the same actions, however its octets are cut", "[mail][smtp][corpus]") {
  const auto transcripts = read_transcripts(TEST_CORPUS, "client-");
  REQUIRE(transcripts.size() >= 20);
  for (const auto& transcript : transcripts) {
    for (const auto how : cuts) {
      INFO(transcript.name << ":" << transcript.proves << " (cut " << static_cast<int>(how) << ")");
      REQUIRE(!transcript.proves.empty());
      run(transcript, how);
    }
  }
}
