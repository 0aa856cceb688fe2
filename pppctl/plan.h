// What a session of a link is going to do, read from the configuration before anything is touched.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "chat/script.h"
#include "conf/link.h"
#include "conf/modem.h"
#include "conf/places.h"
#include "conf/routes.h"
#include "pppctl/ppp/standing_line.h"

namespace pppctl {

struct CallJob {
  conf::Job job = conf::Job::flush;
  std::string route;  // as the link names it; of a flush alone, as what follows
  std::string spool;
  std::string prefix;
  // Whom mail goes to over a network; over a line it is who answers.
  std::string relay{};       // relays/NAME.toml; empty: the host
  std::string relay_host{};  // empty: none is named
  std::uint16_t relay_port = conf::smtp_port;
};

struct CallPlan {
  conf::LinkProfile link;
  conf::ModemProfile modem;                // the one that is used
  std::vector<conf::ModemProfile> modems;  // all of the link's
  std::optional<chat::Script> script;
  std::optional<ppp::StandingLine> standing;  // brought up by others: nothing is dialled
  std::vector<CallJob> jobs;
  std::string helo_name;
  std::uint64_t lifetime_seconds = 0;
  std::optional<std::chrono::seconds> max_time;  // of each flush
};

// Whatever this version cannot do is a permanent failure here, before a call. jobs: in place
// of the profile's, unless there are none.
base::Result<CallPlan> load_plan(const conf::Places& places, const std::string& link,
                                 const std::vector<conf::Job>& jobs = {});

std::string word(conf::LinkKind kind);
std::string word(conf::Job job);

// pppctl's own modem: not where pppd dials, or programs bring the link up.
bool dials(const conf::LinkProfile& link);
// Of several modems the first that nobody has; the first, if all are in use.
void choose_modem(CallPlan& plan);

struct Waiting {
  std::uint64_t messages = 0;
  std::uint64_t octets = 0;
  std::optional<std::int64_t> oldest_wall_ms;  // none: no message
};
// The messages of a spool; one that is not there holds none.
base::Result<Waiting> waiting_mail(const std::string& spool);

// maildirserial's options for what of the mail goes by this link now.
std::vector<std::string> flush_bounds(const CallPlan& plan);

// maildirserial with serialsmtp behind it, which has the line as its descriptors 6 and 7. Pure.
std::vector<std::string> flush_command(const CallJob& job, const CallPlan& plan, const std::string& maildirserial,
                                       const std::string& serialsmtp, int report_descriptor);
// The same over a network, by maildirsmtp or maildirqmtp; program gives the path of one of ours. Pure but for that.
std::vector<std::string> network_flush_command(const CallJob& job, const CallPlan& plan,
                                               const std::function<std::string(const std::string&)>& program,
                                               int report_descriptor, int line_descriptor);

}  // namespace pppctl
