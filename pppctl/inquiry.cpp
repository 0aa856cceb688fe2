#include "pppctl/inquiry.h"

#include <algorithm>
#include <set>

#include "base/io.h"
#include "base/log.h"
#include "base/run.h"
#include "base/stop_signals.h"
#include "conf/named_file.h"
#include "pppctl/ledger.h"
#include "pppctl/listing.h"
#include "pppctl/print.h"
#include "pppctl/recover.h"

namespace pppctl {
namespace {

// The links that are configured or have been called.
base::Result<std::vector<std::string>> known_links(Ledger* ledger, const conf::Places& places) {
  auto names = conf::names_in(places.links_dir(), ".toml");
  if (!names) return names.error();
  std::set<std::string> all(names->begin(), names->end());
  if (ledger) {
    const auto states = ledger->states();
    if (!states) return states.error();
    for (const auto& state : *states) all.insert(state.link);
  }
  return std::vector<std::string>(all.begin(), all.end());
}

base::Result<void> check_known(Ledger* ledger, const conf::Places& places, const std::string& link) {
  if (link.empty()) return {};
  const auto links = known_links(ledger, places);
  if (!links) return links.error();
  if (std::find(links->begin(), links->end(), link) != links->end()) return {};
  const auto file = conf::named_file(places.links_dir(), link, "link");
  return file ? base::Result<void>() : file.error();
}

base::Result<LinkStatus> status_of(Ledger& ledger, const std::string& link) {
  LinkStatus status{link, {}, {}, {}};
  auto state = ledger.state(link);
  if (!state) return state.error();
  status.state = std::move(*state);
  auto open = ledger.open_calls(link);
  if (!open) return open.error();
  for (auto& call : *open) {
    if (is_alive(call.start.process)) status.running = std::move(call);
  }
  auto last = ledger.last_ended(link);
  if (!last) return last.error();
  status.last = std::move(*last);
  return status;
}

}  // namespace

base::Result<int> show_status(const Options& options, const conf::Places& places) {
  auto ledger = Ledger::open_existing(places.ledger_file());
  if (!ledger) return ledger.error();
  Ledger* const book = *ledger ? &**ledger : nullptr;
  if (auto known = check_known(book, places, options.link); !known) return known.error();
  auto links = known_links(book, places);
  if (!links) return links.error();
  if (!options.link.empty()) links = std::vector<std::string>{options.link};
  std::vector<LinkStatus> all;
  for (const auto& link : *links) {
    auto status = book ? status_of(*book, link) : base::Result<LinkStatus>(LinkStatus{link, {}, {}, {}});
    if (!status) return status.error();
    all.push_back(std::move(*status));
  }
  if (auto printed = print(options.json ? status_json(all) : status_text(all)); !printed) return printed.error();
  return 0;
}

base::Result<int> show_history(const Options& options, const conf::Places& places) {
  auto ledger = Ledger::open_existing(places.ledger_file());
  if (!ledger) return ledger.error();
  Ledger* const book = *ledger ? &**ledger : nullptr;
  if (auto known = check_known(book, places, options.link); !known) return known.error();
  std::vector<Call> calls;
  if (book) {
    auto found = book->calls(options.link, options.last);
    if (!found) return found.error();
    calls = std::move(*found);
  }
  if (auto printed = print(options.json ? history_json(calls) : history_text(calls)); !printed) return printed.error();
  return 0;
}

base::Result<int> run_recover(const Options& options, const conf::Places& places) {
  auto stop = base::StopSignals::watch();
  if (!stop) return stop.error();
  auto ledger = Ledger::open_existing(places.ledger_file());
  if (!ledger) return ledger.error();
  if (!*ledger) return 0;
  const auto recoveries = recover_calls(**ledger, places, options.link, *stop);
  if (!recoveries) return recoveries.error();
  std::string text;
  bool all_done = true;
  for (const auto& recovery : *recoveries) {
    text += base::escape(recovery.line) + "\n";
    all_done = all_done && recovery.done;
  }
  if (auto printed = print(text); !printed) return printed.error();
  return all_done ? 0 : base::exit_temporary;
}

}  // namespace pppctl
