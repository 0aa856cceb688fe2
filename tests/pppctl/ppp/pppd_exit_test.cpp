#include "pppctl/ppp/pppd_exit.h"

#include <catch2/catch.hpp>

using namespace pppctl::ppp;
using modem::Retry;

namespace {

modem::Trouble exited(int status, const LinkState& log = {}) { return trouble_of({true, status}, log); }

}  // namespace

TEST_CASE("each exit status of pppd has its class", "[pppctl][ppp]") {
  struct Case {
    int status;
    Retry retry;
  };
  for (const auto& [status, retry] :
       {Case{0, Retry::soon},  Case{1, Retry::later}, Case{2, Retry::stop},   Case{3, Retry::stop},
        Case{4, Retry::stop},  Case{5, Retry::soon},  Case{6, Retry::soon},   Case{7, Retry::later},
        Case{8, Retry::later}, Case{9, Retry::later}, Case{10, Retry::soon},  Case{11, Retry::stop},
        Case{12, Retry::soon}, Case{13, Retry::soon}, Case{14, Retry::later}, Case{15, Retry::soon},
        Case{16, Retry::soon}, Case{17, Retry::soon}, Case{18, Retry::stop},  Case{19, Retry::stop},
        Case{20, Retry::soon}, Case{21, Retry::stop}, Case{22, Retry::later}, Case{111, Retry::later}}) {
    INFO(status);
    CHECK(exited(status).retry == retry);
    CHECK_FALSE(exited(status).text.empty());
    CHECK(exited(status).text.find(std::to_string(status)) != std::string::npos);
    CHECK(exited(status).error == 0);
  }
}

TEST_CASE("whatever stops a link says what a person can do", "[pppctl][ppp]") {
  for (int status = 0; status <= last_status; ++status) {
    INFO(status);
    if (exited(status).retry == Retry::stop) CHECK_FALSE(exited(status).advice.empty());
  }
}

TEST_CASE("a peer that fell silent is told as that though pppd ends as after a hang-up", "[pppctl][ppp]") {
  PppdLog log;
  log.hear("No response to 2 echo-requests");
  log.hear("Serial link appears to be disconnected.");
  log.hear("Modem hangup");
  CHECK(trouble_of({true, 16}, log.state()).text ==
        "the peer fell silent: it answers no LCP echo: No response to 2 echo-requests (pppd's status 16)");
  PppdLog hung_up;
  hung_up.hear("Modem hangup");
  hung_up.hear("No response to 2 echo-requests");
  CHECK(trouble_of({true, 16}, hung_up.state()).text == "the modem hung up: Modem hangup (pppd's status 16)");
}

TEST_CASE("pppd's own words stand behind the meaning", "[pppctl][ppp]") {
  LinkState log;
  log.end = "CHAP authentication failed: bad password";
  log.trouble = log.end;
  CHECK(exited(19, log).text ==
        "the peer refuses our name or password: CHAP authentication failed: bad password (pppd's status 19)");
  log.trouble = "No secret found for PAP login";
  log.end = "LCP terminated by peer";
  CHECK(exited(19, log).text.find("No secret found for PAP login; LCP terminated by peer") != std::string::npos);
}

TEST_CASE("a pppd that was killed is no verdict on the line", "[pppctl][ppp]") {
  const auto trouble = trouble_of({false, 9}, {});
  CHECK(trouble.retry == Retry::later);
  CHECK(trouble.text == "pppd was killed by SIGKILL");
}
