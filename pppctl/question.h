// What the engine is asked about a link, gathered from the ledger and the spools.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/stop_signals.h"
#include "conf/link.h"
#include "conf/places.h"
#include "pppctl/ledger.h"
#include "pppctl/policy/age.h"
#include "pppctl/policy/choice.h"

namespace pppctl {

// The mail of the routes that links serve; each spool is looked at once.
class RouteMail {
 public:
  RouteMail(const conf::Places& places, base::StopSignals& stop) : places_(places), stop_(stop) {}

  base::Result<std::vector<policy::Letter>> of(const std::vector<std::string>& routes);
  [[nodiscard]] std::vector<policy::RouteMail> all() const;

 private:
  base::Result<std::vector<policy::Letter>> look(const std::string& route);

  const conf::Places& places_;
  base::StopSignals& stop_;
  std::map<std::string, std::vector<policy::Letter>> looked_at_;
};

// How often each number has failed since a call by it went well, of the newest dials, the newest first. Pure.
std::map<std::string, std::int64_t> failures_of_numbers(const std::vector<PastDial>& dials);

// From the newest dials, the last call and the link's state. Pure.
policy::PastCalls past_calls_of(const std::optional<LinkState>& state, const std::vector<PastDial>& dials,
                                const std::optional<PastCall>& last, const PastMoment& now);

base::Result<policy::Question> question_of(Ledger& ledger, const conf::Places& places, const conf::LinkProfile& link,
                                           policy::Asked asked, RouteMail& mail);

}  // namespace pppctl
