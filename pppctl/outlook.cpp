#include "pppctl/outlook.h"

#include "conf/link.h"
#include "pppctl/ledger.h"
#include "pppctl/question.h"

namespace pppctl {
namespace {

constexpr std::chrono::seconds call_again{
    60};  // to a link that was to be called and was not, as a cheaper one had the mail, or that has a session already

}  // namespace

base::Result<Outlook> look_out(const conf::Places& places, const std::vector<std::string>& links,
                               const std::optional<MailConditions>& if_mail, base::StopSignals& stop) {
  Outlook outlook;
  auto ledger = Ledger::open(places.ledger_file());
  if (!ledger) return ledger.error();
  RouteMail mail(places, stop);
  for (const auto& name : links) {
    const auto link = conf::load_link(places, name);
    if (!link) {
      outlook.broken.push_back(name);
      continue;
    }
    auto question = question_of(*ledger, places, *link, policy::Asked::by_itself, mail);
    if (!question) return question.error();
    if (if_mail) question->policy = with_conditions(std::move(question->policy), *if_mail);
    outlook.candidates.push_back(
        {name, link->routes, question->policy, question->money.cost_nano, policy::decide(*question), question->now});
  }
  outlook.mail = mail.all();
  return outlook;
}

std::optional<policy::WallTime> next_look(const Outlook& outlook) {
  std::optional<policy::WallTime> first;
  for (const auto& candidate : outlook.candidates) {
    auto until = candidate.decision.until;
    if (policy::goes_now(candidate.decision)) until = candidate.decided_at + call_again;
    if (until && (!first || *until < *first)) first = until;
  }
  return first;
}

std::vector<std::string> waiting_text(const Outlook& outlook) {
  std::vector<std::string> lines;
  const auto zone = base::TimeZone::load(std::string(base::local_zone_name)).value_or(base::TimeZone());
  for (const auto& line : policy::waiting_lines(outlook.candidates, outlook.mail, zone)) {
    lines.push_back(line.route + ": " + line.text);
  }
  return lines;
}

}  // namespace pppctl
