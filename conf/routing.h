// Where a recipient belongs: qmail-send's rewriting (locals, virtualdomains), then our routes. Pure but for
// load_routing.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "conf/assign.h"
#include "conf/places.h"
#include "conf/routes.h"

namespace conf {

struct RoutingTable {
  std::string envnoathost;
  std::set<std::string, std::less<>> percenthack;                  // lower case
  std::set<std::string, std::less<>> locals;                       // lower case
  std::map<std::string, std::string, std::less<>> virtualdomains;  // key in lower case -> prepend
  Users users;
  Routes routes;
};

struct Local {
  std::string local;  // with virtualdomains' prepend, as in Delivered-To
  std::string domain;
  std::optional<Assignment> user;  // none: nobody of that name, 5.1.1
};
struct Spool {
  Route route;
};
struct Nowhere {};  // not ours and no route leads there: 5.4.4

struct Destination {
  std::string recipient;  // rewritten: what a report and a spool file name
  std::variant<Local, Spool, Nowhere> where;
};

Destination route_recipient(std::string_view recipient, const RoutingTable& table);

// Key in lower case -> prepend.
using VirtualDomains = std::map<std::string, std::string, std::less<>>;

// Pure: virtualdomains' lines "key:prepend"; a line without a colon is permanent, with file and line.
base::Result<VirtualDomains> parse_virtualdomains(std::string_view text, std::string_view file);
base::Result<VirtualDomains> load_virtualdomains(const Places& places);

// Reads control/{me,envnoathost,percenthack,locals,virtualdomains}, users/assign and routes.
base::Result<RoutingTable> load_routing(const Places& places);

}  // namespace conf
