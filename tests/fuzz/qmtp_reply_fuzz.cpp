// Any octets as a QMTP server's responses, to a client with packages to send: never two results for one recipient,
// never a result for a package that was not sent, no doubt about an answered one and one about every other, nothing
// after Done. From a server that has answered a package for several in full the same whole and byte by byte; before
// that the next package waits for the responses, and what comes before it is surplus.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "mta/mail/qmtp_client.h"

namespace {

using Client = mail::QmtpClient;

constexpr std::uint64_t packages = 6;

void require(bool held) {
  if (!held) std::abort();
}

std::size_t recipients_of(std::uint64_t id) { return 1 + (id + 1) % 3; }

Client::Package package(std::uint64_t id) {
  Client::Package made;
  made.id = id;
  made.sender = *mail::Address::from_envelope("a b@office.example");
  made.recipients.assign(recipients_of(id), *mail::Address::from_envelope("one@isp.example"));
  made.octets = 1000;
  return made;
}

// One session; behind the proof all packages are sent before the first octet comes, but for the last, which stays in
// hand.
class Session {
 public:
  std::string run(std::string_view proof, std::string_view octets, std::size_t piece) {
    take(client_.start(at));
    if (!proof.empty()) take(client_.on(Client::Octets{proof}, at));
    for (; !octets.empty() && !done_; octets.remove_prefix(std::min(piece, octets.size()))) {
      take(client_.on(Client::Octets{octets.substr(0, piece)}, at));
    }
    if (!done_) take(client_.on(Client::Closed{"end of file"}, at));
    require(done_ && client_.on(Client::Closed{"again"}, at).empty());
    return told_;
  }

 private:
  static constexpr Client::Time at{0};

  void take(const Client::Actions& actions) {
    for (const auto& action : actions) {
      require(!done_);
      if (std::holds_alternative<Client::Want>(action)) ++wants_;
      if (const auto* send = std::get_if<Client::SendPackage>(&action)) in_hand_ = send->package;
      if (const auto* result = std::get_if<Client::Result>(&action)) take_result(*result);
      if (const auto* done = std::get_if<Client::Done>(&action)) take_end(*done);
    }
    answer();
  }

  void answer() {
    if (done_) return;
    if (wants_ > 0 && next_ < packages) {
      --wants_;
      return take(client_.on(Client::Offer{package(next_++)}, at));
    }
    if (in_hand_ + 1 < packages && sent_ == in_hand_) {
      ++sent_;
      return take(client_.on(Client::PackageSent{}, at));
    }
  }

  void take_result(const Client::Result& result) {
    require(result.package < sent_ && result.recipient < recipients_of(result.package));
    require(result.text.size() < mail::max_qmtp_response_bytes);
    require(result.recipient == answered_[result.package]++);
    told_ += std::to_string(result.package) + std::to_string(static_cast<int>(result.verdict)) + result.text + "\n";
  }

  void take_end(const Client::Done& done) {
    done_ = true;
    std::uint64_t doubts = 0;
    for (std::uint64_t id = 0; id < sent_; ++id) doubts += answered_[id] < recipients_of(id) ? 1U : 0U;
    require(done.in_doubt.size() == doubts);
    for (const auto id : done.in_doubt) require(id < sent_ && answered_[id] < recipients_of(id));
    told_ += done.outcome ? "well" : done.outcome.error().text;
  }

  Client client_;
  std::string told_;
  std::map<std::uint64_t, std::size_t> answered_;
  std::uint64_t next_ = 0;
  std::uint64_t in_hand_ = 0;
  std::uint64_t sent_ = 0;  // packages 0 to sent_ - 1
  int wants_ = 0;
  bool done_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  constexpr std::string_view proof = "1:K,1:K,";  // the first package's two
  require(Session{}.run(proof, octets, octets.size() + 1) == Session{}.run(proof, octets, 1));
  Session{}.run({}, octets, octets.size() + 1);
  Session{}.run({}, octets, 1);
  return 0;
}
