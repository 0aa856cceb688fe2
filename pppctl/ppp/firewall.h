// The nftables rules of a paid interface: what the jobs need goes over it, and nothing else. Pure.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>

namespace pppctl::ppp {

enum class Transport { tcp, udp };
using Service = std::pair<Transport, std::uint16_t>;

// Names are always asked for: by the jobs and for them.
inline constexpr std::uint16_t domain_port = 53;

// "offhook_LINK": of a link's own, so that taking it away touches nothing else.
std::string firewall_table(const std::string& link);

// A script for `nft -f -`: the table as a whole in place of one that is there, or not at all.
std::string firewall_rules(const std::string& link, const std::string& interface, const std::set<Service>& services);
std::string firewall_removal(const std::string& link);

}  // namespace pppctl::ppp
