#include "pppctl/ppp/pppd_options.h"

#include <catch2/catch.hpp>

using namespace pppctl::ppp;

namespace {

LinkOptions options() {
  LinkOptions options;
  options.link = "provider";
  return options;
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("a word of an options file is quoted as pppd reads it", "[pppctl][ppp]") {
  CHECK(quoted("noccp") == "noccp");
  CHECK(quoted("") == "\"\"");
  CHECK(quoted("two words") == "\"two words\"");
  CHECK(quoted("a\"b\\c") == "\"a\\\"b\\\\c\"");
  CHECK(quoted("#1") == "\"#1\"");
  CHECK(quoted("it's") == "\"it's\"");
}

TEST_CASE("a word of a connect script is quoted as the shell reads it", "[pppctl][ppp]") {
  CHECK(shell_quoted("/usr/bin/chat") == "/usr/bin/chat");
  CHECK(shell_quoted("*99#") == "'*99#'");
  CHECK(shell_quoted("it's") == "'it'\\''s'");
  CHECK(shell_quoted("$(x)") == "'$(x)'");
}

TEST_CASE("every peers file bounds the call and asks the peer for echoes", "[pppctl][ppp]") {
  const auto text = peers_text(options());
  for (const auto* line :
       {"maxconnect 3600", "lcp-echo-interval 10", "lcp-echo-failure 3", "nodetach", "nopersist", "noauth",
        "hide-password", "linkname offhook-provider", "ipparam provider", "noipdefault", "ipcp-accept-local",
        "ipcp-accept-remote", "defaultroute", "usepeerdns", "nolock", "modem", "crtscts"}) {
    INFO(line);
    CHECK(has_line(text, line));
  }
  CHECK(text.find("plugin") == std::string::npos);
  CHECK(text.find("connect ") == text.find("connect 3600"));
}

TEST_CASE("a peers file says what the profile says", "[pppctl][ppp]") {
  auto all = options();
  all.ppp.user = "office one";
  all.ppp.secret = "secrets/provider";
  all.ppp.remotename = "provider";
  all.ppp.addresses = "10.0.0.1:10.0.0.2";
  all.ppp.default_route = conf::DefaultRoute::replace;
  all.ppp.dns = false;
  all.ppp.mru = 296;
  all.ppp.mtu = 576;
  all.ppp.options = {"noccp", "lcp-restart  6"};
  all.carrier_detect = false;
  all.flow = conf::FlowControl::none;
  const auto text = peers_text(all);
  for (const auto* line :
       {"user \"office one\"", "plugin passwordfd.so", "remotename provider", "10.0.0.1:10.0.0.2",
        "replacedefaultroute", "mru 296", "mtu 576", "noccp", "lcp-restart 6", "local", "nocrtscts"}) {
    INFO(line);
    CHECK(has_line(text, line));
  }
  CHECK_FALSE(has_line(text, "usepeerdns"));
  CHECK_FALSE(has_line(text, "noipdefault"));
  CHECK(text.find("secrets/provider") == std::string::npos);
}

TEST_CASE("a further option stands behind ours, so that it is the one that counts", "[pppctl][ppp]") {
  auto local = options();
  local.ppp.options = {"local"};
  const auto text = peers_text(local);
  CHECK(text.rfind("\nlocal\n") > text.find("\nmodem\n"));
}

TEST_CASE("software flow control keeps its characters out of the frames", "[pppctl][ppp]") {
  auto soft = options();
  soft.flow = conf::FlowControl::xon_xoff;
  CHECK(has_line(peers_text(soft), "asyncmap a0000"));
}

TEST_CASE("where pppd dials, the peers file has the device, the lock and the connect script", "[pppctl][ppp]") {
  auto connect = options();
  connect.ppp.way = conf::PppWay::connect;
  connect.device = "/dev/ttyS1";
  connect.speed = 115200;
  connect.connect = {"/usr/lib/offhook/bin/pppctl", "connect", "pro vider"};
  const auto text = peers_text(connect);
  CHECK(has_line(text, "/dev/ttyS1"));
  CHECK(has_line(text, "115200"));
  CHECK(has_line(text, "lock"));
  CHECK(has_line(text, "connect \"exec /usr/lib/offhook/bin/pppctl connect 'pro vider'\""));
  CHECK_FALSE(has_line(text, "nolock"));
}

TEST_CASE("a password is a descriptor on pppd's command line and nothing else", "[pppctl][ppp]") {
  conf::PppSettings ppp;
  using Words = std::vector<std::string>;
  CHECK(pppd_command(ppp, {OptionsPlace::Kind::peers, "provider"}, 2, {}) ==
        Words{"/usr/sbin/pppd", "logfd", "2", "call", "provider", "nodetach"});
  ppp.pppd = "/opt/pppd";
  CHECK(pppd_command(ppp, {OptionsPlace::Kind::file, "/run/offhook/ppp-provider"}, 2, 3) ==
        Words{"/opt/pppd", "logfd", "2", "file", "/run/offhook/ppp-provider", "nodetach", "passwordfd", "3"});
}
