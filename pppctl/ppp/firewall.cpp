#include "pppctl/ppp/firewall.h"

#include <algorithm>

namespace pppctl::ppp {
namespace {

bool is_plain(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

std::string ports_of(const std::set<Service>& services, Transport transport) {
  std::string ports;
  for (const auto& [kind, port] : services) {
    if (kind == transport) ports += (ports.empty() ? "" : ", ") + std::to_string(port);
  }
  return ports;
}

// A table that is not there cannot be deleted: it is made first.
std::string without_table(const std::string& table) {
  return "table inet " + table + " {}\ndelete table inet " + table + "\n";
}

}  // namespace

std::string firewall_table(const std::string& link) {
  std::string table = "offhook_";
  for (const char c : link) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto octet = static_cast<unsigned char>(c);
    // '_' too, or two links could have one table.
    if (is_plain(c) && c != '_') {
      table += c;
    } else {
      table += {'_', digits[octet / 16], digits[octet % 16]};
    }
  }
  return table;
}

std::string firewall_rules(const std::string& link, const std::string& interface, const std::set<Service>& services) {
  const auto table = firewall_table(link);
  const auto name = "\"" + interface + "\"";
  auto all = services;
  all.insert({Transport::udp, domain_port});
  all.insert({Transport::tcp, domain_port});
  return without_table(table) + "table inet " + table +
         " {\n"
         "  chain output {\n"
         "    type filter hook output priority 0; policy accept;\n"
         "    oifname != " +
         name +
         " accept\n"
         "    ct state established,related accept\n"
         "    tcp dport { " +
         ports_of(all, Transport::tcp) +
         " } accept\n"
         "    udp dport { " +
         ports_of(all, Transport::udp) +
         " } accept\n"
         "    counter drop\n"
         "  }\n"
         "  chain input {\n"
         "    type filter hook input priority 0; policy accept;\n"
         "    iifname != " +
         name +
         " accept\n"
         "    ct state established,related accept\n"
         "    counter drop\n"
         "  }\n"
         "  chain forward {\n"
         "    type filter hook forward priority 0; policy accept;\n"
         "    oifname " +
         name + " counter drop\n    iifname " + name +
         " counter drop\n"
         "  }\n"
         "}\n";
}

std::string firewall_removal(const std::string& link) { return without_table(firewall_table(link)); }

}  // namespace pppctl::ppp
