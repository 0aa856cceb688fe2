// All links at a time: what each is to do now, and what that means for the mail.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/stop_signals.h"
#include "conf/places.h"
#include "pppctl/conditions.h"
#include "pppctl/policy/choice.h"

namespace pppctl {

struct Outlook {
  std::vector<policy::Candidate> candidates;
  std::vector<policy::RouteMail> mail;
  std::vector<std::string> broken;  // links whose profile cannot be read
};

// Nothing is called and nothing changed. if_mail: in place of the profiles' own conditions.
base::Result<Outlook> look_out(const conf::Places& places, const std::vector<std::string>& links,
                               const std::optional<MailConditions>& if_mail, base::StopSignals& stop);

// The earliest time that a link waits for; none: mail or a person has to come.
std::optional<policy::WallTime> next_look(const Outlook& outlook);

// "ROUTE: …", as mailq shows it.
std::vector<std::string> waiting_text(const Outlook& outlook);

}  // namespace pppctl
