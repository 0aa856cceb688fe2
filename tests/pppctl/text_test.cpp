#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "pppctl/listing.h"
#include "pppctl/plan.h"
#include "pppctl/process.h"
#include "pppctl/recover.h"
#include "pppctl/timeline.h"

using namespace pppctl;

namespace {

Call call() {
  Call call;
  call.id = 17;
  call.start = {"provider", "line", "0555100", "hayes", "/dev/modem", "/dev/ttyS1", "/var/lock", {}, {1000000, 5000}};
  call.phase = "jobs";
  call.connect = "CONNECT 33600/ARQ";
  call.speed = 33600;
  call.octets = {5120, 812};
  call.updated = {1012300, 17300};
  call.result = "open";
  call.phases = {{"idle", 0, 10, "ok", "", ""}, {"jobs", 10, {}, "", "", ""}};
  return call;
}

}  // namespace

TEST_CASE("a timeline line has the time, the phase and what it found", "[pppctl][timeline]") {
  CHECK(timeline_line(12340, "connected", "CONNECT 33600/ARQ") == "   12.3 s  connected    CONNECT 33600/ARQ");
  CHECK(timeline_line(0, "idle", "") == "    0.0 s  idle");
}

TEST_CASE("of what programs said the fatal line tells most", "[pppctl][timeline]") {
  LastWords words;
  words.hear("maildirserial: info: new/a succeeded: 250 ok");
  words.hear("serialsmtp: fatal: network read error: end of file");
  words.hear("maildirserial: fatal: making no progress, giving up");
  words.hear("");
  CHECK(words.line() == "serialsmtp: fatal: network read error: end of file");
}

TEST_CASE("a process lives only under its own start and boot", "[pppctl][process]") {
  auto process = this_process();
  CHECK(is_alive(process));
  ++process.start_ticks;
  CHECK_FALSE(is_alive(process));
  process = this_process();
  process.boot_id = "another";
  CHECK_FALSE(is_alive(process));
  process = this_process();
  process.pid = 0;
  CHECK_FALSE(is_alive(process));
}

TEST_CASE("history as JSON names what is not known as null", "[pppctl][listing]") {
  const auto json = nlohmann::json::parse(history_json({call()}));
  REQUIRE(json.size() == 1);
  CHECK(json[0]["id"] == 17);
  CHECK(json[0]["ended"].is_null());
  CHECK(json[0]["exit"].is_null());
  CHECK(json[0]["seconds"] == 12.3);
  CHECK(json[0]["phases"][1]["seconds"].is_null());
}

TEST_CASE("octets that are no UTF-8 do not break the JSON", "[pppctl][listing]") {
  auto odd = call();
  odd.connect = "CONNECT \xff\xfe";
  CHECK(nlohmann::json::accept(history_json({odd})));
  CHECK(history_text({odd}).find('\xff') == std::string::npos);
}

TEST_CASE("status tells state, running session and last call", "[pppctl][listing]") {
  auto last = call();
  last.ended = last.updated;
  last.result = "ok";
  const std::vector<LinkStatus> links{{"new", {}, {}, {}},
                                      {"provider", LinkState{"provider", true, 0, "soon", "BUSY", 3}, call(), last}};
  const auto text = status_text(links);
  CHECK(text.find("new: no call has ended yet\n") != std::string::npos);
  CHECK(text.find("3 in a row (soon): BUSY") != std::string::npos);
  CHECK(text.find("running: call 17") != std::string::npos);
  const auto json = nlohmann::json::parse(status_json(links));
  CHECK(json[0]["state"] == "unknown");
  CHECK(json[1]["state"] == "failing");
  CHECK(json[1]["last"]["result"] == "ok");
}

TEST_CASE("status tells what waits, how fast the call is, how long it goes on, and the remedy of a failure",
          "[pppctl][listing]") {
  auto running = call();
  running.octets = {40000, 0};
  running.speed = 33600;
  running.modem.signal = "17";
  running.phases = {{"jobs", 2300, {}, "", "", ""}};  // 10 s before the last note
  auto last = call();
  last.ended = last.updated;
  last.reason = "number 1 is engaged (look at the number)";
  LinkStatus link{"provider", LinkState{"provider", true, 0, "soon", "number 1 is engaged", 3}, running, last};
  link.waiting = {{"provider", 2, 120000, 1'790'000'000'000}, {"branch", 0, 0, {}}};
  const auto text = status_text({link});
  CHECK(text.find("  remedy: look at the number\n") != std::string::npos);
  CHECK(text.find("33600 bit/s, signal 17, 40.0 kB out, 0 B in, 4.0 kB/s, about 0:30 left\n") != std::string::npos);
  CHECK(text.find("  waiting: provider: 2 messages, 120.0 kB, the oldest of 2026-09-21") != std::string::npos);
  CHECK(text.find("  waiting: branch: nothing\n") != std::string::npos);
  link.running->start.currency = "EUR";
  link.running->reserved_nano = 62'400'000;
  link.last->start.currency = "EUR";
  link.last->cost = money::Cost{};
  link.last->cost->nano = 31'200'000;
  CHECK(status_text({link}).find("about 0:30 left, up to 0.0624 EUR\n") != std::string::npos);
  CHECK(status_text({link}).find(", 0.0312 EUR, open") != std::string::npos);
  const auto json = nlohmann::json::parse(status_json({link}));
  CHECK(json[0]["last"]["cost"] == "0.0312");
  CHECK(json[0]["running"]["cost"].is_null());
  CHECK(json[0]["remedy"] == "look at the number");
  CHECK(json[0]["running"]["seconds_left"] == 30);
  CHECK(json[0]["waiting"][0]["oldest"] == "2026-09-21T14:13:20Z");
  CHECK(json[0]["waiting"][1]["oldest"].is_null());
}

TEST_CASE("a death is told with what is known of it", "[pppctl][recover]") {
  CHECK(death_text(call()) ==
        "provider: call 17 died in phase jobs, last seen 12.3 s after its start; 5120 octets sent, 812 received");
}

TEST_CASE("the flush has the line on 6 and 7 and one report for both programs", "[pppctl][plan]") {
  CallPlan plan;
  plan.helo_name = "office.example";
  plan.lifetime_seconds = 604800;
  const auto words = flush_command({conf::Job::flush, "provider", "/spool/provider", "alias-ppp-"}, plan,
                                   "/bin/maildirserial", "/bin/serialsmtp", 5);
  CHECK(words == std::vector<std::string>{"/bin/maildirserial", "-b", "-t", "604800", "--report-fd", "5", "--",
                                          "/spool/provider", "alias-ppp-", "/bin/serialsmtp", "--no-chunking",
                                          "--report-fd", "5", "--", "alias-ppp-", "office.example"});
}

TEST_CASE("over a network the flush goes to the route's relay, by the relay's own file or by host and port",
          "[pppctl][plan]") {
  CallPlan plan;
  plan.helo_name = "office.example";
  plan.lifetime_seconds = 604800;
  const auto program = [](const std::string& name) { return "/bin/" + name; };
  using Words = std::vector<std::string>;
  CallJob job{conf::Job::flush, "provider", "/spool/provider", "alias-ppp-"};
  job.relay = "provider";
  CHECK(network_flush_command(job, plan, program, 5, 4) == Words{"/bin/maildirsmtp", "--relay", "provider",
                                                                 "--report-fd", "5", "--line-fd", "4", "-t", "604800",
                                                                 "--", "/spool/provider", "alias-ppp-"});
  job.relay.clear();
  job.relay_host = "mail.provider.example";
  job.relay_port = 2525;
  CHECK(network_flush_command(job, plan, program, 5, 4) ==
        Words{"/bin/maildirsmtp", "--port", "2525", "--report-fd", "5", "--line-fd", "4", "-t", "604800", "--",
              "/spool/provider", "alias-ppp-", "mail.provider.example", "office.example"});
  job.relay_port = 209;
  CHECK(network_flush_command(job, plan, program, 5, 4) == Words{"/bin/maildirqmtp", "--report-fd", "5", "--line-fd",
                                                                 "4", "-t", "604800", "--", "/spool/provider",
                                                                 "alias-ppp-", "mail.provider.example"});
}
