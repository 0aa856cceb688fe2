#include "pppctl/clear.h"

#include "base/log.h"
#include "conf/named_file.h"
#include "pppctl/ledger.h"
#include "pppctl/print.h"

namespace pppctl {

base::Result<int> run_clear(const std::string& link, const conf::Places& places) {
  auto ledger = Ledger::open_existing(places.ledger_file());
  if (!ledger) return ledger.error();
  const auto state =
      *ledger ? (*ledger)->state(link) : base::Result<std::optional<LinkState>>(std::optional<LinkState>());
  if (!state) return state.error();
  if (!*state) {
    if (auto file = conf::named_file(places.links_dir(), link, "link"); !file) return file.error();
  }
  if (!*state || !(*state)->failing) {
    if (auto printed = print(link + ": nothing to clear\n"); !printed) return printed.error();
    return 0;
  }
  // Failures are counted anew from here on.
  if (auto set = (*ledger)->set_state({link, false, read_moment().wall_ms, "", "", 0}); !set) return set.error();
  const auto last = base::escape((*state)->reason);
  if (auto printed = print(link + ": may be called again; its last failure was: " + last + "\n"); !printed) {
    return printed.error();
  }
  return 0;
}

}  // namespace pppctl
