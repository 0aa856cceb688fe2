// `pppctl session LINK|any`: calls by one link, or by each that is called for now, from the lock to the closed ledger
// row.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "conf/link.h"
#include "conf/places.h"
#include "pppctl/conditions.h"

namespace pppctl {

inline constexpr std::string_view any_link = "any";

struct SessionSettings {
  std::string link;
  bool verbose = false;
  bool always = false;                    // call though no mail waits
  std::optional<MailConditions> if_mail;  // call only when it is due: windows, pauses and amounts of mail are heeded
  std::vector<conf::Job> jobs;            // none: the profile's
  std::optional<std::chrono::seconds> max_time;
};

// The exit status: 0 all went or nothing was to be done, 111 mail is left or it failed for now, 100 somebody must
// change something. What there is to say has been said; a failure here is one of the surroundings (no signals, no
// memory).
base::Result<int> run_session(const SessionSettings& settings, const conf::Places& places);

}  // namespace pppctl
