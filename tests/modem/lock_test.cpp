#include "modem/lock.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>

#include "base/fd.h"
#include "base/io.h"
#include "modem/lock_owner.h"
#include "tests/modem/pty.h"

using modem::parse_lock;
using modem::PortLock;
using modem_tests::Folder;

namespace {

constexpr uid_t nobody = 65534;

std::string hdb(pid_t pid) {
  auto digits = std::to_string(pid);
  return std::string(10 - digits.size(), ' ') + digits + "\n";
}

// A pid that was somebody's a moment ago.
pid_t dead_pid() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  return child;
}

// A process that lives as long as this object.
class Sleeper {
 public:
  Sleeper() : pid_(::fork()) {
    if (pid_ == 0) {
      for (;;) ::pause();
    }
  }
  ~Sleeper() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

void age(const std::string& file, time_t seconds) {
  const timespec when{::time(nullptr) - seconds, 0};
  const std::array<timespec, 2> times{when, when};
  REQUIRE(::utimensat(AT_FDCWD, file.c_str(), times.data(), 0) == 0);
}

// A port with a name that is a plain file's: a lock asks for no more.
struct Port {
  Folder devices;
  Folder locks;
  std::string name = devices.path() + "/ttyX7";
  std::string lock = locks.path() + "/LCK..ttyX7";

  Port() { devices.write("ttyX7", ""); }
  void locked_with(std::string_view bytes) const { locks.write("LCK..ttyX7", bytes); }
  [[nodiscard]] base::Result<PortLock> take() const { return PortLock::take(locks.path(), name, "test"); }
  [[nodiscard]] base::Failure refused() const {
    const auto taken = take();
    REQUIRE_FALSE(taken);
    CHECK(taken.error().text.find('\n') == std::string::npos);
    return taken.error();
  }
};

// Runs it in a process of its own; its result is the exit status.
template <class Body>
int in_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Two users are needed.
bool is_root() {
  if (::geteuid() == 0) return true;
  WARN("not run: only root can become another user");
  return false;
}

bool become_nobody() {
  return ::setgroups(0, nullptr) == 0 && ::setresgid(nobody, nobody, nobody) == 0 &&
         ::setresuid(nobody, nobody, nobody) == 0;
}

}  // namespace

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

TEST_CASE("a pid that is another process by now holds no lock of ours", "[modem][lock]") {
  const Port port;
  const Sleeper other;
  // As if that pid had been one of us, in this boot, started earlier.
  port.locked_with(hdb(other.pid()));
  const base::Directory locks = *base::Directory::open(port.locks.path());
  modem::note_owner(locks, "LCK..ttyX7", "pppctl");
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
