// What pppd's scripts tell: a link's interface is about to be there, is there, has gone. Who brought it up does not
// matter.
#pragma once

#include <set>
#include <string>

#include "base/result.h"
#include "conf/places.h"
#include "pppctl/plan.h"
#include "pppctl/ppp/firewall.h"
#include "pppctl/ppp/standing_line.h"

namespace pppctl {

// What goes over the link's interface: its routes' relays, and what the profile adds.
base::Result<std::set<ppp::Service>> services_of(const CallPlan& plan, const conf::Places& places);

// Before pppd is started: what an earlier one has left is no firewall.
void forget_firewall(const conf::Places& places, const std::string& link);
// True: the rules are in place, as ip-pre-up has told.
bool has_firewall(const conf::Places& places, const std::string& link);

// pppctl notify EVENT LINK. A link that is none of ours is let go.
base::Result<int> run_notify(const std::string& event, const std::string& link, const conf::Places& places);

}  // namespace pppctl
