#include "pppctl/call_record.h"

#include "base/bug.h"

namespace pppctl {

std::string_view word(Phase phase) {
  switch (phase) {
    case Phase::idle:
      return "idle";
    case Phase::locked:
      return "locked";
    case Phase::port_open:
      return "port_open";
    case Phase::modem_ready:
      return "modem_ready";
    case Phase::dialling:
      return "dialling";
    case Phase::connected:
      return "connected";
    case Phase::ppp_up:
      return "ppp_up";
    case Phase::jobs:
      return "jobs";
    case Phase::draining:
      return "draining";
    case Phase::hanging_up:
      return "hanging_up";
  }
  base::bug("Phase: bad value");
}

std::string_view word(CallResult result) {
  switch (result) {
    case CallResult::open:
      return "open";
    case CallResult::ok:
      return "ok";
    case CallResult::mail_left:
      return "mail_left";
    case CallResult::failed:
      return "failed";
    case CallResult::stopped:
      return "stopped";
    case CallResult::budget_reached:
      return "budget_reached";
    case CallResult::died:
      return "died";
  }
  base::bug("CallResult: bad value");
}

}  // namespace pppctl
