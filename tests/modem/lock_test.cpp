#include "modem/lock.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>

#include "base/io.h"
#include "modem/lock_owner.h"
#include "tests/modem/lock_port.h"

using modem::parse_lock;
using modem::PortLock;
using modem_tests::age;
using modem_tests::become_nobody;
using modem_tests::dead_pid;
using modem_tests::Folder;
using modem_tests::hdb;
using modem_tests::in_child;
using modem_tests::is_root;
using modem_tests::Port;
using modem_tests::Sleeper;

TEST_CASE("a lock file's name is the last part of the device's", "[modem][lock]") {
  CHECK(modem::lock_name("/dev/ttyS1") == "LCK..ttyS1");
  CHECK(modem::lock_name("/dev/pts/3") == "LCK..3");
  CHECK(modem::lock_name("ttyS1") == "LCK..ttyS1");
}

TEST_CASE("a port is locked by every name that others may use for it", "[modem][lock]") {
  using Names = std::vector<std::string>;
  CHECK(modem::lock_names("/dev/ttyS1", "/dev/ttyS1") == Names{"LCK..ttyS1"});
  CHECK(modem::lock_names("/dev/modem", "/dev/ttyS1") == Names{"LCK..ttyS1", "LCK..modem"});
  CHECK(modem::lock_names("/dev/pts/3", "/dev/pts/3") == Names{"LCK..3", "LCK..pts_3"});
  CHECK(modem::lock_names("/tmp/office", "/dev/pts/3") == Names{"LCK..3", "LCK..pts_3", "LCK..office"});
  CHECK(modem::lock_names("/dev/serial/by-id/usb-a", "/dev/ttyUSB0") ==
        Names{"LCK..ttyUSB0", "LCK..usb-a", "LCK..serial_by-id_usb-a"});
}

TEST_CASE("a port on the network is locked by a name that no device has, one for both ways to it", "[modem][lock]") {
  using Names = std::vector<std::string>;
  CHECK(modem::lock_names("tcp:Host:2001", "tcp:host:2001") == Names{"LCK..net:host:2001"});
  CHECK(modem::lock_names("rfc2217:host:2001", "rfc2217:host:2001") == Names{"LCK..net:host:2001"});
}

TEST_CASE("a pid is read from each of the forms of a lock file", "[modem][lock]") {
  CHECK(parse_lock("       812\n") == 812);
  CHECK(parse_lock("         1\n") == 1);
  CHECK(parse_lock("       812 minicom root\n") == 812);
  CHECK(parse_lock("       812\nminicom\n") == 812);
  CHECK(parse_lock("812") == 812);
  CHECK(parse_lock("812\n") == 812);  // four octets, and text
  CHECK(parse_lock("1234") == 1234);
  CHECK(parse_lock("8123 pppd") == 8123);
  CHECK(parse_lock(std::string_view("\x2c\x03\0\0", 4)) == 812);
  CHECK(parse_lock(std::string_view("\x39\x05\0\0", 4)) == 1337);  // its first octet is a digit's
  for (const auto* bytes :
       {"", "\n", "         0\n", "        -1\n", "hello", "99999999999999999999", "4294967295\n"}) {
    CAPTURE(bytes);
    CHECK_FALSE(parse_lock(bytes));
  }
  CHECK_FALSE(parse_lock(std::string_view("\0\0\0\0", 4)));
  CHECK_FALSE(parse_lock(std::string_view("\xff\xff\xff\xff", 4)));
  CHECK_FALSE(parse_lock(std::string_view("\0\0\0\0\0\0\0\0\0\0\0", 11)));
}

TEST_CASE("a lock is a file of eleven octets that all may read, and goes with its holder", "[modem][lock]") {
  const Port port;
  const mode_t before = ::umask(0077);
  {
    const auto lock = port.take();
    REQUIRE(lock);
    CHECK(lock->files() == std::vector<std::string>{port.lock});
    CHECK(port.locks.read("LCK..ttyX7") == hdb(::getpid()));
    struct stat st {};
    REQUIRE(::stat(port.lock.c_str(), &st) == 0);
    CHECK((st.st_mode & 07777) == 0644);
    CHECK(st.st_nlink == 1);
  }
  ::umask(before);
  CHECK(port.locks.empty());
}

TEST_CASE("both names of a link are locked", "[modem][lock]") {
  const Port port;
  const std::string link = port.devices.path() + "/modem";
  std::filesystem::create_symlink(port.name, link);
  {
    const auto lock = PortLock::take(port.locks.path(), link, "test");
    REQUIRE(lock);
    CHECK(lock->files() == std::vector<std::string>{port.lock, port.locks.path() + "/LCK..modem"});
    CHECK(port.locks.read("LCK..modem") == hdb(::getpid()));
  }
  CHECK(port.locks.empty());
}

TEST_CASE("of two names neither stays locked when the other cannot be had", "[modem][lock]") {
  const Port port;
  const Sleeper other;
  const std::string link = port.devices.path() + "/modem";
  std::filesystem::create_symlink(port.name, link);
  port.locks.write("LCK..modem", hdb(other.pid()));
  CHECK_FALSE(PortLock::take(port.locks.path(), link, "test"));
  CHECK_FALSE(std::filesystem::exists(port.lock));
  CHECK(port.locks.read("LCK..modem") == hdb(other.pid()));
}

TEST_CASE("a lock of a living process is respected and says whose it is", "[modem][lock]") {
  const Port port;
  const Sleeper other;
  for (const auto& bytes : {hdb(other.pid()), std::to_string(other.pid()), hdb(other.pid()) + "pppd\n"}) {
    port.locked_with(bytes);
    age(port.lock, 1000);
    const auto failure = port.refused();
    CHECK(failure.error == EBUSY);
    CHECK(failure.kind == base::FailureKind::temporary);
    CHECK(failure.text == "port " + port.name + " is in use by " + modem::program_of(other.pid()) + " (pid " +
                              std::to_string(other.pid()) + "): " + port.lock);
    CHECK(port.locks.read("LCK..ttyX7") == bytes);
  }
}

TEST_CASE("a binary lock of a living process is respected", "[modem][lock]") {
  const Port port;
  const Sleeper other;
  const std::int32_t pid = other.pid();
  std::array<char, 4> bytes;
  std::memcpy(bytes.data(), &pid, bytes.size());
  port.locked_with({bytes.data(), bytes.size()});
  CHECK(port.refused().error == EBUSY);
}

TEST_CASE("a process that we may not signal is alive", "[modem][lock]") {
  const Port port;
  port.locked_with(hdb(1));
  std::filesystem::permissions(port.locks.path(), std::filesystem::perms::all);
  std::filesystem::permissions(port.devices.path(), std::filesystem::perms::all);
  CHECK(in_child([&] {
          if (::geteuid() == 0 && !become_nobody()) return 2;
          const auto taken = port.take();
          return !taken && taken.error().error == EBUSY ? 0 : 1;
        }) == 0);
}

TEST_CASE("our own lock is had already", "[modem][lock]") {
  const Port port;
  port.locked_with(hdb(::getpid()));
  CHECK(port.take());
}

TEST_CASE("a lock that cannot be looked at when it is given back is told of, not taken for gone", "[modem][lock]") {
  const Port port;
  auto lock = port.take();
  REQUIRE(lock);
  REQUIRE(::unlink(port.lock.c_str()) == 0);
  REQUIRE(::mkdir(port.lock.c_str(), 0700) == 0);
  CHECK_FALSE(lock->release());
}

TEST_CASE("only files that still hold our pid are removed", "[modem][lock]") {
  const Port port;
  const Sleeper other;
  auto lock = port.take();
  REQUIRE(lock);
  port.locked_with(hdb(other.pid()));
  CHECK(lock->release());
  CHECK(port.locks.read("LCK..ttyX7") == hdb(other.pid()));
  CHECK(lock->files().empty());
}

TEST_CASE("a child that ends does not free its parent's lock", "[modem][lock]") {
  const Port port;
  auto lock = port.take();
  REQUIRE(lock);
  CHECK(in_child([&] {
          const auto released = lock->release();
          return released ? 0 : 1;
        }) == 0);
  CHECK(port.locks.read("LCK..ttyX7") == hdb(::getpid()));
}

TEST_CASE("a lock moves with its object", "[modem][lock]") {
  const Port port;
  auto first = port.take();
  REQUIRE(first);
  {
    PortLock second(std::move(*first));
    CHECK(std::filesystem::exists(port.lock));
  }
  CHECK(port.locks.empty());
}

TEST_CASE("a lock folder that is not there is said", "[modem][lock]") {
  const Port port;
  const auto missing = PortLock::take(port.locks.path() + "/no", port.name, "test");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().kind == base::FailureKind::permanent);
  CHECK(missing.error().text.find("lock_dir") != std::string::npos);
}

TEST_CASE("a lock folder that we may not write to is said", "[modem][lock]") {
  if (!is_root()) return;
  const Port port;
  REQUIRE(::chmod(port.locks.path().c_str(), 0755) == 0);
  REQUIRE(::chmod(port.devices.path().c_str(), 0755) == 0);
  CHECK(in_child([&] {
          if (!become_nobody()) return 2;
          const auto taken = port.take();
          return !taken && taken.error().error == EACCES && taken.error().text.find("lock_dir") != std::string::npos
                     ? 0
                     : 1;
        }) == 0);
}

TEST_CASE("a name that leads elsewhere is no lock and is not followed", "[modem][lock]") {
  const Port port;
  port.devices.write("precious", "kept");
  std::filesystem::create_symlink(port.devices.path() + "/precious", port.lock);
  CHECK(port.refused().kind == base::FailureKind::permanent);
  CHECK(port.devices.read("precious") == "kept");
  std::filesystem::remove(port.lock);
  std::filesystem::create_directory(port.lock);
  CHECK(port.refused().kind == base::FailureKind::permanent);
}

TEST_CASE("who holds a port can be asked, also once it is unplugged", "[modem][lock]") {
  const Port port;
  CHECK_FALSE(*modem::lock_holder(port.locks.path(), port.name));
  const Sleeper other;
  port.locked_with(hdb(other.pid()));
  const auto held = *modem::lock_holder(port.locks.path(), port.name);
  REQUIRE(held);
  CHECK(held->alive);
  CHECK(held->pid == other.pid());
  CHECK(held->program == modem::program_of(other.pid()));
  CHECK(held->file == port.lock);
  const auto pid = dead_pid();
  port.locked_with(hdb(pid) + "minicom\n");
  std::filesystem::remove(port.name);
  const auto stale = *modem::lock_holder(port.locks.path(), port.name);
  REQUIRE(stale);
  CHECK_FALSE(stale->alive);
  CHECK(stale->pid == pid);
  CHECK(stale->program == "minicom");
}

TEST_CASE("a descriptor that was handed to us is locked by who opened it", "[modem][lock]") {
  const Folder locks;
  const auto lock = PortLock::take(locks.path(), "fd:6", "test");
  REQUIRE(lock);
  CHECK(lock->files().empty());
  CHECK(locks.empty());
}
