// Any octets of a server, with orders between them: the session does the same however they are cut, gives no more than
// it was given, answers in proportion, and says nothing after it has failed.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "modem/rfc2217.h"

namespace {

using modem::Rfc2217;

constexpr std::size_t most_sent_at_start = 256;
constexpr std::size_t most_sent_an_octet = 16;  // a signature, for the six octets that ask for it

void require(bool held) {
  if (!held) std::abort();
}

struct Outcome {
  std::string sent, received, remarks;
  bool failed = false, suspended = false, settled = false;
  bool operator==(const Outcome&) const = default;
};

void note(Outcome& outcome, const Rfc2217::Actions& actions) {
  require(!outcome.failed || actions.empty());
  for (const auto& action : actions) {
    if (const auto* send = std::get_if<Rfc2217::Send>(&action)) outcome.sent += send->octets;
    if (const auto* received = std::get_if<Rfc2217::Received>(&action)) outcome.received += received->octets;
    if (const auto* failed = std::get_if<Rfc2217::Failed>(&action)) {
      require(!failed->failure.text.empty());
      outcome.failed = true;
    }
  }
}

Outcome play(std::string_view octets, std::size_t piece) {
  Rfc2217 session({.speed = 9600, .flow = conf::FlowControl::rts_cts});
  Outcome outcome;
  note(outcome, session.start());
  require(outcome.sent.size() <= most_sent_at_start);
  for (std::size_t at = 0; at < octets.size(); at += piece)
    note(outcome, session.on(Rfc2217::Octets{octets.substr(at, piece)}));
  require(outcome.received.size() <= octets.size());
  require(outcome.sent.size() <= most_sent_at_start + most_sent_an_octet * octets.size());
  require((session.state() == Rfc2217::State::failed) == outcome.failed);
  outcome.remarks = session.remarks();
  outcome.suspended = session.suspended();
  outcome.settled = session.settled();
  if (!outcome.failed) {
    for (const auto order : {Rfc2217::Order::dtr_off, Rfc2217::Order::purge_input}) note(outcome, session.on(order));
    // The negotiation's time, then that of the acknowledgements.
    for (int times = 0; times < 2; ++times) note(outcome, session.on(Rfc2217::Expired{}));
    require(session.settled() || session.state() != Rfc2217::State::ready);
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  const auto whole = play(octets, size + 1);
  require(play(octets, 1) == whole);
  require(play(octets, 3) == whole);
  const auto doubled = Rfc2217::escaped(octets);
  Rfc2217 session({.speed = 9600, .flow = conf::FlowControl::none});
  Outcome outcome;
  session.start();
  note(outcome, session.on(Rfc2217::Octets{doubled}));
  require(outcome.received == octets && outcome.sent.empty());
  return 0;
}
