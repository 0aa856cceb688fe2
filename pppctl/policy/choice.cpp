#include "pppctl/policy/choice.h"

#include <time.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/quantity_text.h"

namespace pppctl::policy {
namespace {

using Order = std::vector<const Candidate*>;

// Of the same cost, the one whose name comes first: always the same one.
Order cheapest_first(const std::vector<Candidate>& candidates) {
  Order order;
  for (const auto& candidate : candidates) order.push_back(&candidate);
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return a->cost_nano != b->cost_nano ? a->cost_nano < b->cost_nano : a->link < b->link;
  });
  return order;
}

bool serves(const Candidate& candidate, const std::string& route) {
  return std::find(candidate.routes.begin(), candidate.routes.end(), route) != candidate.routes.end();
}

bool may_go_by(const Candidate& candidate, const std::string& route, const Letter& letter) {
  return serves(candidate, route) && may_carry(candidate.policy, letter);
}

// The cheapest that goes now; else the cheapest that can carry it at all; none: no link can.
const Candidate* carrier(const Order& order, const std::string& route, const Letter& letter) {
  const Candidate* later = nullptr;
  for (const auto* candidate : order) {
    if (!may_go_by(*candidate, route, letter)) continue;
    if (goes_now(candidate->decision)) return candidate;
    if (later == nullptr || (later->decision.act == Act::stopped && candidate->decision.act != Act::stopped))
      later = candidate;
  }
  return later;
}

std::string time_text(const base::TimeZone& zone, WallTime at) {
  const auto civil = zone.local(std::chrono::ceil<std::chrono::seconds>(at)).civil;
  const auto shown = static_cast<time_t>(civil.time_since_epoch().count());
  tm parts{};
  ::gmtime_r(&shown, &parts);
  std::array<char, 32> text{};
  return {text.data(), ::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M", &parts)};
}

struct Share {
  std::uint64_t messages = 0;
  std::uint64_t octets = 0;
};

std::string line_text(const Candidate* candidate, const Share& share, const base::TimeZone& zone) {
  std::string text = std::to_string(share.messages) + (share.messages == 1 ? " message, " : " messages, ") +
                     base::octets_text(share.octets) + ": ";
  if (candidate == nullptr) return text + "no link may carry it";
  const auto& decision = candidate->decision;
  if (decision.act == Act::call) return text + "goes by " + candidate->link + " now";
  text += "waits for " + candidate->link;
  if (decision.until) text += " until " + time_text(zone, *decision.until);
  return text + " (" + decision.reason + ")";
}

}  // namespace

std::vector<std::string> calls_of(const std::vector<Candidate>& candidates, const std::vector<RouteMail>& mail) {
  const auto order = cheapest_first(candidates);
  std::vector<std::string> calls;
  for (const auto* candidate : order) {
    if (candidate->decision.act != Act::call) continue;
    const bool has_own_mail = std::any_of(mail.begin(), mail.end(), [&](const RouteMail& route) {
      return std::any_of(route.letters.begin(), route.letters.end(), [&](const Letter& letter) {
        return !letter.is_automatic && carrier(order, route.route, letter) == candidate;
      });
    });
    if (has_own_mail || candidate->decision.why != Why::mail) calls.push_back(candidate->link);
  }
  return calls;
}

std::vector<RouteLine> waiting_lines(const std::vector<Candidate>& candidates, const std::vector<RouteMail>& mail,
                                     const base::TimeZone& zone) {
  const auto order = cheapest_first(candidates);
  std::vector<RouteLine> lines;
  for (const auto& route : mail) {
    std::map<const Candidate*, Share> shares;
    for (const auto& letter : route.letters) {
      auto& share = shares[carrier(order, route.route, letter)];
      ++share.messages;
      share.octets += letter.octets;
    }
    for (const auto* candidate : order) {
      if (const auto share = shares.find(candidate); share != shares.end()) {
        lines.push_back({route.route, line_text(candidate, share->second, zone)});
      }
    }
    if (const auto share = shares.find(nullptr); share != shares.end()) {
      lines.push_back({route.route, line_text(nullptr, share->second, zone)});
    }
  }
  return lines;
}

}  // namespace pppctl::policy
