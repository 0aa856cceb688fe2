#include "pppctl/policy/choice.h"

#include <catch2/catch.hpp>

#include "situation.h"

namespace {

namespace policy = pppctl::policy;

// Decided as the words say; what of the mail it may carry is the candidate's own.
policy::Candidate candidate(const std::string& link, std::int64_t cost, const std::string& words,
                            const std::vector<policy::RouteMail>& mail) {
  auto question = situation(words);
  question.link = link;
  for (const auto& route : mail)
    question.letters.insert(question.letters.end(), route.letters.begin(), route.letters.end());
  return {link, {"provider"}, question.policy, cost, policy::decide(question), question.now};
}

std::vector<policy::RouteMail> mail(const std::string& words) { return {{"provider", situation(words).letters}}; }

std::string lines(const std::vector<policy::Candidate>& candidates, const std::vector<policy::RouteMail>& mail) {
  std::string text;
  for (const auto& line : policy::waiting_lines(candidates, mail, base::TimeZone()))
    text += line.route + ": " + line.text + "\n";
  return text;
}

using Links = std::vector<std::string>;

}  // namespace

TEST_CASE("the cheapest link that may carry the mail now is called", "[pppctl][policy]") {
  const auto waiting = mail("mail=1*1k");
  const auto satellite = candidate("satellite", 900, "", waiting);
  const auto phone = candidate("phone", 5, "", waiting);
  CHECK(policy::calls_of({satellite, phone}, waiting) == Links{"phone"});
  CHECK(lines({satellite, phone}, waiting) == "provider: 1 message, 1.0 kB: goes by phone now\n");
  const auto closed = candidate("phone", 5, "zone=UTC window=12:00-13:00", waiting);
  CHECK(policy::calls_of({satellite, closed}, waiting) == Links{"satellite"});
  const auto broken = candidate("phone", 5, "fail=stop:1", waiting);
  CHECK(policy::calls_of({satellite, broken}, waiting) == Links{"satellite"});
  CHECK(policy::calls_of({candidate("b", 5, "", waiting), candidate("a", 5, "", waiting)}, waiting) == Links{"a"});
}

TEST_CASE("a link that a session is at work on is not called, and keeps the mail that it carries from dearer ones",
          "[pppctl][policy]") {
  const auto waiting = mail("mail=1*1k");
  const auto satellite = candidate("satellite", 900, "", waiting);
  const auto busy = candidate("phone", 5, "at-work", waiting);
  CHECK(policy::calls_of({satellite, busy}, waiting).empty());
  CHECK(lines({satellite, busy}, waiting) == "provider: 1 message, 1.0 kB: waits for phone (a session is at work)\n");
  const auto great = mail("mail=1*500k");
  CHECK(policy::calls_of({candidate("satellite", 900, "", great), candidate("phone", 5, "at-work max=100k", great)},
                         great) == Links{"satellite"});
}

TEST_CASE("what a dear link does not take waits for a better one, and says for what", "[pppctl][policy]") {
  const auto waiting = mail("mail=2*500k mail=1*1k/4");
  const auto satellite = candidate("satellite", 900, "max=100k min=4", waiting);
  const auto phone = candidate("phone", 5, "zone=UTC window=18:00-06:00", waiting);
  CHECK(policy::calls_of({satellite, phone}, waiting) == Links{"satellite"});
  CHECK(lines({satellite, phone}, waiting) ==
        "provider: 2 messages, 1.0 MB: waits for phone until 2026-11-23 18:00 (3 messages wait, 1.0 MB; calls are for "
        "18:00-06:00)\nprovider: 1 message, 1.0 kB: goes by satellite now\n");
}

TEST_CASE("two links are called where each has mail that the other does not take", "[pppctl][policy]") {
  const auto waiting = mail("mail=1*500k mail=1*1k");
  const auto small = candidate("small", 1, "max=100k", waiting);
  const auto great = candidate("great", 7, "", waiting);
  CHECK(policy::calls_of({great, small}, waiting) == Links{"small", "great"});
  const auto only_small = mail("mail=3*1k");
  CHECK(policy::calls_of({candidate("great", 7, "", only_small), candidate("small", 1, "max=100k", only_small)},
                         only_small) == Links{"small"});
}

TEST_CASE("a call by the clock is made by its own link", "[pppctl][policy]") {
  CHECK(policy::calls_of({candidate("dear", 7, "interval=1h", {}), candidate("cheap", 1, "", {})}, {}) ==
        Links{"dear"});
}

TEST_CASE("mail that no link takes says so", "[pppctl][policy]") {
  const auto waiting = mail("mail=1*500k");
  CHECK(lines({candidate("small", 1, "max=100k", waiting)}, waiting) ==
        "provider: 1 message, 512.0 kB: no link may carry it\n");
  auto elsewhere = candidate("elsewhere", 1, "", waiting);
  elsewhere.routes = {"branch"};
  CHECK(lines({elsewhere}, waiting).find("no link may carry it") != std::string::npos);
}

TEST_CASE("of links that do not go now, the one that is not stopped is waited for", "[pppctl][policy]") {
  const auto waiting = mail("mail=1*1k");
  const auto broken = candidate("phone", 5, "fail=stop:1", waiting);
  const auto pausing = candidate("satellite", 900, "pause=5m end=1m", waiting);
  CHECK(lines({broken, pausing}, waiting).find("waits for satellite until 2026-11-23 10:04") != std::string::npos);
}
