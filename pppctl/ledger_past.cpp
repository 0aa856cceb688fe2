// What the ledger knows of a link's calls that the next one hangs on.
#include "pppctl/ledger.h"

namespace pppctl {

base::Result<std::vector<PastMoment>> Ledger::dials(const std::string& link, std::int64_t most) {
  auto select = database_.prepare(
      "SELECT c.started_wall_ms + p.at_ms, c.started_boot_ms + p.at_ms, c.boot_id FROM call c JOIN phase p ON p.call = "
      "c.id WHERE c.link = ? AND p.name = ? ORDER BY c.id DESC, p.seq DESC LIMIT ?");
  select.with(link, word(Phase::dialling), most);
  std::vector<PastMoment> dials;
  for (;;) {
    const auto row = select.step();
    if (!row) return row.error();
    if (!*row) return dials;
    dials.push_back({{select.integer(0), select.integer(1)}, select.text(2)});
  }
}

base::Result<std::vector<PastCall>> Ledger::past_calls(const std::string& link, std::int64_t most) {
  auto select = database_.prepare(
      "SELECT boot_id, started_wall_ms, started_boot_ms, COALESCE(ended_wall_ms, updated_wall_ms), "
      "COALESCE(ended_boot_ms, updated_boot_ms), number, result, retry, reason, "
      "EXISTS (SELECT 1 FROM phase WHERE call = id AND name = ?) FROM call WHERE link = ? ORDER BY id DESC LIMIT ?");
  select.with(word(Phase::dialling), link, most);
  std::vector<PastCall> calls;
  for (;;) {
    const auto row = select.step();
    if (!row) return row.error();
    if (!*row) return calls;
    const auto boot_id = select.text(0);
    calls.push_back({{{select.integer(1), select.integer(2)}, boot_id},
                     {{select.integer(3), select.integer(4)}, boot_id},
                     select.text(5),
                     select.text(6),
                     select.text(7),
                     select.text(8),
                     select.integer(9) != 0});
  }
}

}  // namespace pppctl
