#include "pppctl/purse.h"

#include <algorithm>

#include "conf/clock_file.h"
#include "pppctl/ledger.h"
#include "pppctl/money/band.h"
#include "pppctl/plan.h"

namespace pppctl {
namespace {

constexpr std::int64_t ms_in_second = 1000;
constexpr std::int64_t clock_slack_ms = 60000;  // what setting a clock right may put it back

bool counts_octets(const conf::LinkProfile& link) {
  return link.kind == conf::LinkKind::line || link.kind == conf::LinkKind::ppp ||
         (link.kind == conf::LinkKind::command && !link.command.interface.empty());
}

}  // namespace

base::Result<std::optional<Purse>> load_purse(const conf::Places& places, const conf::LinkProfile& link) {
  if (link.tariff.empty()) return std::optional<Purse>();
  auto tariff = conf::load_tariff(places, link.tariff);
  if (!tariff) return tariff.error();
  // Its cost would stand nowhere, and no cap would end it.
  if (tariff->volume && !counts_octets(link)) {
    const bool can = link.kind == conf::LinkKind::command;
    return base::permanent(link.file + ": tariff " + link.tariff +
                           " prices octets, and nobody counts those of a link of kind " + word(link.kind) +
                           (can ? " without an interface in [command]" : ""));
  }
  const auto account = conf::load_account(places, link.account);
  if (!account) return account.error();
  return std::optional(Purse{std::move(*tariff), link.name, link.account, link.caps, *account});
}

base::Result<std::optional<Purse>> open_purse(const conf::Places& places, const conf::LinkProfile& link, Ledger& ledger,
                                              const Moment& now) {
  auto purse = load_purse(places, link);
  if (!purse || !*purse) return purse;
  const auto newest = ledger.newest_wall_ms();
  if (!newest) return newest.error();
  const std::int64_t floor = conf::read_clock_floor(places).value_or(0) * ms_in_second;
  const auto least = std::max(*newest, floor);
  if (now.wall_ms + clock_slack_ms >= least) return purse;
  if (!link.trust_clock) {
    return base::temporary("not dialled: the clock says " + utc_time(now.wall_ms) + ", and " +
                           (floor > *newest ? "the queue has seen " : "the last call was at ") + utc_time(least) +
                           ": set it, or allow such calls by clock = \"trust\" in the link");
  }
  (*purse)->tariff = money::worst_of((*purse)->tariff);
  (*purse)->has_allowance = false;
  return purse;
}

}  // namespace pppctl
