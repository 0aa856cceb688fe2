// What a session of a link is going to do, read from the configuration before anything is touched.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "chat/script.h"
#include "conf/link.h"
#include "conf/modem.h"
#include "conf/places.h"

namespace pppctl {

struct FlushJob {
  std::string route;  // as the link names it
  std::string spool;
  std::string prefix;
};

struct CallPlan {
  conf::LinkProfile link;
  conf::ModemProfile modem;
  std::optional<chat::Script> script;
  std::vector<FlushJob> jobs;
  std::string helo_name;
  std::uint64_t lifetime_seconds = 0;
};

// Whatever this version cannot do is a permanent failure here, before a call.
base::Result<CallPlan> load_plan(const conf::Places& places, const std::string& link);

struct Waiting {
  std::uint64_t messages = 0;
  std::uint64_t octets = 0;
};
// The messages of a spool; one that is not there holds none.
base::Result<Waiting> waiting_mail(const std::string& spool);

// maildirserial with serialsmtp behind it, which has the line as its descriptors 6 and 7. Pure.
std::vector<std::string> flush_command(const FlushJob& job, const CallPlan& plan, const std::string& maildirserial,
                                       const std::string& serialsmtp, int report_descriptor);

}  // namespace pppctl
