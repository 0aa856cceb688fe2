// The ledger of calls: SQLite, a row a call, and a row a link for its state. Every change is one short transaction and
// on disk when the function returns. What stands there is what a call that died is closed from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pppctl/call_record.h"
#include "pppctl/money/caps.h"
#include "pppctl/purse.h"
#include "pppctl/sqlite.h"

namespace pppctl {

// From one phase to the next.
struct PhaseChange {
  Phase to = Phase::idle;
  Moment at;
  std::optional<modem::Trouble> trouble;  // how the phase before ended; none: well
  std::string number{};                   // that is dialled in it
};

// A call that may begin has an id; one that may not has left nothing in the ledger but the reason here.
struct Begun {
  std::int64_t id = 0;
  std::optional<std::string> refused;
};

// What a call would cost that is made now, and why it may not be made.
struct Quote {
  money::Cost cost;
  std::optional<money::Breach> refused;
};

struct PastMoment {
  Moment at;
  std::string boot_id;
};

// What later calls hang on.
struct PastCall {
  PastMoment started, ended;  // one that goes on: as it was last heard of
};

struct PastDial {
  PastMoment at;
  std::string number;  // empty: it counts for none, or the link was cleared since
  std::string result;  // the call's, or of the dial alone where the call went on with another
};

class Ledger {
 public:
  // Made if it is not there; one of an older form is brought to this one. One that is damaged, or newer than this
  // program, is refused.
  static base::Result<Ledger> open(const std::string& path);
  // Empty: no ledger yet.
  static base::Result<std::optional<Ledger>> open_existing(const std::string& path);

  // A new row, in phase idle.
  base::Result<std::int64_t> begin(const CallStart& start);
  // The same for a call that costs money, with the look at the caps and the reservation in one transaction.
  base::Result<Begun> begin(const CallStart& start, const Reservation& reservation);
  // For the whole call so far, before it costs that; a text: the caps do not allow it, and nothing has changed.
  base::Result<std::optional<std::string>> reserve(std::int64_t call, const Moment& started,
                                                   const Reservation& reservation);
  // Nothing is reserved by it.
  base::Result<Quote> quote(const Moment& now, const Reservation& reservation);
  // What it has cost, for ever; nothing billed: nothing.
  base::Result<money::Cost> settle(std::int64_t call, const Purse& purse, const std::optional<money::Billed>& billed);
  // The newest time that stands in the ledger; 0 with none.
  base::Result<std::int64_t> newest_wall_ms();
  // And what became known meanwhile, in one transaction: each costs syncs, and the line is up and paid for.
  base::Result<void> change_phases(std::int64_t call, const std::vector<PhaseChange>& changes, const Octets& octets,
                                   const CallNews& news = {});
  base::Result<void> note_octets(std::int64_t call, const Octets& octets, const Moment& now);
  // Closes the row, and the link's state with it.
  base::Result<void> end(std::int64_t call, const CallEnd& end, const std::optional<LinkState>& state);
  base::Result<void> set_state(const LinkState& state);
  // By a person: what has failed so far counts no more, neither for the link nor for its numbers.
  base::Result<void> clear(const std::string& link, std::int64_t wall_ms);

  base::Result<std::optional<LinkState>> state(const std::string& link);
  base::Result<std::vector<LinkState>> states();
  // Rows that are not closed, the oldest first; no link: of all.
  base::Result<std::vector<Call>> open_calls(const std::string& link);
  // The newest first; no link: of all.
  base::Result<std::vector<Call>> calls(const std::string& link, std::int64_t last);
  // Those with a tariff that began from `from` on and before `to`, the oldest first; no link: of all.
  // Ended, with a tariff, and not settled; of one link or (empty) of all.
  base::Result<std::vector<Call>> unsettled_calls(const std::string& link);
  base::Result<std::vector<Call>> priced_calls(const std::string& link, std::int64_t from_wall_ms,
                                               std::int64_t to_wall_ms);
  // The newest that has ended.
  base::Result<std::optional<Call>> last_ended(const std::string& link);
  // The newest dials of the link, the newest first.
  base::Result<std::vector<PastDial>> dials(const std::string& link, std::int64_t most);
  // The newest call of the link, whether it has ended or not.
  base::Result<std::optional<PastCall>> past_call(const std::string& link);
  // When the port's line was taken down last, on the clock of this boot.
  base::Result<std::optional<std::int64_t>> last_on_hook(const std::string& port, const std::string& boot_id);

 private:
  explicit Ledger(Database database) : database_(std::move(database)) {}
  base::Result<void> set_up();
  base::Result<void> bring_to_form();
  base::Result<void> look_through_once();
  base::Result<void> look_through();
  base::Result<std::int64_t> insert_call(const CallStart& start);
  base::Result<void> add_phase(std::int64_t call, std::string_view name, std::int64_t at_boot_ms);
  base::Result<void> note_number(std::int64_t call, const std::string& number);
  base::Result<void> end_phase(std::int64_t call, std::int64_t at_boot_ms, const modem::Trouble* trouble);
  base::Result<void> note_connection(std::int64_t call, const ConnectionNote& note);
  base::Result<void> note_interface(std::int64_t call, const InterfaceNote& note);
  base::Result<void> note_modem(std::int64_t call, const ModemNote& note);
  base::Result<void> add_job(std::int64_t call, const JobRecord& job);
  base::Result<void> put_state(const LinkState& state);
  base::Result<std::vector<Call>> read_calls(Statement statement);
  base::Result<void> read_phases(Call& call);
  base::Result<void> read_jobs(Call& call);

  Database database_;
};

}  // namespace pppctl
