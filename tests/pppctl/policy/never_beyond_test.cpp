// No sequence of events makes the engine dial beyond a ceiling or a cap: a world with two clocks, a ledger as the real
// one keeps it, and money that is counted; what truly happened is checked after each dial.
#include <catch2/catch.hpp>
#include <deque>
#include <random>

#include "pppctl/policy/age.h"
#include "pppctl/policy/decision.h"

namespace {

namespace policy = pppctl::policy;
using policy::milliseconds;
using namespace std::chrono_literals;

constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::int64_t day_ms = 24 * hour_ms;

struct Dial {
  policy::Stamp at;
  std::int64_t true_ms = 0;
  std::string number;
  std::optional<modem::Retry> failed;  // none: it went well
};

class World {
 public:
  World(unsigned seed, bool has_reboots) : random_(seed), has_reboots_(has_reboots) {
    policy_.windows.clear();
    if (below(2) == 0) policy_.dials_per_hour = 1 + below(6);
    if (below(2) == 0) policy_.dials_per_day = 1 + below(20);
    if (below(2) == 0) policy_.retries = 1 + below(6);
    if (below(2) == 0) policy_.interval = std::chrono::minutes(1 + below(300));
    if (below(3) == 0) policy_.older = std::chrono::minutes(below(60));
    if (below(3) == 0) policy_.pause = std::chrono::minutes(below(20));
    policy_.soon = {std::chrono::seconds(below(100)), std::chrono::minutes(below(30)), 1 + below(3)};
    cap_of_day_ = 1 + below(30);
  }

  void step() {
    pass(below(4) == 0 ? below(3 * hour_ms) : below(120'000));
    switch (below(9)) {
      case 0:  // mail of a person, of a program
        letters_.push_back(
            {static_cast<std::uint64_t>(below(100'000)), static_cast<int>(below(9)) - 4, below(3) == 0, 0ms});
        break;
      case 1:
        if (!has_reboots_) now_.wall_ms += (below(2) == 0 ? 1 : -1) * below(40 * day_ms);
        break;
      case 2:
        if (has_reboots_) reboot();
        break;
      case 3:  // somebody clears the link
        if (below(4) == 0) failures_ = 0;
        break;
      default:
        look();
        break;
    }
  }

  [[nodiscard]] std::size_t dials() const { return ledger_.size(); }

 private:
  std::int64_t below(std::int64_t n) {
    return n <= 0 ? 0 : static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(n));
  }

  void pass(std::int64_t ms) {
    true_ms_ += ms;
    now_.wall_ms += ms;
    now_.boot_ms += ms;
    for (auto& letter : letters_) letter.age += milliseconds(ms);
  }

  void reboot() {
    pass(below(hour_ms));
    now_.boot_ms = below(60'000);
    now_.boot_id += 'b';
  }

  [[nodiscard]] policy::Question question() {
    static constexpr policy::Asked asked[] = {policy::Asked::by_itself, policy::Asked::by_itself,
                                              policy::Asked::by_order, policy::Asked::always};
    policy::Question question;
    question.now = policy::WallTime(milliseconds(now_.wall_ms));
    question.link = "link";
    question.policy = policy_;
    question.numbers = {"1", "2"};
    question.asked = asked[below(4)];
    question.letters = letters_;
    question.past.failures = failures_;
    std::int64_t looked = 0;
    for (const auto& dial : ledger_) {
      const auto age = policy::age_of(dial.at, now_);
      question.past.dial_ages.push_back(age);
      if (!question.past.since_end) question.past.since_begin = question.past.since_end = age;
      if (looked < failures_ && dial.failed) {
        if (looked == 0) question.past.retry = dial.failed;
        ++looked;
        ++question.past.failures_of_number[dial.number];
      }
    }
    spent_ =
        std::count_if(ledger_.begin(), ledger_.end(), [&](const Dial& d) { return true_ms_ - d.true_ms < day_ms; });
    question.money.may = spent_ < cap_of_day_;
    return question;
  }

  void look() {
    const auto asked = question();
    const auto decision = policy::decide(asked);
    if (decision.until) REQUIRE(*decision.until > asked.now - 1s);
    if (decision.act != policy::Act::call) return;
    auto left = asked.numbers;
    for (const auto& number : decision.used_up) left.erase(std::remove(left.begin(), left.end(), number), left.end());
    REQUIRE_FALSE(left.empty());
    Dial dial{now_, true_ms_, left[static_cast<std::size_t>(below(std::ssize(left)))], {}};
    check(asked, dial.number);
    static constexpr modem::Retry causes[] = {modem::Retry::soon, modem::Retry::soon, modem::Retry::later,
                                              modem::Retry::stop};
    if (below(3) != 0) dial.failed = causes[below(4)];
    failures_ = dial.failed ? failures_ + 1 : 0;
    if (!dial.failed) letters_.clear();
    ledger_.push_front(dial);
    pass(below(120'000));  // the call
  }

  [[nodiscard]] std::int64_t truly_within(std::int64_t span_ms) const {
    return std::count_if(ledger_.begin(), ledger_.end(), [&](const Dial& d) { return true_ms_ - d.true_ms < span_ms; });
  }

  void check(const policy::Question& asked, const std::string& number) {
    const bool by_itself = asked.asked == policy::Asked::by_itself;
    const auto bound = [&](const std::optional<std::int64_t>& set, std::int64_t unasked) {
      return set ? *set : by_itself ? unasked : std::int64_t{1'000'000};
    };
    REQUIRE(truly_within(hour_ms) < bound(policy_.dials_per_hour, policy::unasked_dials_per_hour));
    REQUIRE(truly_within(day_ms) < bound(policy_.dials_per_day, policy::unasked_dials_per_day));
    REQUIRE(spent_ < cap_of_day_);
    REQUIRE_FALSE((failures_ > 0 && !ledger_.empty() && ledger_.front().failed == modem::Retry::stop));
    if (policy_.retries) {
      const auto& failures = asked.past.failures_of_number;
      REQUIRE_FALSE((failures.contains(number) && failures.at(number) >= *policy_.retries));
    }
    const bool has_person =
        std::any_of(asked.letters.begin(), asked.letters.end(), [](const auto& l) { return !l.is_automatic; });
    REQUIRE((has_person || asked.asked == policy::Asked::always || (by_itself && policy_.interval)));
  }

  std::mt19937_64 random_;
  bool has_reboots_;
  conf::LinkPolicy policy_;
  policy::Stamp now_{1'795'412'406'000, 50'000, "a"};
  std::int64_t true_ms_ = 0;
  std::vector<policy::Letter> letters_;
  std::deque<Dial> ledger_;  // the newest first
  std::int64_t failures_ = 0;
  std::int64_t spent_ = 0;
  std::int64_t cap_of_day_ = 0;
};

}  // namespace

TEST_CASE("no sequence of events makes it dial beyond a ceiling or a cap", "[pppctl][policy]") {
  std::size_t dials = 0;
  for (unsigned seed = 0; seed < 200; ++seed) {
    INFO("seed " << seed);
    World world(seed, seed % 2 == 0);
    for (int i = 0; i < 400; ++i) world.step();
    dials += world.dials();
  }
  CHECK(dials > 2000);  // it was no world without calls
}
