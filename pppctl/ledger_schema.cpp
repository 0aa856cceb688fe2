#include "pppctl/ledger_schema.h"

#include <array>

#include "base/bug.h"

namespace pppctl {
namespace {

// Form 1, as ledgers in the field have it: never changed, each later form is what is added to the one before.
constexpr const char* first_schema = R"(
CREATE TABLE call (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  link TEXT NOT NULL, kind TEXT NOT NULL, number TEXT NOT NULL, modem TEXT NOT NULL, port TEXT NOT NULL,
  device TEXT NOT NULL, lock_dir TEXT NOT NULL,
  pid INTEGER NOT NULL, start_ticks INTEGER NOT NULL, boot_id TEXT NOT NULL,
  started_wall_ms INTEGER NOT NULL, started_boot_ms INTEGER NOT NULL,
  phase TEXT NOT NULL, connect TEXT NOT NULL DEFAULT '', speed INTEGER,
  sent INTEGER NOT NULL DEFAULT 0, received INTEGER NOT NULL DEFAULT 0,
  updated_wall_ms INTEGER NOT NULL, updated_boot_ms INTEGER NOT NULL,
  on_hook_boot_ms INTEGER, ended_wall_ms INTEGER, ended_boot_ms INTEGER,
  result TEXT NOT NULL DEFAULT 'open', retry TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '', exit INTEGER);
CREATE INDEX call_link ON call (link, id);
CREATE INDEX call_open ON call (id) WHERE ended_wall_ms IS NULL;
CREATE TABLE phase (
  call INTEGER NOT NULL REFERENCES call (id), seq INTEGER NOT NULL, name TEXT NOT NULL, at_ms INTEGER NOT NULL,
  took_ms INTEGER, result TEXT NOT NULL DEFAULT '', retry TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (call, seq)) WITHOUT ROWID;
CREATE TABLE job (
  call INTEGER NOT NULL REFERENCES call (id), seq INTEGER NOT NULL, job TEXT NOT NULL, route TEXT NOT NULL,
  exit INTEGER, signal INTEGER, accepted INTEGER NOT NULL, refused INTEGER NOT NULL, deferred INTEGER NOT NULL,
  left_over INTEGER NOT NULL, unknown INTEGER NOT NULL, sent INTEGER NOT NULL, received INTEGER NOT NULL,
  took_ms INTEGER NOT NULL, text TEXT NOT NULL,
  PRIMARY KEY (call, seq)) WITHOUT ROWID;
CREATE TABLE link (
  name TEXT PRIMARY KEY, failing INTEGER NOT NULL, since_wall_ms INTEGER NOT NULL, retry TEXT NOT NULL,
  reason TEXT NOT NULL, count INTEGER NOT NULL) WITHOUT ROWID;
)";

// Form 2: what the call was by, and what it cost. cost_nano is NULL until the call is settled, and for ever without a
// tariff; its parts are columns of their own, so that a bill is the same after the tariff has changed.
constexpr const char* second_schema = R"(
ALTER TABLE call ADD COLUMN interface TEXT NOT NULL DEFAULT '';
ALTER TABLE call ADD COLUMN local_ip TEXT NOT NULL DEFAULT '';
ALTER TABLE call ADD COLUMN remote_ip TEXT NOT NULL DEFAULT '';
ALTER TABLE call ADD COLUMN network TEXT NOT NULL DEFAULT '';
ALTER TABLE call ADD COLUMN operator TEXT NOT NULL DEFAULT '';
ALTER TABLE call ADD COLUMN signal TEXT NOT NULL DEFAULT '';
ALTER TABLE call ADD COLUMN modem_report TEXT NOT NULL DEFAULT '';
ALTER TABLE call ADD COLUMN account TEXT NOT NULL DEFAULT '';
ALTER TABLE call ADD COLUMN currency TEXT NOT NULL DEFAULT '';
ALTER TABLE call ADD COLUMN tariff TEXT NOT NULL DEFAULT '';
ALTER TABLE call ADD COLUMN answered_wall_ms INTEGER;
ALTER TABLE call ADD COLUMN reserved_nano INTEGER NOT NULL DEFAULT 0;
ALTER TABLE call ADD COLUMN cost_nano INTEGER;
ALTER TABLE call ADD COLUMN setup_nano INTEGER NOT NULL DEFAULT 0;
ALTER TABLE call ADD COLUMN time_nano INTEGER NOT NULL DEFAULT 0;
ALTER TABLE call ADD COLUMN volume_nano INTEGER NOT NULL DEFAULT 0;
ALTER TABLE call ADD COLUMN tax_nano INTEGER NOT NULL DEFAULT 0;
ALTER TABLE call ADD COLUMN billed_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE call ADD COLUMN billed_octets INTEGER NOT NULL DEFAULT 0;
ALTER TABLE call ADD COLUMN free_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE call ADD COLUMN free_octets INTEGER NOT NULL DEFAULT 0;
CREATE INDEX call_account ON call (account, started_wall_ms);
)";

// Form 3: in which boot the whole ledger was found sound; for how many octets money is reserved, which is what a call
// may have carried that nobody is left to have counted; when a port was last on-hook, without a look at all calls; and
// which number was dialled each time, and the last call that a person's word has cleared: those up to it count against
// no number. Of the calls before, the first number alone is known.
constexpr const char* third_schema = R"(
CREATE TABLE looked_through (id INTEGER PRIMARY KEY CHECK (id = 1), boot_id TEXT NOT NULL);
ALTER TABLE call ADD COLUMN reserved_sent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE call ADD COLUMN reserved_received INTEGER NOT NULL DEFAULT 0;
CREATE INDEX call_unsettled ON call (id) WHERE cost_nano IS NULL AND tariff <> '';
CREATE INDEX call_port ON call (port, boot_id, on_hook_boot_ms);
ALTER TABLE phase ADD COLUMN number TEXT NOT NULL DEFAULT '';
UPDATE phase SET number = (SELECT c.number FROM call c WHERE c.id = phase.call) WHERE name = 'dialling' AND
  NOT EXISTS (SELECT 1 FROM phase p WHERE p.call = phase.call AND p.name = phase.name AND p.seq < phase.seq);
ALTER TABLE link ADD COLUMN cleared_call INTEGER NOT NULL DEFAULT 0;
UPDATE link SET cleared_call = COALESCE(
  (SELECT MAX(c.id) - failing FROM call c WHERE c.link = link.name AND c.ended_wall_ms <= since_wall_ms), 0);
)";

constexpr std::array steps{first_schema, second_schema, third_schema};
static_assert(steps.size() == schema_version);

}  // namespace

std::string_view schema_step(std::int64_t from) {
  if (from < 0 || from >= schema_version) base::bug("schema_step: no such form");
  return steps.at(static_cast<std::size_t>(from));
}

}  // namespace pppctl
