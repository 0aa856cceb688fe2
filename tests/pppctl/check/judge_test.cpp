#include <errno.h>

#include <catch2/catch.hpp>

#include "pppctl/check/judge.h"

using namespace pppctl::check;

namespace {

const Self self{1000, "offhook-line"};

PathFacts file(unsigned mode, unsigned uid = 1000) {
  PathFacts facts;
  facts.path = "/etc/offhook/secret";
  facts.is_file = true;
  facts.uid = uid;
  facts.owner = uid == 0 ? "root" : uid == 1000 ? "offhook-line" : "joe";
  facts.mode = mode;
  facts.may_use = true;
  return facts;
}

PathFacts folder(const std::string& path, unsigned mode = 0750) {
  auto facts = file(mode);
  facts.path = path;
  facts.is_file = false;
  facts.is_folder = true;
  return facts;
}

PathFacts absent(const std::string& path) {
  PathFacts facts;
  facts.path = path;
  facts.error = ENOENT;
  return facts;
}

PathFacts closed(PathFacts facts) {
  facts.may_use = false;
  return facts;
}

SpoolFacts spool() {
  SpoolFacts facts{"provider", folder("/s"), {folder("/s/tmp"), folder("/s/new"), folder("/s/cur")}, true, 0};
  return facts;
}

PortFacts port(const std::string& name, std::optional<base::Failure> failure = {}) {
  return {"line", name, name, std::move(failure), {}};
}

LockFacts held(bool alive) {
  return {"/dev/ttyS1", "/var/lock", 0, true, alive, 812, "minicom", "/var/lock/LCK..ttyS1"};
}

ScheduleFacts schedule(std::vector<CronLine> lines, std::optional<std::int64_t> daemon = {}) {
  return {std::move(lines), {}, daemon};
}

PppFacts ppp() {
  auto peers = file(0644, 0);
  peers.path = "/etc/ppp/peers/provider";
  return {"/usr/sbin/pppd", true, true, true, true, peers};
}

template <class Facts, class Change>
Facts with(Facts facts, Change change) {
  change(facts);
  return facts;
}

struct Case {
  const char* what;
  Findings findings;
  Severity severity;
  const char* text;  // a part of the sentence
  const char* remedy;
};

const CronLine cron{"/etc/cron.d/offhook", 3, "provider", true};
const CronLine dotted{"/etc/cron.d/offhook.cron", 3, "provider", false};
constexpr std::uint64_t mega = 1U << 20;
constexpr std::int64_t in_2026 = 1'790'000'000;

std::vector<Case> cases() {
  using S = Severity;
  return {
      {"a fault of a file", judge_configuration({"links/a.toml:3: kind"}), S::permanent, "links/a.toml:3", "correct"},
      {"configuration of everybody", judge_configuration_path(file(0666), self), S::permanent, "by everybody",
       "chmod o-w"},
      {"configuration of a group", judge_configuration_path(file(0664), self), S::warning, "its group", "chmod g-w"},
      {"configuration of another", judge_configuration_path(file(0644, 7), self), S::warning, "belongs to joe",
       "chown root"},
      {"configuration unread", judge_configuration_path(closed(file(0600, 0)), self), S::permanent, "offhook-line",
       "chmod a+r"},
      {"no configuration", judge_configuration_path(absent("/etc/offhook"), self), S::permanent, "No such file",
       "setup"},
      {"no secret", judge_secret(absent("/x"), self), S::permanent, "No such file", "0600"},
      {"an open secret", judge_secret(file(0640), self), S::permanent, "mode 0640", "change the secret"},
      {"a foreign secret", judge_secret(file(0600, 7), self), S::permanent, "belongs to joe", "chown offhook-line"},
      {"a closed secret", judge_secret(closed(file(0600, 0)), self), S::permanent, "may not be read", "chown"},
      {"a secret that is a folder", judge_secret(folder("/x"), self), S::permanent, "no regular file", "regular"},
      {"no state", judge_folder(absent("/v"), self), S::permanent, "/v", "install -d"},
      {"closed state", judge_folder(closed(folder("/v")), self), S::permanent, "may not be written", "chown"},
      {"state of everybody", judge_folder(folder("/v", 0777), self), S::permanent, "everybody", "chmod o-w"},
      {"state that is a file", judge_folder(file(0600), self), S::permanent, "no folder", "move it away"},
      {"no program", judge_program(absent("/usr/local/bin/up")), S::permanent, "No such file", "correct the path"},
      {"no program's mode", judge_program(file(0644)), S::permanent, "cannot be run", "chmod +x"},
      {"a program of everybody", judge_program(file(0757)), S::permanent, "everybody", "chmod o-w"},
      {"a script's fault", judge_script("'' 'ATD", "chat/x", "1"), S::permanent, "chat/x:1", "chat(8)"},
      {"no such port", judge_port(port("/dev/ttyNone7", base::permanent("open it: no such device; `modemctl list`"))),
       S::permanent, "no such device", "modemctl list"},
      {"an unplugged port",
       judge_port(port("/dev/ttyUSB7", base::temporary("open it: no such device; is it plugged in?"))), S::temporary,
       "no such device", "plugged in"},
      {"a name that changes",
       judge_port(with(port("/dev/ttyUSB0"), [](auto& p) { p.lasting_names = {"/dev/serial/by-id/a"}; })), S::warning,
       "after the next plug-in", "port = \"/dev/serial/by-id/a\""},
      {"no lock folder", judge_lock({"/dev/ttyS1", "/var/lock", EACCES, false, false, 0, "", ""}), S::permanent,
       "no lock can be made in /var/lock", "lock_dir"},
      {"a held lock", judge_lock(held(true)), S::temporary, "minicom (pid 812) has /dev/ttyS1", "wait"},
      {"a stale lock", judge_lock(held(false)), S::warning, "LCK..ttyS1 is stale", "modemctl unlock"},
      {"a dumb modem", judge_modem({"line", 100, "it does not answer AT", {}, false}), S::permanent, "does not answer",
       "probe"},
      {"a busy modem", judge_modem({"line", 111, "in use", {}, false}), S::temporary, "in use", "modemctl"},
      {"no SIM", judge_modem({"cell", 0, "", "no SIM", false}), S::permanent, "SIM card is not ready", "put a card in"},
      {"no PIN", judge_modem({"cell", 0, "", "SIM PIN", false}), S::permanent, "SIM PIN", "pin_file"},
      {"no spool yet", judge_spool({"provider", absent("/s"), {}, true, 0}, self), S::note, "no mail has come", ""},
      {"no maildir", judge_spool(with(spool(), [](auto& s) { s.parts[1] = absent("/s/new"); }), self), S::permanent,
       "/s/new", "mkdir /s/new"},
      {"a closed spool", judge_spool(with(spool(), [](auto& s) { s.parts[2].may_use = false; }), self), S::permanent,
       "may not be written", "2770"},
      {"a torn spool", judge_spool(with(spool(), [](auto& s) { s.is_one_device = false; }), self), S::permanent,
       "different file systems", "one"},
      {"malformed mail", judge_spool(with(spool(), [](auto& s) { s.malformed = 2; }), self), S::warning, "2 malformed",
       "new/"},
      {"a full disk", judge_space({"/v", mega, 1000 * mega, 0, 0}), S::temporary, "no mail can be taken", "free space"},
      {"a filling disk", judge_space({"/v", 40 * mega, 1000 * mega, 0, 0}), S::warning, "only", "soon"},
      {"no inodes", judge_space({"/v", 900 * mega, 1000 * mega, 10, 100000}), S::temporary, "10 inodes", "small files"},
      {"few inodes", judge_space({"/v", 900 * mega, 1000 * mega, 2000, 100000}), S::warning, "2000 inodes",
       "small files"},
      {"a clock in the past", judge_clock({0, {}, false}), S::permanent, "1970-01-01", "mta-queuectl clock confirm"},
      {"a clock below its floor", judge_clock({in_2026, in_2026 + 10, false}), S::permanent, "has been before",
       "set the clock"},
      {"such a clock, trusted", judge_clock({in_2026, in_2026 + 10, true}), S::warning, "has been before",
       "set the clock"},
      {"cron and daemon", judge_schedule("provider", schedule({cron}, 77)), S::warning,
       "offhook:3 and the daemon (pid 77)", "one of them"},
      {"neither", judge_schedule("provider", schedule({})), S::warning, "nothing calls", "session provider"},
      {"another link's line", judge_schedule("other", schedule({cron})), S::warning, "nothing calls", "session other"},
      {"a name with a dot", judge_schedule("provider", schedule({dotted, cron})), S::warning, "not read by cron",
       "rename"},
      {"unread crontabs", judge_schedule("provider", {{}, {"/var/spool/cron"}, {}}), S::note, "may not be read", ""},
      {"ModemManager", judge_modem_manager({33, "/dev/ttyUSB0", "067b", "2303", false}), S::warning, "pid 33", "067b"},
      {"no pppd", judge_ppp("provider", with(ppp(), [](auto& p) { p.program.clear(); })), S::permanent,
       "pppd is not there", "package"},
      {"pppd of others", judge_ppp("provider", with(ppp(), [](auto& p) { p.may_dial = false; })), S::permanent,
       "as root", "dip"},
      {"no driver", judge_ppp("provider", with(ppp(), [](auto& p) { p.has_driver = false; })), S::permanent, "driver",
       "modprobe"},
      {"no peers file",
       judge_ppp("provider", with(ppp(), [](auto& p) { p.peers = absent("/etc/ppp/peers/provider"); })), S::permanent,
       "/etc/ppp/peers/provider is not there", "setup provider"},
      {"an old peers file", judge_ppp("provider", with(ppp(), [](auto& p) { p.fits = false; })), S::permanent,
       "is not what", "setup provider --peers"},
      {"an open peers file", judge_ppp("provider", with(ppp(), [](auto& p) { p.peers.mode = 0666; })), S::permanent,
       "others than root", "chmod"},
  };
}

}  // namespace

TEST_CASE("each thing that can be wrong has its finding with severity, sentence and remedy", "[pppctl][check]") {
  for (const auto& one : cases()) {
    CAPTURE(one.what);
    REQUIRE(one.findings.size() == 1);
    const auto& finding = one.findings.front();
    CAPTURE(finding.text, finding.remedy);
    CHECK(finding.severity == one.severity);
    CHECK(finding.text.find(one.text) != std::string::npos);
    CHECK(finding.remedy.find(one.remedy) != std::string::npos);
    CHECK((finding.severity == Severity::note || !finding.remedy.empty()));
  }
}

TEST_CASE("what is right has no finding", "[pppctl][check]") {
  CHECK(judge_configuration({}).empty());
  CHECK(judge_configuration_path(file(0644, 0), self).empty());
  CHECK(judge_secret(file(0600), self).empty());
  CHECK(judge_folder(folder("/v"), self).empty());
  CHECK(judge_program(file(0755, 0)).empty());
  CHECK(judge_script("'' ATDT\\T\nCONNECT \\c\n", "x", "1").empty());
  CHECK(judge_port(port("/dev/ttyS1")).empty());
  CHECK(judge_port(port("/dev/serial/by-id/usb-a")).empty());
  CHECK(judge_lock({"/dev/ttyS1", "/var/lock", 0, false, false, 0, "", ""}).empty());
  CHECK(judge_modem({"line", 0, "", {}, false}).empty());
  CHECK(judge_modem({"cell", 0, "", "READY", false}).empty());
  CHECK(judge_modem({"cell", 0, "", "SIM PIN", true}).empty());
  CHECK(judge_spool(spool(), self).empty());
  CHECK(judge_space({"/v", 900 * mega, 1000 * mega, 0, 0}).empty());
  CHECK(judge_clock({in_2026, in_2026, false}).empty());
  CHECK(judge_schedule("provider", schedule({cron})).empty());
  CHECK(judge_schedule("provider", schedule({{"/etc/crontab", 1, "any", true}})).empty());
  CHECK(judge_schedule("provider", schedule({}, 77)).empty());
  CHECK(judge_modem_manager({{}, "/dev/ttyUSB0", "067b", "2303", false}).empty());
  CHECK(judge_modem_manager({33, "/dev/ttyUSB0", "067b", "2303", true}).empty());
  CHECK(judge_ppp("provider", ppp()).empty());
  CHECK(judge_ppp("provider", with(ppp(),
                                   [](auto& p) {
                                     p.needs_peers = false;
                                     p.peers = absent("/etc/ppp/peers/provider");
                                   }))
            .empty());
}

TEST_CASE("the worst finding decides the exit status of a check", "[pppctl][check]") {
  const auto status = [](std::vector<Severity> severities) {
    Report report;
    for (const auto severity : severities) report.findings.push_back({severity, "x", "y", "z"});
    return exit_status({report});
  };
  CHECK(status({}) == 0);
  CHECK(status({Severity::note, Severity::warning}) == 0);
  CHECK(status({Severity::warning, Severity::temporary}) == 111);
  CHECK(status({Severity::permanent, Severity::temporary}) == 100);
}

TEST_CASE("a report names the link, the worst first, and the remedy below", "[pppctl][check]") {
  const std::vector<Report> reports{
      {"", {}}, {"provider", {{Severity::warning, "lock", "a", "b"}, {Severity::permanent, "device", "c", "d"}}}};
  CHECK(report_text(reports) ==
        "this host: nothing is wrong\nprovider: permanent: device: c\n    d\nprovider: warning: lock: a\n    b\n");
  CHECK(report_json(reports).find("\"remedy\": \"d\"") != std::string::npos);
}

TEST_CASE("a crontab's lines that call sessions are found by program and link", "[pppctl][check]") {
  const auto lines = cron_lines(
      "# pppctl session a\n*/15 * * * * offhook pppctl session provider\n5 4 * * * root /usr/bin/pppctl session "
      "--verbose any\n"
      "1 1 * * * root pppctl status\n1 1 * * * root mypppctl session b\n",
      "/etc/crontab");
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].link == "provider");
  CHECK(lines[0].line == 2);
  CHECK(lines[1].link == "any");
  CHECK(cron_lines("* * * * * root pppctl session x", "/etc/cron.d/a.b").front().is_read == false);
}

TEST_CASE("a rule against ModemManager counts for the device that it names", "[pppctl][check]") {
  const std::string rule =
      "ATTR{idVendor}==\"067b\", ATTR{idProduct}==\"2303\", ENV{ID_MM_DEVICE_IGNORE}=\"1\"\n"
      "#KERNEL==\"ttyS0\", ENV{ID_MM_PORT_IGNORE}=\"1\"\n";
  CHECK(keeps_modem_manager_off(rule, "ttyUSB0", "067b", "2303"));
  CHECK_FALSE(keeps_modem_manager_off(rule, "ttyUSB0", "067b", "2304"));
  CHECK_FALSE(keeps_modem_manager_off(rule, "ttyS0", "", ""));
  CHECK(keeps_modem_manager_off("KERNEL==\"ttyS0\", ENV{ID_MM_PORT_IGNORE}=\"1\"", "ttyS0", "", ""));
}
