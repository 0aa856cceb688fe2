#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>

#include "base/directory.h"
#include "base/fd.h"
#include "base/io.h"
#include "modem/lock_owner.h"
#include "tests/modem/lock_port.h"

using modem_tests::age;
using modem_tests::become_nobody;
using modem_tests::dead_pid;
using modem_tests::hdb;
using modem_tests::in_child;
using modem_tests::is_root;
using modem_tests::Port;
using modem_tests::Sleeper;

TEST_CASE("a stale lock is taken over, whatever its form", "[modem][lock]") {
  const Port port;
  const auto pid = dead_pid();
  for (const auto& bytes : {hdb(pid), std::to_string(pid) + "\n", hdb(pid) + "minicom root\n"}) {
    port.locked_with(bytes);
    {
      const auto lock = port.take();
      REQUIRE(lock);
      CHECK(port.locks.read("LCK..ttyX7") == hdb(::getpid()));
    }
    CHECK(port.locks.empty());
  }
}

TEST_CASE("a file without a pid is being written while it is young, and stale after that", "[modem][lock]") {
  const Port port;
  for (const auto* bytes : {"", "         0\n", "rubbish"}) {
    port.locked_with(bytes);
    const auto failure = port.refused();
    CHECK(failure.error == EBUSY);
    CHECK(failure.text.find("is being locked by another program") != std::string::npos);
    age(port.lock, 60);
    CHECK(port.take());
    CHECK(port.locks.empty());
  }
}

TEST_CASE("a file without a pid from a wrong clock's future is stale", "[modem][lock]") {
  const Port port;
  port.locked_with("");
  age(port.lock, -100000);
  CHECK(port.take());
}

TEST_CASE("a pid that is another process by now holds no lock of ours", "[modem][lock]") {
  const Port port;
  const Sleeper other;
  // As if that pid had been one of us, in this boot, started earlier.
  port.locked_with(hdb(other.pid()));
  const base::Directory locks = *base::Directory::open(port.locks.path());
  modem::note_owner(locks, "LCK..ttyX7", "pppctl", ::getpid());
  auto note = port.locks.read(".LCK..ttyX7.owner");
  const auto ours = std::to_string(::getpid());
  REQUIRE(note.starts_with(ours + " "));
  note.replace(0, ours.size(), std::to_string(other.pid()));
  const auto start = note.find(' ') + 1;
  note.replace(start, note.find(' ', start) - start, "1");
  port.locks.write(".LCK..ttyX7.owner", note);
  CHECK(port.take());
  CHECK(port.locks.empty());
}

TEST_CASE("a note about another lock, or of nonsense, changes nothing", "[modem][lock]") {
  const Port port;
  const Sleeper other;
  port.locked_with(hdb(other.pid()));
  for (const auto& note : {std::string("rubbish"), std::to_string(other.pid()) + " 1 another-boot 1 pppctl\n"}) {
    port.locks.write(".LCK..ttyX7.owner", note);
    CHECK(port.refused().error == EBUSY);
  }
}

TEST_CASE("another user's stale lock in a sticky folder is reported with root's command", "[modem][lock]") {
  if (!is_root()) return;
  const Port port;
  port.locked_with(hdb(dead_pid()));
  REQUIRE(::chmod(port.locks.path().c_str(), 01777) == 0);
  REQUIRE(::chmod(port.devices.path().c_str(), 0755) == 0);
  CHECK(in_child([&] {
          if (!become_nobody()) return 2;
          const auto taken = port.take();
          return !taken && taken.error().error == EACCES && taken.error().kind == base::FailureKind::permanent &&
                         taken.error().text.ends_with("as root: `rm " + port.lock + "`")
                     ? 0
                     : 1;
        }) == 0);
  CHECK(std::filesystem::exists(port.lock));
}

TEST_CASE("a stale lock that another process is clearing away is waited for, and not for ever", "[modem][lock]") {
  const Port port;
  port.locked_with(hdb(dead_pid()));
  const base::Fd other(::open(port.lock.c_str(), O_RDONLY | O_CLOEXEC));
  REQUIRE(::flock(other.get(), LOCK_EX) == 0);
  CHECK(port.refused().error == EBUSY);
}

TEST_CASE("of many processes that find a stale lock exactly one gets the port", "[modem][lock]") {
  constexpr int racers = 24;
  constexpr int rounds = 12;
  const Port port;
  for (int round = 0; round < rounds; ++round) {
    port.locked_with(hdb(dead_pid()));
    auto start = base::make_pipe();
    auto result = base::make_pipe();
    auto end = base::make_pipe();
    REQUIRE((start && result && end));
    std::array<pid_t, racers> children{};
    for (auto& child : children) {
      child = ::fork();
      if (child != 0) continue;
      char octet = 0;
      start->write.reset();
      end->write.reset();
      // All are let go at once, and the winner holds the lock until the last one has tried.
      while (::read(start->read.get(), &octet, 1) > 0) continue;
      const auto lock = port.take();
      octet = lock ? 'w' : lock.error().error == EBUSY ? 'l' : 'f';
      if (::write(result->write.get(), &octet, 1) != 1) ::_exit(1);
      while (::read(end->read.get(), &octet, 1) > 0) continue;
      ::_exit(0);  // leaves the lock behind, as a kill would
    }
    start->write.reset();
    std::string results;
    while (results.size() < racers) {
      std::array<char, racers> room;
      const auto count = base::read_some(result->read, room, base::Deadline::after(std::chrono::seconds(30)));
      REQUIRE(count);
      results.append(room.data(), *count);
    }
    end->write.reset();
    for (const auto child : children) REQUIRE(::waitpid(child, nullptr, 0) == child);
    CAPTURE(results);
    CHECK(std::count(results.begin(), results.end(), 'w') == 1);
    CHECK(std::count(results.begin(), results.end(), 'l') == racers - 1);
  }
  CHECK(port.take());
  CHECK(port.locks.empty());
}
