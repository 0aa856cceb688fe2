#include "mta/smtpd/policy.h"

#include <stdlib.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

namespace {

namespace fs = std::filesystem;

class Office {
 public:
  Office() {
    std::string name = (fs::temp_directory_path() / "smtpd_policy_XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    root_ = name;
    fs::create_directories(root_ / "control");
    control("me", "gate.office.example\n");
  }
  ~Office() { fs::remove_all(root_); }
  Office(const Office&) = delete;
  Office& operator=(const Office&) = delete;

  void control(const char* name, const char* text) { std::ofstream(root_ / "control" / name) << text; }
  void variable(const char* name, const char* value) { environment_[name] = value; }

  [[nodiscard]] base::Result<mta::SmtpdSetup> setup() const {
    conf::Places places;
    places.config = root_.string();
    const auto environment = [this](const char* name) -> std::optional<std::string> {
      const auto found = environment_.find(name);
      return found == environment_.end() ? std::nullopt : std::optional(found->second);
    };
    return mta::read_setup(conf::Control(places), environment, places);
  }

 private:
  fs::path root_;
  std::map<std::string, std::string> environment_;
};

std::vector<std::string> sorted(std::vector<std::string> words) {
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

}  // namespace

TEST_CASE("without rcpthosts our own domains are received and nothing else", "[smtpd][policy]") {
  Office office;
  REQUIRE(sorted(office.setup()->policy.rcpt_hosts) == std::vector<std::string>{"gate.office.example"});
  office.control("locals", "office.example\n");
  office.control("virtualdomains",
                 "club.example:alias-club\n.sub.example:alias-sub\none@other.example:joe\nnot.example:\n:alias-ppp\n");
  REQUIRE(sorted(office.setup()->policy.rcpt_hosts) ==
          std::vector<std::string>{".sub.example", "club.example", "gate.office.example", "office.example"});
}

TEST_CASE("rcpthosts replaces our own domains, an empty one receives nothing", "[smtpd][policy]") {
  Office office;
  office.control("rcpthosts", "office.example\n");
  office.control("morercpthosts", "more.example\n");
  REQUIRE(office.setup()->policy.rcpt_hosts == std::vector<std::string>{"office.example", "more.example"});
  office.control("rcpthosts", "");
  office.control("morercpthosts", "");
  REQUIRE(office.setup()->policy.rcpt_hosts.empty());
}

TEST_CASE("RELAYCLIENT opens relaying even when it is empty", "[smtpd][policy]") {
  Office office;
  REQUIRE_FALSE(office.setup()->policy.relay_client);
  office.variable("RELAYCLIENT", "");
  REQUIRE(office.setup()->policy.relay_client == "");
}

TEST_CASE("DATABYTES goes before control/databytes, and a wrong one stops", "[smtpd][policy]") {
  Office office;
  REQUIRE(office.setup()->policy.data_bytes == 0);
  office.control("databytes", "1000\n");
  REQUIRE(office.setup()->policy.data_bytes == 1000);
  office.variable("DATABYTES", "2000");
  REQUIRE(office.setup()->policy.data_bytes == 2000);
  office.variable("DATABYTES", "much");
  REQUIRE_FALSE(office.setup());
}

TEST_CASE("greeting, names and time-out have qmail's defaults", "[smtpd][policy]") {
  Office office;
  auto setup = office.setup().value();
  REQUIRE(setup.policy.greeting == "gate.office.example");
  REQUIRE(setup.policy.local_ip_host == "gate.office.example");
  REQUIRE(setup.by == "gate.office.example");
  REQUIRE(setup.timeout == std::chrono::seconds(1200));
  office.control("smtpgreeting", "mail.office.example welcome\n");
  office.control("timeoutsmtpd", "60\n");
  office.variable("TCPREMOTEIP", "192.0.2.9");
  office.variable("TCPLOCALIP", "192.0.2.1");
  office.variable("TCPLOCALHOST", "lan.office.example");
  setup = office.setup().value();
  REQUIRE(setup.policy.greeting == "mail.office.example welcome");
  REQUIRE(setup.policy.local_ip == "192.0.2.1");
  REQUIRE(setup.peer.remote_ip == "192.0.2.9");
  REQUIRE(setup.by == "lan.office.example");
  REQUIRE(setup.timeout == std::chrono::seconds(60));
}

TEST_CASE("a client that systemd accepted is known by its address", "[smtpd][policy]") {
  Office office;
  office.variable("REMOTE_ADDR", "2001:db8::9");
  REQUIRE(office.setup()->peer.remote_ip == "2001:db8::9");
}

TEST_CASE("partial messages are kept for customers and for clients that may relay, for nobody else",
          "[smtpd][policy]") {
  Office office;
  office.variable("TCPREMOTEIP", "192.0.2.7");
  REQUIRE_FALSE(office.setup()->keeping);
  office.variable("RELAYCLIENT", "");
  REQUIRE(office.setup()->keeping->client == "address 192.0.2.7");
  REQUIRE(office.setup()->keeping->max_bytes == 64UL * 1024 * 1024);
  office.variable("CUSTOMER", "one");
  REQUIRE(office.setup()->keeping->client == "customer one");
  office.control("checkpointbytes", "1000\n");
  REQUIRE(office.setup()->keeping->max_bytes == 1000);
  office.control("checkpointbytes", "0\n");
  REQUIRE_FALSE(office.setup()->keeping);
  office.control("checkpointbytes", "x\n");
  REQUIRE_FALSE(office.setup());
  Office other;
  other.variable("RELAYCLIENT", "");
  REQUIRE_FALSE(other.setup()->keeping);
  other.variable("CUSTOMER", "one");
  REQUIRE(other.setup()->keeping->client == "customer one");
}
