// Any octets as a server's replies: to the parser, the same whole and byte by byte; to a client with messages to send,
// never two results for one recipient, never a result and a doubt for all of a transaction, never anything after Done.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "mta/mail/smtp_client.h"
#include "mta/mail/smtp_reply.h"

namespace {

using Client = mail::SmtpClient;
constexpr Client::Time now{0};

void require(bool held) {
  if (!held) std::abort();
}

// What a parser makes of the octets, in pieces of the given size.
std::string parsed(std::string_view octets, std::size_t piece) {
  mail::ReplyParser parser;
  std::string out;
  while (!octets.empty()) {
    auto part = octets.substr(0, piece);
    octets.remove_prefix(part.size());
    while (!part.empty()) {
      const auto taken = parser.feed(part);
      if (!taken) return out + "failed: " + taken.error().text;
      part.remove_prefix(*taken);
      if (!parser.complete()) continue;
      const auto reply = parser.take();
      require(reply.code >= 200 && reply.code < 600 && reply.text.size() <= mail::max_reply_bytes);
      out += std::to_string(reply.code) + reply.enhanced + "|" + reply.text + "\n\n";
    }
  }
  return out;
}

Client::Transaction transaction(std::uint64_t id) {
  Client::Transaction made;
  made.id = id;
  made.sender = *mail::Address::from_envelope("a b@office.example");
  made.recipients = {*mail::Address::from_envelope("one@isp.example"),
                     *mail::Address::from_envelope("two@isp.example")};
  made.size = 1000;
  made.eight_bit = true;
  made.command_like = id == 4;
  return made;
}

// Drives one session; the messages' bodies are always sent at once.
class Session {
 public:
  explicit Session(std::string flew_before = "") : client_({"office.example", true, std::move(flew_before)}) {}

  void run(std::string_view before, std::string_view octets, std::size_t piece) {
    take(client_.start());
    if (!before.empty()) take(client_.on(Client::Octets{before}, now));
    for (; !octets.empty() && !done_; octets.remove_prefix(std::min(piece, octets.size()))) {
      take(client_.on(Client::Octets{octets.substr(0, piece)}, now));
    }
    if (!done_) take(client_.on(Client::Closed{}, now));
    require(done_);
    require(client_.on(Client::Closed{}, now).empty());
  }

 private:
  void take(const Client::Actions& actions) {
    for (const auto& action : actions) {
      require(!done_);
      if (const auto* write = std::get_if<Client::Write>(&action)) require(write->bytes.ends_with("\r\n"));
      if (std::holds_alternative<Client::Want>(action)) ++wants_;
      if (std::holds_alternative<Client::SendBody>(action)) ++bodies_;
      if (const auto* result = std::get_if<Client::Result>(&action)) take_result(*result);
      if (const auto* done = std::get_if<Client::Done>(&action)) {
        done_ = true;
        require(done->in_doubt.size() <= mail::FlightBound::max_in_flight);
        for (const auto id : done->in_doubt) require(results_.count({id, 0}) + results_.count({id, 1}) < 2);
      }
    }
    answer();
  }

  void answer() {
    if (done_) return;
    if (wants_ > 0) {
      --wants_;
      if (next_ < 6) return take(client_.on(Client::Offer{transaction(next_++)}, now));
      return take(client_.on(Client::NoMore{}, now));
    }
    if (bodies_ > 0) {
      --bodies_;
      return take(client_.on(Client::BodySent{}, now));
    }
  }

  void take_result(const Client::Result& result) {
    require(result.transaction < next_ && result.recipient < 2);
    require(results_.emplace(std::pair(result.transaction, result.recipient), true).second);
  }

  Client client_;
  std::map<std::pair<std::uint64_t, std::size_t>, bool> results_;
  std::uint64_t next_ = 0;
  int wants_ = 0;
  int bodies_ = 0;
  bool done_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  require(parsed(octets, 1) == parsed(octets, octets.size() + 1));
  // A session from its greeting on, and one with a server that is believed to take BDAT at once.
  constexpr std::string_view believed = "220 isp.example\r\n250-isp.example\r\n250-PIPELINING\r\n250 CHUNKING\r\n";
  constexpr const char* server = "isp.example\nisp.example\n250-PIPELINING\n250 CHUNKING";
  for (const auto piece : {octets.size() + 1, std::size_t{1}}) {
    Session().run("", octets, piece);
    Session(server).run(believed, octets, piece);
  }
  return 0;
}
