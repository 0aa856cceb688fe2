#include "pppctl/question.h"

#include <algorithm>
#include <set>

#include "base/clock.h"
#include "conf/routes.h"
#include "pppctl/mail_look.h"
#include "pppctl/meter.h"
#include "pppctl/process.h"

namespace pppctl {
namespace {

constexpr std::chrono::minutes usual_dial{1};

bool has_failed(const PastDial& dial) {
  return dial.result == word(CallResult::failed) || dial.result == word(CallResult::died);
}

bool went_well(const PastDial& dial) {
  return dial.result == word(CallResult::ok) || dial.result == word(CallResult::mail_left);
}

std::optional<modem::Retry> retry_of(const std::string& text) {
  for (const auto retry : {modem::Retry::soon, modem::Retry::later, modem::Retry::stop}) {
    if (text == modem::word(retry)) return retry;
  }
  return {};
}

// Whether set-up fee and first step may be spent now, and how much that is.
base::Result<policy::MoneyAnswer> money_answer(Ledger& ledger, const conf::Places& places,
                                               const conf::LinkProfile& link, const Moment& now) {
  policy::MoneyAnswer answer;
  const auto quote = quote_call(places, link, ledger, now, usual_dial);
  if (!quote && quote.error().kind == base::FailureKind::permanent) return quote.error();
  if (!quote) return policy::MoneyAnswer{false, {}, quote.error().text};
  if (!*quote) return answer;
  answer.cost_nano = (*quote)->cost.nano;
  if (const auto& refused = (*quote)->refused) {
    answer.may = false;
    answer.reason = refused->reason;
    if (refused->until) answer.wait = *refused->until - policy::WallTime(policy::milliseconds(now.wall_ms));
  }
  return answer;
}

// Not our own, whose question this is.
base::Result<bool> is_at_work(Ledger& ledger, const std::string& link) {
  const auto open = ledger.open_calls(link);
  if (!open) return open.error();
  const auto own = this_process();
  return std::any_of(open->begin(), open->end(),
                     [&](const Call& call) { return call.start.process != own && is_alive(call.start.process); });
}

policy::Stamp stamp(const PastMoment& moment) { return {moment.at.wall_ms, moment.at.boot_ms, moment.boot_id}; }

}  // namespace

base::Result<std::vector<policy::Letter>> RouteMail::look(const std::string& route) {
  const auto routes = conf::load_routes(places_);
  if (!routes) return routes.error();
  std::vector<policy::Letter> letters;
  std::vector<std::pair<std::string, std::string>> seen;  // several domains may have the same spool
  for (const auto& line : routes->all()) {
    const std::pair key(line.spool, line.prefix);
    if (line.spool_name != route || std::find(seen.begin(), seen.end(), key) != seen.end()) continue;
    seen.push_back(key);
    auto some = look_at_mail(line.spool, line.prefix, read_moment().wall_ms, stop_);
    if (!some) return some.error();
    letters.insert(letters.end(), some->begin(), some->end());
  }
  return letters;
}

base::Result<std::vector<policy::Letter>> RouteMail::of(const std::vector<std::string>& routes) {
  std::vector<policy::Letter> all;
  for (const auto& route : routes) {
    auto found = looked_at_.find(route);
    if (found == looked_at_.end()) {
      auto letters = look(route);
      if (!letters) return letters.error();
      found = looked_at_.emplace(route, std::move(*letters)).first;
    }
    all.insert(all.end(), found->second.begin(), found->second.end());
  }
  return all;
}

std::vector<policy::RouteMail> RouteMail::all() const {
  std::vector<policy::RouteMail> mail;
  for (const auto& [route, letters] : looked_at_) mail.push_back({route, letters});
  return mail;
}

std::map<std::string, std::int64_t> failures_of_numbers(const std::vector<PastDial>& dials) {
  std::map<std::string, std::int64_t> failures;
  std::set<std::string> good;
  for (const auto& dial : dials) {
    if (dial.number.empty() || good.contains(dial.number)) continue;
    if (went_well(dial)) good.insert(dial.number);
    if (has_failed(dial)) ++failures[dial.number];
  }
  return failures;
}

policy::PastCalls past_calls_of(const std::optional<LinkState>& state, const std::vector<PastDial>& dials,
                                const std::optional<PastCall>& last, const PastMoment& now) {
  policy::PastCalls past;
  for (const auto& dial : dials) past.dial_ages.push_back(policy::age_of(stamp(dial.at), stamp(now)));
  std::sort(past.dial_ages.begin(), past.dial_ages.end());
  past.failures_of_number = failures_of_numbers(dials);
  if (last) {
    past.since_begin = policy::age_of(stamp(last->started), stamp(now));
    past.since_end = policy::age_of(stamp(last->ended), stamp(now));
  }
  if (!state || !state->failing) return past;
  past.failures = state->count;
  past.retry = retry_of(state->retry);
  past.reason = state->reason;
  return past;
}

base::Result<policy::Question> question_of(Ledger& ledger, const conf::Places& places, const conf::LinkProfile& link,
                                           policy::Asked asked, RouteMail& mail) {
  const auto state = ledger.state(link.name);
  if (!state) return state.error();
  // Where no call dials, they would be looked for to the ledger's beginning.
  const auto dials = ledger.dials(link.name, link.kind == conf::LinkKind::always ? 0 : conf::most_dials);
  if (!dials) return dials.error();
  const auto last = ledger.past_call(link.name);
  if (!last) return last.error();
  auto letters = mail.of(link.routes);
  if (!letters) return letters.error();
  policy::Question question;
  const PastMoment now{read_moment(), base::boot_id()};
  question.now = policy::WallTime(policy::milliseconds(now.at.wall_ms));
  question.link = link.name;
  question.policy = link.when;
  question.numbers = link.phones;
  question.asked = asked;
  question.letters = std::move(*letters);
  question.past = past_calls_of(*state, *dials, *last, now);
  const auto at_work = is_at_work(ledger, link.name);
  if (!at_work) return at_work.error();
  question.past.is_at_work = *at_work;
  auto money = money_answer(ledger, places, link, now.at);
  if (!money) return money.error();
  question.money = std::move(*money);
  return question;
}

}  // namespace pppctl
