#include "conf/port_name.h"

#include <charconv>
#include <optional>

namespace conf {
namespace {

constexpr std::string_view descriptor_prefix = "fd:";
constexpr std::string_view tcp_prefix = "tcp:";
constexpr std::string_view rfc2217_prefix = "rfc2217:";
constexpr std::size_t max_host_bytes = 253;  // RFC 1035 §2.3.4, without the last dot
constexpr unsigned max_tcp_port = 65535;

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool is_host(std::string_view host) {
  if (host.empty() || host.size() > max_host_bytes) return false;
  const bool in_brackets = host.front() == '[' && host.back() == ']' && host.size() > 2;
  if (in_brackets) host = host.substr(1, host.size() - 2);
  return host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-_" + std::string(in_brackets ? ":%" : "")) ==
         std::string_view::npos;
}

base::Result<PortName> parse_server(PortKind kind, std::string_view prefix, std::string_view rest) {
  PortName name{.kind = kind};
  const auto colon = rest.rfind(':');
  if (colon != std::string_view::npos) {
    name.tcp_port = whole_number<unsigned>(rest.substr(colon + 1)).value_or(0);
    name.host = rest.substr(0, colon);
  }
  for (char& c : name.host) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (!is_host(name.host) || name.tcp_port == 0 || name.tcp_port > max_tcp_port)
    return base::permanent("names no server; write " + std::string(prefix) + "HOST:PORT, an IPv6 address in brackets");
  return name;
}

}  // namespace

std::string PortName::canonical() const {
  return std::string(kind == PortKind::tcp ? tcp_prefix : rfc2217_prefix) + server();
}

base::Result<PortName> parse_port_name(std::string_view text) {
  if (text.empty()) return base::permanent("names no device");
  if (text.starts_with(descriptor_prefix)) {
    const auto number = whole_number<int>(text.substr(descriptor_prefix.size()));
    if (!number || *number < 0) return base::permanent("is not a descriptor; write fd:N");
    return PortName{.kind = PortKind::descriptor, .descriptor = *number};
  }
  if (text.starts_with(tcp_prefix)) return parse_server(PortKind::tcp, tcp_prefix, text.substr(tcp_prefix.size()));
  if (text.starts_with(rfc2217_prefix))
    return parse_server(PortKind::rfc2217, rfc2217_prefix, text.substr(rfc2217_prefix.size()));
  return PortName{};
}

}  // namespace conf
