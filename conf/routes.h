// config/routes: which spool mail for a domain waits in. One route a line: DOMAIN SPOOL PREFIX [RELAY].
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "conf/places.h"

namespace conf {

inline constexpr std::uint16_t smtp_port = 25;  // RFC 5321 §4.5.4.2

struct Route {
  std::string pattern;     // a domain, ".suffix" for its subdomains, or "*"; lower case
  std::string spool;       // the maildir, absolute
  std::string spool_name;  // as written in the file: a name or an absolute path
  std::string prefix;      // what stands before the recipient in Delivered-To; may be empty
  std::string relay_host;  // empty: none named
  std::uint16_t relay_port = smtp_port;
  std::string relay;     // relays/NAME.toml in place of host and port; empty: none named
  std::size_t line = 0;  // of the file
};

class Routes {
 public:
  // Pure. A fault is permanent: file, line and what is wrong. spool_root: where spools that are names stand.
  static base::Result<Routes> parse(std::string_view text, std::string_view file, std::string_view spool_root);

  // Exact domain, then .suffix from the longest to the shortest, then *; case ignored. None: no route.
  [[nodiscard]] const Route* find(std::string_view domain) const;
  [[nodiscard]] const std::vector<Route>& all() const { return routes_; }  // in the order of the file

 private:
  std::vector<Route> routes_;
  std::map<std::string, std::size_t, std::less<>> by_pattern_;
};

inline base::Result<Routes> parse_routes(std::string_view text, std::string_view file, std::string_view spool_root) {
  return Routes::parse(text, file, spool_root);
}

// A missing file is a file without routes.
base::Result<Routes> load_routes(const Places& places);

}  // namespace conf
