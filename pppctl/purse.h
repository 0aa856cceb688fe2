// Whose money a link's calls cost, by which tariff, and how much of it may be spent.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "conf/caps.h"
#include "conf/link.h"
#include "conf/places.h"
#include "conf/tariff.h"
#include "pppctl/moment.h"
#include "pppctl/money/pricing.h"

namespace pppctl {

class Ledger;

struct Purse {
  conf::Tariff tariff;
  std::string link, account;
  conf::Caps link_caps, account_caps;
  bool has_allowance = true;  // false: the time is not known, and nothing is taken for free
};

// None: the link's calls cost nothing.
base::Result<std::optional<Purse>> load_purse(const conf::Places& places, const conf::LinkProfile& link);

// The same for a call that is to be made now. A clock that stands before what the ledger has seen is not to be
// believed: such a call is refused, temporarily, or (clock = "trust") counted at the dearest price of all times.
base::Result<std::optional<Purse>> open_purse(const conf::Places& places, const conf::LinkProfile& link, Ledger& ledger,
                                              const Moment& now);

// What a call is going to cost at least, if it goes on.
struct Reservation {
  const Purse& purse;
  money::Billed billed;
  bool has_carried_mail = false;
};

}  // namespace pppctl
