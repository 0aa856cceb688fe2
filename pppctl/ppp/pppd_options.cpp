#include "pppctl/ppp/pppd_options.h"

#include "base/bug.h"
#include "conf/text.h"

namespace pppctl::ppp {
namespace {

constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./:+,@%=";

bool is_plain(std::string_view word) {
  return !word.empty() && word.find_first_not_of(plain) == std::string_view::npos;
}

std::string whole_seconds(std::chrono::milliseconds time) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(time).count());
}

// The options that stay the same, a line each.
class Lines {
 public:
  Lines& option(std::string_view name) {
    text_ += std::string(name) + "\n";
    return *this;
  }
  Lines& option(std::string_view name, std::string_view value) {
    text_ += std::string(name) + " " + quoted(value) + "\n";
    return *this;
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string_view route_option(conf::DefaultRoute route) {
  switch (route) {
    case conf::DefaultRoute::none:
      return "nodefaultroute";
    case conf::DefaultRoute::add:
      return "defaultroute";
    case conf::DefaultRoute::replace:
      return "defaultroute\nreplacedefaultroute";
  }
  base::bug("DefaultRoute: bad value");
}

std::string_view flow_option(conf::FlowControl flow) {
  switch (flow) {
    case conf::FlowControl::none:
      return "nocrtscts";
    case conf::FlowControl::rts_cts:
      return "crtscts";
    case conf::FlowControl::xon_xoff:
      return "xonxoff\nasyncmap a0000";  // what the line's own driver eats cannot be sent plainly
  }
  base::bug("FlowControl: bad value");
}

// The line as pppd gets it: open and locked by us, or to be opened by itself.
void add_line(Lines& lines, const LinkOptions& options) {
  if (options.ppp.way == conf::PppWay::hand_over) {
    lines.option("nolock");
  } else {
    lines.option(options.device);
    if (options.speed) lines.option(std::to_string(*options.speed));
    std::string command = "exec";
    for (const auto& word : options.connect) command += " " + shell_quoted(word);
    lines.option("lock").option("connect", command);
  }
  lines.option(options.carrier_detect ? "modem" : "local").option(flow_option(options.flow));
}

void add_names(Lines& lines, const conf::PppSettings& ppp) {
  lines.option("noauth").option("hide-password");
  if (!ppp.user.empty()) lines.option("user", ppp.user);
  if (!ppp.remotename.empty()) lines.option("remotename", ppp.remotename);
  if (!ppp.secret.empty()) lines.option("plugin", "passwordfd.so");
}

void add_network(Lines& lines, const conf::PppSettings& ppp) {
  if (ppp.addresses.empty()) {
    lines.option("noipdefault").option("ipcp-accept-local").option("ipcp-accept-remote");
  } else {
    lines.option(ppp.addresses);
  }
  lines.option(route_option(ppp.default_route));
  if (ppp.dns) lines.option("usepeerdns");
  if (ppp.mru) lines.option("mru", std::to_string(*ppp.mru));
  if (ppp.mtu) lines.option("mtu", std::to_string(*ppp.mtu));
}

}  // namespace

std::string quoted(std::string_view word) {
  if (is_plain(word)) return std::string(word);
  std::string text = "\"";
  for (const char c : word) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + "\"";
}

std::string shell_quoted(std::string_view word) {
  if (is_plain(word)) return std::string(word);
  std::string text = "'";
  for (const char c : word) {
    if (c == '\'') {
      text += "'\\''";
    } else {
      text += c;
    }
  }
  return text + "'";
}

LinkOptions link_options(const std::string& link, const conf::PppSettings& ppp, const conf::ModemProfile& modem) {
  return {link, ppp, modem.carrier_detect, modem.flow, modem.port, modem.speed, {}};
}

std::string link_name(const std::string& link) { return "offhook-" + link; }

std::string peers_text(const LinkOptions& options) {
  const auto& ppp = options.ppp;
  Lines lines;
  lines.option("# Written by pppctl from links/" + options.link + ".toml: what is changed here is lost.");
  add_line(lines, options);
  // One call is one pppd, which somebody waits for.
  lines.option("nodetach").option("nopersist");
  lines.option("linkname", link_name(options.link)).option("ipparam", options.link);
  lines.option("maxconnect", whole_seconds(ppp.maxconnect));
  lines.option("lcp-echo-interval", whole_seconds(ppp.echo_interval));
  lines.option("lcp-echo-failure", std::to_string(ppp.echo_failure));
  add_names(lines, ppp);
  add_network(lines, ppp);
  for (const auto& option : ppp.options) {
    std::string line;
    for (const auto word : conf::words_of(option)) line += (line.empty() ? "" : " ") + quoted(word);
    lines.option(line);
  }
  return lines.take();
}

std::vector<std::string> pppd_command(const conf::PppSettings& ppp, const OptionsPlace& place, int log_descriptor,
                                      std::optional<int> secret_descriptor) {
  // First, because pppd takes its words in order: what it says before it knows of a log goes to the line.
  const bool is_peers = place.kind == OptionsPlace::Kind::peers;
  std::vector<std::string> argv{ppp.pppd,   "logfd",   std::to_string(log_descriptor), is_peers ? "call" : "file",
                                place.name, "nodetach"};
  if (secret_descriptor) {
    argv.emplace_back("passwordfd");
    argv.push_back(std::to_string(*secret_descriptor));
  }
  return argv;
}

}  // namespace pppctl::ppp
