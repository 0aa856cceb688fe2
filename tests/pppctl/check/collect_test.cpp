#include "pppctl/check/collect.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

using namespace pppctl::check;
namespace fs = std::filesystem;

namespace {

// A host of files, gone at the test's end.
class FakeHost {
 public:
  FakeHost() {
    std::string name = (fs::temp_directory_path() / "offhook-host-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
  }
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;
  ~FakeHost() { fs::remove_all(root_); }

  void write(const std::string& path, const std::string& text) const {
    fs::create_directories(fs::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
  }
  [[nodiscard]] Host host() const { return {root_}; }
  [[nodiscard]] const std::string& root() const { return root_; }

 private:
  std::string root_;
};

const conf::Places places;

}  // namespace

TEST_CASE("a cron line and a daemon of the same configuration are both seen", "[pppctl][check]") {
  using namespace std::string_literals;
  const FakeHost fake;
  fake.write("/etc/cron.d/offhook", "*/15 * * * * offhook pppctl session provider\n");
  fake.write("/var/spool/cron/crontabs/joe", "1 * * * * pppctl session other\n");
  fake.write("/proc/41/cmdline", "/usr/bin/pppctl\0daemon\0"s);
  fake.write("/proc/41/environ", "OFFHOOK_CONFIG=/elsewhere\0"s);
  fake.write("/proc/42/cmdline", "/usr/bin/pppctl\0daemon\0"s);
  fake.write("/proc/42/environ", "PATH=/bin\0"s);
  fake.write("/proc/43/cmdline", "less\0daemon\0"s);
  const auto facts = look_at_schedule(fake.host(), places);
  REQUIRE(facts.cron.size() == 2);
  CHECK(facts.cron[0].link == "provider");
  CHECK(facts.cron[1].link == "other");
  CHECK(facts.daemon == 42);
}

TEST_CASE("ModemManager is seen, and a rule by the ids of the device's own plug", "[pppctl][check]") {
  const FakeHost fake;
  fake.write("/proc/7/comm", "ModemManager\n");
  fake.write("/sys/devices/usb1/1-1/idVendor", "067b\n");
  fake.write("/sys/devices/usb1/1-1/idProduct", "2303\n");
  fs::create_directories(fake.root() + "/sys/devices/usb1/1-1/1-1:1.0");
  fs::create_directories(fake.root() + "/sys/class/tty/ttyUSB0");
  fs::create_symlink(fake.root() + "/sys/devices/usb1/1-1/1-1:1.0", fake.root() + "/sys/class/tty/ttyUSB0/device");
  auto facts = look_at_modem_manager(fake.host(), "/dev/ttyUSB0");
  CHECK(facts.pid == 7);
  CHECK(facts.vendor == "067b");
  CHECK(facts.product == "2303");
  CHECK_FALSE(facts.has_rule);
  fake.write("/etc/udev/rules.d/78-x.rules",
             "ATTR{idVendor}==\"067b\", ATTR{idProduct}==\"2303\", ENV{ID_MM_DEVICE_IGNORE}=\"1\"\n");
  CHECK(look_at_modem_manager(fake.host(), "/dev/ttyUSB0").has_rule);
}

TEST_CASE("pppd, the kernel's driver and the peers file are looked for", "[pppctl][check]") {
  const FakeHost fake;
  pppctl::ppp::LinkOptions options;
  options.link = "provider";
  const auto peers = "/etc/ppp/peers/" + pppctl::ppp::link_name("provider");
  auto facts = look_at_ppp(fake.host(), options);
  CHECK(facts.program.empty());
  CHECK_FALSE(facts.has_driver);
  CHECK(facts.peers.error == ENOENT);
  fake.write("/usr/sbin/pppd", "");
  fake.write("/dev/ppp", "");
  fake.write(peers, "noauth\n");
  facts = look_at_ppp(fake.host(), options);
  CHECK(facts.program == "/usr/sbin/pppd");
  CHECK(facts.has_driver);
  CHECK(facts.peers.error == 0);
  CHECK_FALSE(facts.fits);
  fake.write(peers, pppctl::ppp::peers_text(options));
  CHECK(look_at_ppp(fake.host(), options).fits);
}
