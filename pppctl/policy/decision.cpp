#include "pppctl/policy/decision.h"

#include <algorithm>

#include "base/quantity_text.h"
#include "conf/sender_priority.h"
#include "pppctl/policy/call_windows.h"

namespace pppctl::policy {
namespace {

constexpr milliseconds hour = std::chrono::hours(1);
constexpr milliseconds day = std::chrono::hours(24);

std::string span_text(milliseconds span) {
  struct Unit {
    std::chrono::seconds size;
    const char* word;
  };
  static constexpr Unit units[] = {
      {std::chrono::hours(24), " days"}, {std::chrono::hours(1), " h"}, {std::chrono::minutes(1), " min"}};
  for (const auto& unit : units) {
    if (span >= 2 * unit.size) return std::to_string(span / unit.size) + unit.word;
  }
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(span).count()) + " s";
}

std::string counted(std::int64_t count, const std::string& word) {
  return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
}

// From now on, no earlier than after this time.
struct Gate {
  Why why = Why::mail;
  milliseconds wait{0};
  std::string reason;
};

class Deliberation {
 public:
  explicit Deliberation(const Question& question)
      : question_(question), policy_(question.policy), past_(question.past) {
    for (const auto& letter : question.letters) weigh(letter);
    for (const auto& number : question.numbers) {
      const auto found = past_.failures_of_number.find(number);
      if (found != past_.failures_of_number.end() && retries() > 0 && found->second >= retries())
        used_up_.push_back(number);
    }
  }

  Decision decide() {
    if (auto stopped = look_for_stop()) return *stopped;
    if (past_.is_at_work) return waiting(Why::at_work, "a session is at work");
    const auto wish = look_for_wish();
    if (!wish) return without_wish();
    Gate last = *wish;
    const auto consider = [&](const std::optional<Gate>& gate) {
      if (gate && gate->wait > last.wait) last = *gate;
    };
    if (is_by_itself()) {
      consider(pause());
      consider(back_off());
    }
    consider(ceiling(hour, policy_.dials_per_hour, unasked_dials_per_hour, Why::hour_ceiling, "hour"));
    consider(ceiling(day, policy_.dials_per_day, unasked_dials_per_day, Why::day_ceiling, "day"));
    if (!question_.money.may) {
      if (!question_.money.wait) return waiting(Why::money, question_.money.reason);
      consider(Gate{Why::money, std::max(*question_.money.wait, milliseconds(1)), question_.money.reason});
    }
    return conclude(*wish, last);
  }

 private:
  [[nodiscard]] bool is_by_itself() const { return question_.asked == Asked::by_itself; }

  // Of each number; 0: no end of them.
  [[nodiscard]] std::int64_t retries() const {
    return is_by_itself() ? policy_.retries.value_or(unasked_retries) : policy_.retries.value_or(0);
  }

  static Decision waiting(Why why, std::string reason) { return {Act::wait, why, std::move(reason), {}}; }

  void weigh(const Letter& letter) {
    if (!may_carry(policy_, letter)) return;
    ++carried_;
    if (letter.is_automatic) return;
    ++messages_;
    octets_ += letter.octets;
    oldest_ = std::max(oldest_, letter.age);
    most_urgent_ = std::max(most_urgent_, letter.priority);
  }

  [[nodiscard]] std::optional<Decision> look_for_stop() const {
    const std::string remedy = "; put it right, then pppctl clear " + question_.link;
    if (past_.failures > 0 && past_.retry == modem::Retry::stop) {
      return Decision{Act::stopped, Why::stopped, "stopped: " + past_.reason + remedy, {}};
    }
    if (used_up_.empty() || used_up_.size() < question_.numbers.size()) return {};
    return Decision{Act::stopped,
                    Why::retries_used_up,
                    "stopped after " + counted(retries(), "failure") + " in a row" +
                        (question_.numbers.size() > 1 ? " of each of its numbers" : "") +
                        (past_.reason.empty() ? "" : ", the last: " + past_.reason) + remedy,
                    {}};
  }

  // What is told of a call besides its reason.
  [[nodiscard]] std::string without_used_up() const {
    if (used_up_.empty()) return {};
    std::string text = "; without ";
    for (const auto& number : used_up_) text += (&number == &used_up_.front() ? "" : ", ") + number;
    return text + ", which failed " + counted(retries(), "time") + " in a row (pppctl clear " + question_.link +
           " lets it be dialled again)";
  }

  // Why there is to be a call, and from when on.
  [[nodiscard]] std::optional<Gate> look_for_wish() const {
    if (question_.asked == Asked::always) return Gate{Why::asked, milliseconds(0), "asked for"};
    auto wish = mail_wish();
    if (const auto by_clock = interval_wish(); by_clock && (!wish || by_clock->wait < wish->wait)) wish = by_clock;
    return wish;
  }

  [[nodiscard]] std::optional<Gate> mail_wish() const {
    if (messages_ == 0) return {};
    const std::string waiting =
        counted(messages_, "message") + (messages_ == 1 ? " waits, " : " wait, ") + base::octets_text(octets_);
    const Gate now{Why::mail, milliseconds(0), waiting};
    if (!is_by_itself() || !policy_.has_mail_trigger()) return now;
    if (policy_.messages && static_cast<std::uint64_t>(messages_) > *policy_.messages) return now;
    if (policy_.octets && octets_ > *policy_.octets) return now;
    if (policy_.priority && most_urgent_ >= *policy_.priority) return now;
    if (!policy_.older) return {};
    if (oldest_ > *policy_.older) return now;
    return Gate{Why::too_little, *policy_.older - oldest_ + milliseconds(1),
                waiting + ", not yet enough for a call; the oldest for " + span_text(oldest_) + " of " +
                    span_text(*policy_.older)};
  }

  [[nodiscard]] std::optional<Gate> interval_wish() const {
    if (!is_by_itself() || !policy_.interval) return {};
    const std::string text = "a call every " + span_text(*policy_.interval);
    const auto passed = past_.since_begin;
    if (!passed || *passed >= *policy_.interval) return Gate{Why::interval, milliseconds(0), text};
    return Gate{Why::interval, *policy_.interval - *passed, text};
  }

  [[nodiscard]] Decision without_wish() const {
    if (messages_ > 0)
      return waiting(Why::too_little,
                     counted(messages_, "message") + ", " + base::octets_text(octets_) + ": not enough for a call");
    if (carried_ > 0) return waiting(Why::only_automatic, "only automatic mail waits, which is no reason to call");
    if (question_.letters.empty()) return waiting(Why::nothing_waits, "no mail waits");
    return {Act::never,
            Why::not_by_this_link,
            counted(static_cast<std::int64_t>(question_.letters.size()), "message") +
                " too great or not urgent enough for this link",
            {}};
  }

  [[nodiscard]] std::optional<Gate> pause() const {
    if (!past_.since_end) return {};
    return Gate{Why::pause, policy_.pause - *past_.since_end,
                "the pause of " + span_text(policy_.pause) + " after a call"};
  }

  [[nodiscard]] std::optional<Gate> back_off() const {
    if (past_.failures <= 0 || !past_.since_end) return {};
    const auto& rule = past_.retry == modem::Retry::soon ? policy_.soon : policy_.later;
    const auto pause = rule.after(past_.failures);
    return Gate{Why::back_off, pause - *past_.since_end,
                "the pause of " + span_text(pause) + " after " + counted(past_.failures, "failure") +
                    (past_.failures > 1 ? " in a row, the last: " : ": ") + past_.reason};
  }

  [[nodiscard]] std::optional<Gate> ceiling(milliseconds span, const std::optional<std::int64_t>& set,
                                            std::int64_t unasked, Why why, const std::string& word) const {
    if (!set && !is_by_itself()) return {};
    const auto most = static_cast<std::size_t>(set.value_or(unasked));
    if (past_.dial_ages.size() < most) return {};
    // The one with which the ceiling was reached has to be so long ago.
    return Gate{
        why, span - past_.dial_ages[most - 1],
        counted(static_cast<std::int64_t>(most), "dial") + " in the last " + word + ", the most that are allowed"};
  }

  [[nodiscard]] std::optional<std::size_t> dials_left() const {
    std::optional<std::size_t> left;
    const auto consider = [&](milliseconds span, const std::optional<std::int64_t>& set, std::int64_t unasked) {
      if (!set && !is_by_itself()) return;
      const auto& ages = past_.dial_ages;
      const auto within = std::count_if(ages.begin(), ages.end(), [&](milliseconds age) { return age < span; });
      const auto rest = static_cast<std::size_t>(std::max<std::int64_t>(set.value_or(unasked) - within, 0));
      if (!left || rest < *left) left = rest;
    };
    consider(hour, policy_.dials_per_hour, unasked_dials_per_hour);
    consider(day, policy_.dials_per_day, unasked_dials_per_day);
    return left;
  }

  [[nodiscard]] Decision conclude(const Gate& wish, const Gate& last) const {
    const auto from = question_.now + std::max(last.wait, milliseconds(0));
    if (is_by_itself()) {
      const auto second = std::chrono::floor<std::chrono::seconds>(from);
      const auto open = next_open(policy_, second);
      if (open != second) {
        return {Act::wait, Why::window, wish.reason + "; calls are for " + windows_text(policy_), WallTime(open)};
      }
    }
    if (last.wait.count() <= 0)
      return {Act::call, wish.why, wish.reason + without_used_up(), {}, dials_left(), used_up_};
    return {Act::wait, last.why, last.reason, from};
  }

  const Question& question_;
  const conf::LinkPolicy& policy_;
  const PastCalls& past_;
  std::vector<std::string> used_up_;
  std::int64_t carried_ = 0;
  std::int64_t messages_ = 0;  // without automatic ones, as the others
  std::uint64_t octets_ = 0;
  milliseconds oldest_{0};
  int most_urgent_ = conf::least_priority;
};

}  // namespace

bool may_carry(const conf::LinkPolicy& policy, const Letter& letter) {
  return (!policy.max_size || letter.octets <= *policy.max_size) &&
         (!policy.min_priority || letter.priority >= *policy.min_priority);
}

Decision decide(const Question& question) { return Deliberation(question).decide(); }

}  // namespace pppctl::policy
