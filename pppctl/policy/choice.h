// Which link is called for what waits, and what waits for a better one. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pppctl/policy/decision.h"

namespace pppctl::policy {

// One link's question and the answer to it.
struct Candidate {
  std::string link;
  std::vector<std::string> routes;  // that it serves
  conf::LinkPolicy policy;
  std::int64_t cost_nano = 0;  // of a call that is made now, at least
  Decision decision;
  WallTime decided_at{};
};

struct RouteMail {
  std::string route;
  std::vector<Letter> letters;
};

// What is said of a route: by which link its mail goes, or for what it waits.
struct RouteLine {
  std::string route;
  std::string text;
};

// The links that are to be called now, the cheapest first; each for mail that no cheaper one of them carries, or for a
// reason that is not mail.
std::vector<std::string> calls_of(const std::vector<Candidate>& candidates, const std::vector<RouteMail>& mail);

// For each route with mail, a line a link that some of it goes by or waits for. zone: by whose clocks times are said.
std::vector<RouteLine> waiting_lines(const std::vector<Candidate>& candidates, const std::vector<RouteMail>& mail,
                                     const base::TimeZone& zone);

}  // namespace pppctl::policy
