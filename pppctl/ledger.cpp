#include "pppctl/ledger.h"

#include <unistd.h>

#include <algorithm>

#include "base/clock.h"
#include "pppctl/ledger_schema.h"

namespace pppctl {
namespace {

constexpr std::int64_t application_id = 0x4f66686b;  // "Ofhk"

constexpr const char* call_columns =
    "SELECT id, link, kind, number, modem, port, device, lock_dir, pid, start_ticks, boot_id, started_wall_ms, "
    "started_boot_ms, "
    "phase, connect, speed, sent, received, updated_wall_ms, updated_boot_ms, on_hook_boot_ms, ended_wall_ms, "
    "ended_boot_ms, result, retry, reason, exit, interface, local_ip, remote_ip, network, operator, signal, "
    "modem_report, account, currency, tariff, answered_wall_ms, reserved_nano, reserved_sent, reserved_received, "
    "cost_nano, setup_nano, time_nano, "
    "volume_nano, tax_nano, billed_ms, billed_octets, free_ms, free_octets FROM call ";

std::string bounded(std::string_view text) { return std::string(text.substr(0, max_reason_bytes)); }

Call call_of(const Statement& row) {
  Call call;
  int i = 0;
  call.id = row.integer(i++);
  for (auto* text : {&call.start.link, &call.start.kind, &call.start.number, &call.start.modem, &call.start.port,
                     &call.start.device, &call.start.lock_dir}) {
    *text = row.text(i++);
  }
  call.start.process.pid = row.integer(i++);
  call.start.process.start_ticks = static_cast<std::uint64_t>(row.integer(i++));
  call.start.process.boot_id = row.text(i++);
  call.start.started.wall_ms = row.integer(i++);
  call.start.started.boot_ms = row.integer(i++);
  call.phase = row.text(i++);
  call.connect = row.text(i++);
  call.speed = row.maybe(i++);
  call.octets.sent = static_cast<std::uint64_t>(row.integer(i++));
  call.octets.received = static_cast<std::uint64_t>(row.integer(i++));
  call.updated.wall_ms = row.integer(i++);
  call.updated.boot_ms = row.integer(i++);
  call.on_hook_boot_ms = row.maybe(i++);
  const auto wall = row.maybe(i++);
  const auto boot = row.maybe(i++);
  if (wall && boot) call.ended = Moment{*wall, *boot};
  call.result = row.text(i++);
  call.retry = row.text(i++);
  call.reason = row.text(i++);
  if (const auto exit = row.maybe(i++)) call.exit = static_cast<int>(*exit);
  for (auto* text : {&call.interface.name, &call.interface.local_ip, &call.interface.remote_ip, &call.modem.network,
                     &call.modem.carrier, &call.modem.signal, &call.modem.report, &call.start.account,
                     &call.start.currency, &call.start.tariff}) {
    *text = row.text(i++);
  }
  call.answered_wall_ms = row.maybe(i++);
  call.reserved_nano = row.integer(i++);
  call.reserved_octets.sent = static_cast<std::uint64_t>(row.integer(i++));
  call.reserved_octets.received = static_cast<std::uint64_t>(row.integer(i++));
  const auto cost = row.maybe(i++);
  money::Cost parts;
  parts.nano = cost.value_or(0);
  for (auto* number : {&parts.setup_nano, &parts.time_nano, &parts.volume_nano, &parts.tax_nano, &parts.billed_ms,
                       &parts.billed_octets, &parts.free_ms, &parts.free_octets}) {
    *number = row.integer(i++);
  }
  if (cost) call.cost = parts;
  return call;
}

base::Result<std::int64_t> one_number(Database& database, std::string_view sql) {
  auto statement = database.prepare(sql);
  const auto row = statement.step();
  if (!row) return row.error();
  return *row ? statement.integer(0) : 0;
}

}  // namespace

base::Result<Ledger> Ledger::open(const std::string& path) {
  auto database = Database::open(path, Database::Mode::create);
  if (!database) return database.error();
  Ledger ledger(std::move(*database));
  if (auto ready = ledger.set_up(); !ready) return ready.error();
  return ledger;
}

base::Result<std::optional<Ledger>> Ledger::open_existing(const std::string& path) {
  if (::access(path.c_str(), F_OK) < 0 && errno == ENOENT) return std::optional<Ledger>();
  auto database = Database::open(path, Database::Mode::existing);
  if (!database) return database.error();
  Ledger ledger(std::move(*database));
  if (auto ready = ledger.set_up(); !ready) return ready.error();
  return std::optional<Ledger>(std::move(ledger));
}

base::Result<void> Ledger::set_up() {
  // TRUNCATE: the end of the journal is the commit, and one sync less than its removal needs. FULL: on disk.
  if (auto done = database_.execute("PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON");
      !done) {
    return done;
  }
  const auto version = one_number(database_, "PRAGMA user_version");
  if (!version) return version.error();
  if (*version > schema_version) {
    return base::temporary("the ledger has the form of version " + std::to_string(*version) +
                           ", and this program knows version " + std::to_string(schema_version) + ": it is too old");
  }
  if (*version == 0) return bring_to_form();
  const bool is_old = *version < schema_version;
  if (auto whole = is_old ? look_through() : look_through_once(); !whole) return whole;
  return is_old ? bring_to_form() : base::Result<void>();
}

// Time in proportion to the calls of all years: for a dial to wait for that once is enough. What tears a page is a
// power cut, and that begins a boot.
base::Result<void> Ledger::look_through_once() {
  auto seen = database_.prepare("SELECT 1 FROM looked_through WHERE boot_id = ?");
  const auto row = seen.with(base::boot_id()).step();
  if (!row) return row.error();
  if (*row) return {};
  if (auto whole = look_through(); !whole) return whole;
  // Who may only read looks through it each time.
  auto note = database_.prepare("REPLACE INTO looked_through (id, boot_id) VALUES (1, ?)");
  [[maybe_unused]] const auto noted = note.with(base::boot_id()).run();
  return {};
}

base::Result<void> Ledger::look_through() {
  auto check = database_.prepare("PRAGMA quick_check(1)");
  const auto row = check.step();
  if (!row) return row.error();
  if (!*row || check.text(0) == "ok") return {};
  return base::temporary("the ledger is damaged: " + bounded(check.text(0)) +
                         "; move it away, and the next session begins a new one");
}

// A new ledger, or one of an older form: what it lacks, all of it or nothing.
base::Result<void> Ledger::bring_to_form() {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  // Under the writer's lock again: somebody else may have been first.
  const auto now = one_number(database_, "PRAGMA user_version");
  if (!now) return now.error();
  std::string statements;
  for (auto form = std::max<std::int64_t>(*now, 0); form < schema_version; ++form) statements += schema_step(form);
  if (statements.empty()) return {};
  statements += "PRAGMA user_version=" + std::to_string(schema_version) +
                "; PRAGMA application_id=" + std::to_string(application_id);
  if (auto made = database_.execute(statements); !made) return made;
  return transaction->commit();
}

base::Result<std::int64_t> Ledger::begin(const CallStart& start) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  const auto id = insert_call(start);
  if (!id) return id;
  if (auto done = transaction->commit(); !done) return done.error();
  return id;
}

base::Result<std::int64_t> Ledger::insert_call(const CallStart& start) {
  auto insert = database_.prepare(
      "INSERT INTO call (link, kind, number, modem, port, device, lock_dir, pid, start_ticks, boot_id, "
      "started_wall_ms, "
      "started_boot_ms, phase, updated_wall_ms, updated_boot_ms, account, currency, tariff) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  insert.with(start.link, start.kind, start.number, start.modem, start.port, start.device, start.lock_dir,
              start.process.pid, start.process.start_ticks, start.process.boot_id, start.started.wall_ms,
              start.started.boot_ms, word(Phase::idle), start.started.wall_ms, start.started.boot_ms, start.account,
              start.currency, start.tariff);
  if (auto done = insert.run(); !done) return done.error();
  const auto id = database_.last_id();
  if (auto done = add_phase(id, word(Phase::idle), start.started.boot_ms); !done) return done.error();
  return id;
}

base::Result<void> Ledger::change_phases(std::int64_t call, const std::vector<PhaseChange>& changes,
                                         const Octets& octets, const CallNews& news) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  if (news.number) {
    if (auto noted = note_number(call, *news.number); !noted) return noted;
  }
  if (news.connection) {
    if (auto noted = note_connection(call, *news.connection); !noted) return noted;
  }
  if (news.interface) {
    if (auto noted = note_interface(call, *news.interface); !noted) return noted;
  }
  if (news.modem) {
    if (auto noted = note_modem(call, *news.modem); !noted) return noted;
  }
  for (const auto& job : news.jobs) {
    if (auto added = add_job(call, job); !added) return added;
  }
  for (const auto& change : changes) {
    if (auto done = end_phase(call, change.at.boot_ms, change.trouble ? &*change.trouble : nullptr); !done) return done;
    if (auto done = add_phase(call, word(change.to), change.at.boot_ms); !done) return done;
    if (!change.number.empty()) {
      if (auto noted = note_number(call, change.number); !noted) return noted;
    }
    auto update = database_.prepare(
        "UPDATE call SET phase = ?, sent = ?, received = ?, updated_wall_ms = ?, updated_boot_ms = ? WHERE id = ?");
    update.with(word(change.to), octets.sent, octets.received, change.at.wall_ms, change.at.boot_ms, call);
    if (auto done = update.run(); !done) return done;
  }
  return transaction->commit();
}

base::Result<void> Ledger::add_phase(std::int64_t call, std::string_view name, std::int64_t at_boot_ms) {
  auto insert = database_.prepare(
      "INSERT INTO phase (call, seq, name, at_ms) SELECT c.id, (SELECT COUNT(*) FROM phase WHERE call = c.id), ?, "
      "? - c.started_boot_ms FROM call c WHERE c.id = ?");
  return insert.with(name, at_boot_ms, call).run();
}

base::Result<void> Ledger::end_phase(std::int64_t call, std::int64_t at_boot_ms, const modem::Trouble* trouble) {
  auto update = database_.prepare(
      "UPDATE phase SET took_ms = ? - (SELECT started_boot_ms FROM call WHERE id = ?) - at_ms, result = ?, retry = ?, "
      "reason = ? WHERE call = ? AND took_ms IS NULL");
  update.with(at_boot_ms, call, trouble ? "failed" : "ok", trouble ? modem::word(trouble->retry) : std::string_view(),
              trouble ? bounded(trouble->line()) : std::string(), call);
  return update.run();
}

// The number of the phase in hand, which is the call's from here on.
base::Result<void> Ledger::note_number(std::int64_t call, const std::string& number) {
  auto phase = database_.prepare("UPDATE phase SET number = ? WHERE call = ? AND took_ms IS NULL");
  if (auto done = phase.with(number, call).run(); !done) return done;
  auto update = database_.prepare("UPDATE call SET number = ? WHERE id = ?");
  return update.with(number, call).run();
}

base::Result<void> Ledger::note_connection(std::int64_t call, const ConnectionNote& note) {
  auto update = database_.prepare("UPDATE call SET connect = ?, speed = ? WHERE id = ?");
  const auto speed = note.speed ? std::optional<std::int64_t>(*note.speed) : std::nullopt;
  return update.with(bounded(note.connect), speed, call).run();
}

base::Result<void> Ledger::note_interface(std::int64_t call, const InterfaceNote& note) {
  auto update = database_.prepare("UPDATE call SET interface = ?, local_ip = ?, remote_ip = ? WHERE id = ?");
  return update.with(bounded(note.name), bounded(note.local_ip), bounded(note.remote_ip), call).run();
}

base::Result<void> Ledger::note_modem(std::int64_t call, const ModemNote& note) {
  auto update =
      database_.prepare("UPDATE call SET network = ?, operator = ?, signal = ?, modem_report = ? WHERE id = ?");
  update.with(bounded(note.network), bounded(note.carrier), bounded(note.signal), bounded(note.report), call);
  return update.run();
}

base::Result<void> Ledger::note_octets(std::int64_t call, const Octets& octets, const Moment& now) {
  auto update = database_.prepare(
      "UPDATE call SET sent = ?, received = ?, updated_wall_ms = ?, updated_boot_ms = ? WHERE id = ?");
  return update.with(octets.sent, octets.received, now.wall_ms, now.boot_ms, call).run();
}

base::Result<void> Ledger::add_job(std::int64_t call, const JobRecord& job) {
  auto insert = database_.prepare(
      "INSERT INTO job SELECT ?, (SELECT COUNT(*) FROM job WHERE call = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?");
  insert.with(call, call, job.job, job.route, job.exit, job.signal, job.accepted, job.refused, job.deferred, job.left,
              job.unknown, job.octets.sent, job.octets.received, job.took_ms, bounded(job.text));
  return insert.run();
}

base::Result<void> Ledger::end(std::int64_t call, const CallEnd& end, const std::optional<LinkState>& state) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  auto update = database_.prepare(
      "UPDATE call SET result = ?, retry = ?, reason = ?, exit = ?, ended_wall_ms = ?, ended_boot_ms = ?, "
      "on_hook_boot_ms = ? WHERE id = ? AND ended_wall_ms IS NULL");
  update.with(word(end.result), end.retry, bounded(end.reason), end.exit, end.at.wall_ms, end.at.boot_ms,
              end.on_hook_boot_ms, call);
  if (auto done = update.run(); !done) return done;
  // A session that died never said how its last phase ended.
  if (end.result != CallResult::died) {
    if (auto done = end_phase(call, end.at.boot_ms, nullptr); !done) return done;
  }
  if (state) {
    if (auto done = put_state(*state); !done) return done;
  }
  return transaction->commit();
}

base::Result<void> Ledger::set_state(const LinkState& state) { return put_state(state); }

base::Result<void> Ledger::put_state(const LinkState& state) {
  auto put = database_.prepare(
      "INSERT INTO link (name, failing, since_wall_ms, retry, reason, count) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT "
      "(name) DO UPDATE SET failing = excluded.failing, since_wall_ms = excluded.since_wall_ms, "
      "retry = excluded.retry, reason = excluded.reason, count = excluded.count");
  put.with(state.link, static_cast<int>(state.failing), state.since_wall_ms, state.retry, bounded(state.reason),
           state.count);
  return put.run();
}

base::Result<std::vector<Call>> Ledger::open_calls(const std::string& link) {
  auto select =
      database_.prepare(std::string(call_columns) + "WHERE ended_wall_ms IS NULL AND (? = '' OR link = ?) ORDER BY id");
  select.with(link, link);
  return read_calls(std::move(select));
}

base::Result<std::vector<Call>> Ledger::calls(const std::string& link, std::int64_t last) {
  auto select = database_.prepare(std::string(call_columns) + "WHERE (? = '' OR link = ?) ORDER BY id DESC LIMIT ?");
  select.with(link, link, last);
  return read_calls(std::move(select));
}

base::Result<std::vector<Call>> Ledger::unsettled_calls(const std::string& link) {
  auto select = database_.prepare(std::string(call_columns) +
                                  "WHERE cost_nano IS NULL AND tariff <> '' AND ended_wall_ms IS NOT NULL AND "
                                  "(? = '' OR link = ?) ORDER BY id");
  select.with(link, link);
  return read_calls(std::move(select));
}

base::Result<std::vector<Call>> Ledger::priced_calls(const std::string& link, std::int64_t from_wall_ms,
                                                     std::int64_t to_wall_ms) {
  auto select = database_.prepare(std::string(call_columns) +
                                  "WHERE tariff <> '' AND (? = '' OR link = ?) AND started_wall_ms >= ? AND "
                                  "started_wall_ms < ? ORDER BY id");
  select.with(link, link, from_wall_ms, to_wall_ms);
  return read_calls(std::move(select));
}

base::Result<std::optional<Call>> Ledger::last_ended(const std::string& link) {
  auto select = database_.prepare(std::string(call_columns) +
                                  "WHERE ended_wall_ms IS NOT NULL AND link = ? ORDER BY id DESC LIMIT 1");
  select.with(link);
  auto calls = read_calls(std::move(select));
  if (!calls) return calls.error();
  return calls->empty() ? std::optional<Call>() : std::optional(std::move(calls->front()));
}

base::Result<std::vector<Call>> Ledger::read_calls(Statement statement) {
  std::vector<Call> calls;
  for (;;) {
    const auto row = statement.step();
    if (!row) return row.error();
    if (!*row) break;
    calls.push_back(call_of(statement));
  }
  for (auto& call : calls) {
    if (auto done = read_phases(call); !done) return done.error();
    if (auto done = read_jobs(call); !done) return done.error();
  }
  return calls;
}

base::Result<void> Ledger::read_phases(Call& call) {
  auto select = database_.prepare(
      "SELECT name, at_ms, took_ms, result, retry, reason, number FROM phase WHERE call = ? ORDER BY seq");
  select.with(call.id);
  for (;;) {
    const auto row = select.step();
    if (!row) return row.error();
    if (!*row) return {};
    call.phases.push_back({select.text(0), select.integer(1), select.maybe(2), select.text(3), select.text(4),
                           select.text(5), select.text(6)});
  }
}

base::Result<void> Ledger::read_jobs(Call& call) {
  auto select = database_.prepare(
      "SELECT job, route, exit, signal, accepted, refused, deferred, left_over, unknown, sent, received, took_ms, text "
      "FROM job WHERE call = ? ORDER BY seq");
  select.with(call.id);
  for (;;) {
    const auto row = select.step();
    if (!row) return row.error();
    if (!*row) return {};
    JobRecord job;
    job.job = select.text(0);
    job.route = select.text(1);
    if (const auto exit = select.maybe(2)) job.exit = static_cast<int>(*exit);
    if (const auto signal = select.maybe(3)) job.signal = static_cast<int>(*signal);
    int i = 4;
    for (auto* number : {&job.accepted, &job.refused, &job.deferred, &job.left, &job.unknown, &job.octets.sent,
                         &job.octets.received}) {
      *number = static_cast<std::uint64_t>(select.integer(i++));
    }
    job.took_ms = select.integer(i++);
    job.text = select.text(i);
    call.jobs.push_back(std::move(job));
  }
}

base::Result<std::optional<std::int64_t>> Ledger::last_on_hook(const std::string& port, const std::string& boot_id) {
  auto select = database_.prepare("SELECT MAX(on_hook_boot_ms) FROM call WHERE port = ? AND boot_id = ?");
  const auto row = select.with(port, boot_id).step();
  if (!row) return row.error();
  return select.maybe(0);
}

}  // namespace pppctl
