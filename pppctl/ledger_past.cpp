// What the ledger knows of a link and of its calls that the next one hangs on.
#include "pppctl/ledger.h"

namespace pppctl {
namespace {

LinkState state_of(const Statement& row) {
  return {row.text(0), row.integer(1) != 0, row.integer(2), row.text(3), row.text(4), row.integer(5)};
}

}  // namespace

base::Result<void> Ledger::clear(const std::string& link, std::int64_t wall_ms) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  if (auto put = put_state({link, false, wall_ms, "", "", 0}); !put) return put;
  auto update = database_.prepare(
      "UPDATE link SET cleared_call = (SELECT COALESCE(MAX(c.id), 0) FROM call c WHERE c.link = link.name) "
      "WHERE name = ?");
  if (auto done = update.with(link).run(); !done) return done;
  return transaction->commit();
}

base::Result<std::optional<LinkState>> Ledger::state(const std::string& link) {
  auto select = database_.prepare("SELECT name, failing, since_wall_ms, retry, reason, count FROM link WHERE name = ?");
  const auto row = select.with(link).step();
  if (!row) return row.error();
  return *row ? std::optional(state_of(select)) : std::optional<LinkState>();
}

base::Result<std::vector<LinkState>> Ledger::states() {
  auto select = database_.prepare("SELECT name, failing, since_wall_ms, retry, reason, count FROM link ORDER BY name");
  std::vector<LinkState> states;
  for (;;) {
    const auto row = select.step();
    if (!row) return row.error();
    if (!*row) return states;
    states.push_back(state_of(select));
  }
}

base::Result<std::vector<PastDial>> Ledger::dials(const std::string& link, std::int64_t most) {
  auto select = database_.prepare(
      "SELECT c.started_wall_ms + p.at_ms, c.started_boot_ms + p.at_ms, c.boot_id, "
      "CASE WHEN c.id > COALESCE((SELECT cleared_call FROM link WHERE name = c.link), 0) THEN p.number ELSE '' END, "
      "CASE WHEN EXISTS (SELECT 1 FROM phase n WHERE n.call = c.id AND n.name = p.name AND n.seq > p.seq) "
      "THEN p.result ELSE c.result END "
      "FROM call c JOIN phase p ON p.call = c.id WHERE c.link = ? AND p.name = ? ORDER BY c.id DESC, p.seq DESC LIMIT "
      "?");
  select.with(link, word(Phase::dialling), most);
  std::vector<PastDial> dials;
  for (;;) {
    const auto row = select.step();
    if (!row) return row.error();
    if (!*row) return dials;
    dials.push_back({{{select.integer(0), select.integer(1)}, select.text(2)}, select.text(3), select.text(4)});
  }
}

base::Result<std::optional<PastCall>> Ledger::past_call(const std::string& link) {
  auto select = database_.prepare(
      "SELECT boot_id, started_wall_ms, started_boot_ms, COALESCE(ended_wall_ms, updated_wall_ms), "
      "COALESCE(ended_boot_ms, updated_boot_ms) FROM call WHERE link = ? ORDER BY id DESC LIMIT 1");
  const auto row = select.with(link).step();
  if (!row) return row.error();
  if (!*row) return std::optional<PastCall>();
  const auto boot_id = select.text(0);
  return std::optional(
      PastCall{{{select.integer(1), select.integer(2)}, boot_id}, {{select.integer(3), select.integer(4)}, boot_id}});
}

}  // namespace pppctl
