// What pppd is told of a link; and the connect script of a pppd that dials itself: our modem's care on the line that
// pppd has opened.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "conf/places.h"
#include "modem/result_code.h"
#include "pppctl/moment.h"
#include "pppctl/plan.h"
#include "pppctl/ppp/pppd_options.h"

namespace pppctl {

struct ConnectDial {
  std::string phone;
  Moment at;
  std::optional<modem::Trouble> trouble;  // none: it is connected
};

// What the script leaves for the session, because pppd passes on no more than that it failed.
struct ConnectReport {
  std::vector<ConnectDial> dials;
  std::string connect;  // the CONNECT line
  std::optional<unsigned> speed;
  std::optional<modem::Trouble> trouble;  // the last dial's, or of what kept from one
};
std::string report_text(const ConnectReport& report);
std::optional<ConnectReport> parse_connect_report(std::string_view text);

// What the session leaves in its place for the script: the numbers that this call may dial. No such text: none, which
// is all of the link's.
std::string dial_order_text(const std::vector<std::string>& phones);
std::vector<std::string> parse_dial_order(std::string_view text);

inline constexpr std::size_t max_connect_report_bytes = 16384;
std::string connect_report_file(const conf::Places& places, const std::string& link);
base::Result<void> write_connect_file(const conf::Places& places, const std::string& link, const std::string& text);

// What pppd is given for a call of the link.
ppp::LinkOptions pppd_options(const CallPlan& plan);

// pppctl setup LINK --peers: writes that for pppd, and prints where. folder: empty: pppd's own.
base::Result<int> write_peers(const std::string& link, const std::string& folder, const conf::Places& places);

// Dials on descriptor 0 and leaves the line as it is: up. Exit status 0, or 1 behind a report.
base::Result<int> run_connect(const std::string& link, const conf::Places& places);

}  // namespace pppctl
