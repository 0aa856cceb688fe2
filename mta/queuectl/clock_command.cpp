#include "mta/queuectl/clock_command.h"

#include <fcntl.h>
#include <sys/file.h>

#include <iostream>
#include <set>

#include "base/io.h"
#include "conf/routes.h"
#include "mta/mail/netstring.h"
#include "mta/qmgr/clock_keeper.h"
#include "mta/queue/qmgr_client.h"

namespace mta {
namespace {

constexpr std::size_t max_answer_bytes = 4096;
constexpr std::chrono::seconds answer_time{30};

void show(std::string_view what, std::string_view state) { std::cout << what << ": " << state << '\n'; }

base::Result<std::string> ask(const base::Fd& qmgr, ClockCommand command) {
  const auto within = base::Deadline::after(answer_time);
  const auto request = mail::netstring(command == ClockCommand::show ? "clock 1" : "confirm-clock 1");
  if (auto sent = base::write_all(qmgr, request, within); !sent) return sent.error();
  auto answer = read_netstring(qmgr, max_answer_bytes, within);
  if (!answer) return answer.error();
  if (answer->empty() || answer->front() != 'K') return base::permanent("the queue manager refuses: " + *answer);
  return answer->substr(1);
}

base::Result<void> settle(const std::string& what, const std::string& folder, ClockCommand command) {
  auto keeper = ClockKeeper::open(folder);
  if (!keeper) return keeper.error();
  keeper->observe();
  if (command == ClockCommand::confirm) {
    if (auto confirmed = keeper->confirm(); !confirmed) return confirmed;
  }
  show(what, describe_clock(keeper->floor()));
  return {};
}

// The queue manager keeps its clock in memory: while it runs, only it may change the file.
base::Result<void> queue_clock(const conf::Places& places, ClockCommand command) {
  const auto qmgr = connect_qmgr(places);
  if (!qmgr) return settle("queue", places.state, command);
  const auto state = ask(*qmgr, command);
  if (!state) return state.error();
  show("queue", *state);
  return {};
}

base::Result<void> spool_clock(const conf::Route& route, ClockCommand command) {
  const std::string folder = route.spool + "/.offhook";
  const std::string what = "spool " + route.spool_name;
  const auto lock = base::open_file(folder + "/lock", O_RDWR);
  if (!lock) {
    if (lock.error().error != ENOENT) return lock.error();
    show(what, "never flushed");
    return {};
  }
  if (command == ClockCommand::confirm && ::flock(lock->get(), LOCK_EX | LOCK_NB) < 0) {
    return base::system_failure(what + " is being flushed; confirm again when that is over");
  }
  return settle(what, folder, command);
}

}  // namespace

base::Result<void> run_clock_command(const conf::Places& places, ClockCommand command) {
  const auto routes = conf::load_routes(places);
  if (!routes) return routes.error();
  auto result = queue_clock(places, command);
  std::set<std::string> seen;
  for (const auto& route : routes->all()) {
    if (!seen.insert(route.spool).second) continue;
    if (auto settled = spool_clock(route, command); !settled) result = settled;
  }
  return result;
}

}  // namespace mta
