#include "pppctl/clear.h"

#include "base/log.h"
#include "conf/named_file.h"
#include "pppctl/ledger.h"
#include "pppctl/print.h"
#include "pppctl/question.h"

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
  const auto dials =
      *ledger ? (*ledger)->dials(link, conf::most_dials) : base::Result<std::vector<PastDial>>(std::vector<PastDial>());
  if (!dials) return dials.error();
  const bool is_failing = *state && (*state)->failing;
  if (!is_failing && failures_of_numbers(*dials).empty()) {
    if (auto printed = print(link + ": nothing to clear\n"); !printed) return printed.error();
    return 0;
  }
  // Failures are counted anew from here on.
  if (auto cleared = (*ledger)->clear(link, read_moment().wall_ms); !cleared) return cleared.error();
  const auto text = is_failing ? ": may be called again; its last failure was: " + base::escape((*state)->reason)
                               : ": all its numbers may be dialled again";
  if (auto printed = print(link + text + "\n"); !printed) return printed.error();
  return 0;
}

}  // namespace pppctl
