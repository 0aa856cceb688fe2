#include "pppctl/inquiry.h"

#include <langinfo.h>
#include <locale.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/io.h"
#include "base/log.h"
#include "base/run.h"
#include "base/stop_signals.h"
#include "conf/link.h"
#include "conf/named_file.h"
#include "pppctl/chart.h"
#include "pppctl/ledger.h"
#include "pppctl/listing.h"
#include "pppctl/plan.h"
#include "pppctl/print.h"
#include "pppctl/question.h"
#include "pppctl/recover.h"

namespace pppctl {
namespace {

constexpr std::chrono::milliseconds watch_pause{1000};
constexpr std::chrono::seconds decide_pause{10};  // a look into the spools takes a process each
constexpr std::size_t usual_width = 80;
constexpr std::string_view clear_screen = "\x1b[H\x1b[J";  // ECMA-48: home, erase what follows

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

// Of each spool of the link once; of a link whose configuration is at fault, nothing is known.
std::vector<RouteWaiting> waiting_of(const conf::Places& places, const std::string& link) {
  std::vector<RouteWaiting> all;
  const auto plan = load_plan(places, link);
  if (!plan) return all;
  for (const auto& job : plan->jobs) {
    const auto is_same = [&](const RouteWaiting& route) { return route.route == job.route; };
    if (job.spool.empty() || std::any_of(all.begin(), all.end(), is_same)) continue;
    if (const auto waiting = waiting_mail(job.spool))
      all.push_back({job.route, waiting->messages, waiting->octets, waiting->oldest_wall_ms});
  }
  return all;
}

// None: standard output is no terminal.
std::optional<std::size_t> terminal_width() {
  winsize size{};
  if (::isatty(STDOUT_FILENO) == 0) return {};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : usual_width;
}

Charset charset() {
  const auto locale = ::newlocale(LC_CTYPE_MASK, "", nullptr);
  if (!locale) return Charset::ascii;
  const bool is_utf8 = std::string_view(::nl_langinfo_l(CODESET, locale)) == "UTF-8";
  ::freelocale(locale);
  return is_utf8 ? Charset::utf8 : Charset::ascii;
}

// What is decided of each link: nothing of one whose profile is at fault, and of none without a ledger, which the first
// session begins.
class Decisions {
 public:
  Decisions(const conf::Places& places, base::StopSignals& stop) : places_(places), stop_(stop) {}

  void look(Ledger& ledger, const std::vector<std::string>& links) {
    if (!fresh_until_.passed()) return;
    fresh_until_ = base::Deadline::after(decide_pause);
    decisions_.clear();
    RouteMail mail(places_, stop_);
    for (const auto& name : links) {
      const auto link = conf::load_link(places_, name);
      if (!link) continue;
      const auto question = question_of(ledger, places_, *link, policy::Asked::by_itself, mail);
      if (question) decisions_.emplace(name, policy::decide(*question));
    }
  }

  [[nodiscard]] std::optional<policy::Decision> of(const std::string& link) const {
    const auto found = decisions_.find(link);
    return found == decisions_.end() ? std::optional<policy::Decision>() : found->second;
  }

 private:
  const conf::Places& places_;
  base::StopSignals& stop_;
  base::Deadline fresh_until_ = base::Deadline::after(std::chrono::milliseconds(0));
  std::map<std::string, policy::Decision> decisions_;
};

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

base::Result<std::vector<LinkStatus>> read_status(const Options& options, const conf::Places& places,
                                                  Decisions& decisions) {
  auto ledger = Ledger::open_existing(places.ledger_file());
  if (!ledger) return ledger.error();
  Ledger* const book = *ledger ? &**ledger : nullptr;
  if (auto known = check_known(book, places, options.link); !known) return known.error();
  auto links = known_links(book, places);
  if (!links) return links.error();
  if (!options.link.empty()) links = std::vector<std::string>{options.link};
  if (book) decisions.look(*book, *links);
  std::vector<LinkStatus> all;
  for (const auto& link : *links) {
    auto status = book ? status_of(*book, link) : base::Result<LinkStatus>(LinkStatus{link, {}, {}, {}});
    if (!status) return status.error();
    status->waiting = waiting_of(places, link);
    status->next = decisions.of(link);
    all.push_back(std::move(*status));
  }
  return all;
}

// Until a signal comes; what stood there before is written over.
base::Result<int> watch_status(const Options& options, const conf::Places& places, Decisions& decisions,
                               base::StopSignals& stop) {
  if (::isatty(STDOUT_FILENO) == 0) return base::permanent("--watch: standard output is no terminal");
  for (;;) {
    const auto all = read_status(options, places, decisions);
    if (!all) return all.error();
    if (auto printed = print(std::string(clear_screen) + status_text(*all)); !printed) return printed.error();
    if (const auto rested = base::pause(base::Deadline::after(watch_pause), &stop); !rested) {
      if (rested.error().error == EINTR) return 0;
      return rested.error();
    }
  }
}

}  // namespace

base::Result<int> show_status(const Options& options, const conf::Places& places) {
  auto stop = base::StopSignals::watch();
  if (!stop) return stop.error();
  Decisions decisions(places, *stop);
  if (options.watch) return watch_status(options, places, decisions, *stop);
  const auto all = read_status(options, places, decisions);
  if (!all) return all.error();
  if (auto printed = print(options.json ? status_json(*all) : status_text(*all)); !printed) return printed.error();
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
  std::string text = options.json ? history_json(calls) : history_text(calls);
  if (const auto width = terminal_width(); width && !options.json) text += chart_text(calls, *width, charset());
  if (auto printed = print(text); !printed) return printed.error();
  return 0;
}

base::Result<int> run_recover(const Options& options, const conf::Places& places) {
  auto stop = base::StopSignals::watch();
  if (!stop) return stop.error();
  auto ledger = Ledger::open_existing(places.ledger_file());
  if (!ledger) return ledger.error();
  if (!*ledger) return 0;
  auto recoveries = recover_calls(**ledger, places, options.link, *stop);
  if (!recoveries) return recoveries.error();
  const auto settled = settle_calls(**ledger, places, options.link);
  if (!settled) return settled.error();
  recoveries->insert(recoveries->end(), settled->begin(), settled->end());
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
