// A question to the engine from words, so that a case of a table is a line:
//
//   older=30m messages=10 octets=100k priority=4 interval=4h pause=2m hour=6 day=40 retries=5 max=100k min=2
//   window=mon-fri_08:00-18:00 zone=Europe/Berlin soon=1m,2,30m later=10m,2,4h        the policy
//   mail=3*10k@5m/4!      three messages of 10 kB, five minutes old, of priority 4, automatic
//   dials=5m,10m end=5m begin=6m fail=soon:3 number=0555100:3 at-work                 the calls before
//   asked=order|always money=no|10m at=sat_10:00 (UTC, of a week in November)
#pragma once

#include <string>

#include "pppctl/policy/decision.h"

// A bad word fails the test.
pppctl::policy::Question situation(const std::string& words);
