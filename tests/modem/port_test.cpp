#include "modem/port.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <filesystem>

#include "modem/line_modes.h"
#include "tests/modem/pty.h"

using namespace std::chrono_literals;
using modem::BackEnd;
using modem::Port;
using modem::PortSettings;
using modem_tests::Folder;
using modem_tests::Pty;

namespace {

constexpr PortSettings plain{.speed = 115200, .flow = conf::FlowControl::none};

std::unique_ptr<Port> opened(const std::string& name, const PortSettings& settings = plain) {
  auto port = Port::open(name, settings);
  if (!port) FAIL(port.error().text);
  return std::move(*port);
}

base::Failure refused(const std::string& name, const PortSettings& settings = plain) {
  auto port = Port::open(name, settings);
  REQUIRE_FALSE(port);
  CHECK(port.error().text.find('\n') == std::string::npos);
  return port.error();
}

std::string read_one(Port& port, std::chrono::milliseconds within = 5s) {
  std::array<char, 64> room;
  const auto count = port.read(room, base::Deadline::after(within), nullptr);
  if (!count) FAIL(count.error().text);
  return {room.data(), *count};
}

}  // namespace

TEST_CASE("a port is opened raw, with 8 bits, CLOCAL and HUPCL, and closed on exec", "[modem][port]") {
  const Pty pty;
  const auto port = opened(pty.slave_name());
  const auto modes = pty.modes();
  CHECK(modes.c_iflag == IGNBRK);
  CHECK(modes.c_oflag == 0);
  CHECK(modes.c_lflag == 0);
  CHECK((modes.c_cflag & (CSIZE | CREAD | CLOCAL | HUPCL | PARENB | CSTOPB | CRTSCTS)) ==
        (CS8 | CREAD | CLOCAL | HUPCL));
  CHECK(modes.c_cc[VMIN] == 1);
  CHECK(::cfgetospeed(&modes) == B115200);
  CHECK((::fcntl(port->fd().get(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK((::fcntl(port->fd().get(), F_GETFL) & O_NONBLOCK) != 0);
  CHECK(port->device() == pty.slave_name());
}

TEST_CASE("flow control is what the settings say", "[modem][port]") {
  const Pty pty;
  {
    const auto port = opened(pty.slave_name(), {.speed = 9600, .flow = conf::FlowControl::rts_cts});
    CHECK((pty.modes().c_cflag & CRTSCTS) != 0);
    CHECK((pty.modes().c_iflag & (IXON | IXOFF)) == 0);
  }
  const auto port = opened(pty.slave_name(), {.speed = 9600, .flow = conf::FlowControl::xon_xoff});
  CHECK((pty.modes().c_cflag & CRTSCTS) == 0);
  CHECK((pty.modes().c_iflag & (IXON | IXOFF)) == (IXON | IXOFF));
}

TEST_CASE("any speed can be set, and none leaves it as it was found", "[modem][port]") {
  const Pty pty;
  for (const unsigned speed : {300U, 9600U, 57600U, 123456U, 250000U, 921600U}) {
    CAPTURE(speed);
    const auto port = opened(pty.slave_name(), {.speed = speed, .flow = conf::FlowControl::none});
    const auto modes = modem::read_modes(port->fd(), "pty");
    REQUIRE(modes);
    CHECK(modes->output_speed == speed);
    CHECK(modes->input_speed == speed);
  }
  pty.set_speed(B4800);
  const auto port = opened(pty.slave_name(), {.speed = std::nullopt, .flow = conf::FlowControl::none});
  CHECK(pty.speed() == B4800);
}

TEST_CASE("a port found at speed zero is given one, or it would stay on-hook", "[modem][port]") {
  const Pty pty;
  pty.set_speed(B0);
  const auto port = opened(pty.slave_name(), {.speed = std::nullopt, .flow = conf::FlowControl::none});
  CHECK(pty.speed() == B9600);
}

TEST_CASE("the modes of before are put back when the port is closed", "[modem][port]") {
  const Pty pty;
  const auto before = pty.modes();
  opened(pty.slave_name()).reset();
  const auto after = pty.modes();
  CHECK(after.c_iflag == before.c_iflag);
  CHECK(after.c_oflag == before.c_oflag);
  CHECK(after.c_lflag == before.c_lflag);
  CHECK(after.c_cflag == (before.c_cflag | HUPCL));
}

TEST_CASE("octets pass unchanged both ways, whatever they are", "[modem][port]") {
  const Pty pty;
  const auto port = opened(pty.slave_name());
  std::string all;
  for (int octet = 0; octet < 256; ++octet) all += static_cast<char>(octet);
  REQUIRE(port->write(all, base::Deadline::after(5s), nullptr));
  CHECK(pty.read(all.size()) == all);
  pty.write(all);
  std::string got;
  while (got.size() < all.size()) got += read_one(*port);
  CHECK(got == all);
}

TEST_CASE("a read that nothing comes for ends with its deadline", "[modem][port]") {
  const Pty pty;
  const auto port = opened(pty.slave_name());
  std::array<char, 8> room;
  const auto count = port->read(room, base::Deadline::after(20ms), nullptr);
  REQUIRE_FALSE(count);
  CHECK(count.error().error == ETIMEDOUT);
}

TEST_CASE("a write that nobody takes ends with its deadline", "[modem][port]") {
  const Pty pty;
  const auto port = opened(pty.slave_name());
  const auto written = port->write(std::string(1 << 20, 'x'), base::Deadline::after(50ms), nullptr);
  REQUIRE_FALSE(written);
  CHECK(written.error().error == ETIMEDOUT);
}

TEST_CASE("a signal ends a wait for octets", "[modem][port]") {
  const Pty pty;
  const auto port = opened(pty.slave_name());
  sigset_t before;
  ::sigprocmask(SIG_SETMASK, nullptr, &before);
  auto stop = base::StopSignals::watch();
  REQUIRE(stop);
  ::raise(SIGTERM);
  std::array<char, 8> room;
  const auto count = port->read(room, {}, &*stop);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  REQUIRE_FALSE(count);
  CHECK(count.error().error == EINTR);
}

TEST_CASE("a line that was hung up reads as its end and takes no octets", "[modem][port]") {
  Pty pty;
  const auto port = opened(pty.slave_name());
  pty.hang_up();
  CHECK(read_one(*port).empty());
  const auto written = port->write("x", base::Deadline::after(5s), nullptr);
  REQUIRE_FALSE(written);
  CHECK(written.error().error == EIO);
}

TEST_CASE("unread input is thrown away on request", "[modem][port]") {
  const Pty pty;
  const auto port = opened(pty.slave_name());
  pty.write("old");
  REQUIRE(base::wait_ready(port->fd(), base::Interest::read, base::Deadline::after(5s)));
  REQUIRE(port->flush_input());
  pty.write("new");
  CHECK(read_one(*port) == "new");
  CHECK(port->flush_output());
}

TEST_CASE("a pty has no modem lines, and DTR off there is speed zero", "[modem][port]") {
  const Pty pty;
  const auto port = opened(pty.slave_name());
  const auto lines = port->lines();
  REQUIRE(lines);
  CHECK_FALSE(*lines);
  CHECK_FALSE(port->unsent());
  REQUIRE(port->set_dtr(false));
  CHECK(pty.speed() == B0);
  REQUIRE(port->set_dtr(true));
  CHECK(pty.speed() == B115200);
}

TEST_CASE("following the carrier clears CLOCAL, and does not raise a DTR that is off", "[modem][port]") {
  const Pty pty;
  const auto port = opened(pty.slave_name());
  REQUIRE(port->follow_carrier(true));
  CHECK((pty.modes().c_cflag & CLOCAL) == 0);
  CHECK(port->must_poll_carrier());  // for what the modem says
  REQUIRE(port->set_dtr(false));
  REQUIRE(port->follow_carrier(false));
  CHECK_FALSE(port->must_poll_carrier());
  CHECK((pty.modes().c_cflag & CLOCAL) != 0);
  CHECK(pty.speed() == B0);
}

TEST_CASE("a break can be sent where there is no line to see it", "[modem][port]") {
  const Pty pty;
  CHECK(opened(pty.slave_name())->send_break());
}

TEST_CASE("a port in use is refused, to root as well, until it is closed", "[modem][port]") {
  const Pty pty;
  {
    const auto port = opened(pty.slave_name());
    const auto failure = refused(pty.slave_name());
    CHECK(failure.error == EBUSY);
    CHECK(failure.kind == base::FailureKind::temporary);
    CHECK(failure.text.find("fuser -v " + pty.slave_name()) != std::string::npos);
    CHECK(pty.speed() == B115200);  // the one that was refused has changed nothing
    CHECK(refused(pty.slave_name()).error == EBUSY);
  }
  opened(pty.slave_name());
}

TEST_CASE("a port that another program holds exclusively is refused and left alone", "[modem][port]") {
  const Pty pty;
  const base::Fd other(::open(pty.slave_name().c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  REQUIRE(::ioctl(other.get(), TIOCEXCL) == 0);
  CHECK(refused(pty.slave_name()).error == EBUSY);
  int exclusive = 0;
  REQUIRE(::ioctl(other.get(), TIOCGEXCL, &exclusive) == 0);
  CHECK(exclusive == 1);
}

TEST_CASE("a port comes back from a program of ours though that one was killed and left its mark", "[modem][port]") {
  const Pty pty;
  const auto port = opened(pty.slave_name());
  port->unclaim();
  const base::Fd theirs(::open(pty.slave_name().c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  REQUIRE(::ioctl(theirs.get(), TIOCEXCL) == 0);
  const auto claimed = port->claim();
  REQUIRE_FALSE(claimed);
  CHECK(claimed.error().error == EBUSY);
  CHECK(port->reclaim());
}

TEST_CASE("a device that is not there is refused with the nearest that is", "[modem][port]") {
  const Folder folder;
  folder.write("ttyS1", "");
  const auto near = refused(folder.path() + "/ttyS11");
  CHECK(near.error == ENOENT);
  CHECK(near.kind == base::FailureKind::permanent);
  CHECK(near.text.find("did you mean " + folder.path() + "/ttyS1?") != std::string::npos);
  CHECK(near.text.find("modemctl list") != std::string::npos);
  const auto far = refused(folder.path() + "/no/such/folder");
  CHECK(far.text.find("did you mean") == std::string::npos);
  const auto plug = refused("/dev/serial/by-id/usb-Nobody_Has_This-if00");
  CHECK(plug.kind == base::FailureKind::temporary);
  CHECK(plug.text.find("plugged in") != std::string::npos);
}

TEST_CASE("a device without permission names the group to be in", "[modem][port]") {
  if (::geteuid() != 0) {
    WARN("not run: only root can make a device that this user may not open");
    return;
  }
  const Pty pty;
  REQUIRE(::chown(pty.slave_name().c_str(), 0, 20) == 0);
  REQUIRE(::chmod(pty.slave_name().c_str(), 0660) == 0);
  // As somebody else, in a process of its own.
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setgroups(0, nullptr) < 0 || ::setresgid(65534, 65534, 65534) < 0 || ::setresuid(65534, 65534, 65534) < 0)
      ::_exit(2);
    const auto port = Port::open(pty.slave_name(), plain);
    const bool said = !port && port.error().error == EACCES && port.error().kind == base::FailureKind::permanent &&
                      port.error().text.find("group dialout") != std::string::npos;
    ::_exit(said ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

TEST_CASE("what is no serial port is refused", "[modem][port]") {
  const Folder folder;
  folder.write("file", "");
  REQUIRE(::mkfifo((folder.path() + "/fifo").c_str(), 0600) == 0);
  for (const std::string& name :
       {std::string("/dev/null"), folder.path(), folder.path() + "/file", folder.path() + "/fifo"}) {
    const auto failure = refused(name);
    CAPTURE(failure.text);
    CHECK(failure.error == ENOTTY);
    CHECK(failure.kind == base::FailureKind::permanent);
    CHECK(failure.text.find("no serial port") != std::string::npos);
  }
}

TEST_CASE("a link is resolved anew at each opening", "[modem][port]") {
  const Folder folder;
  const std::string link = folder.path() + "/modem";
  const Pty first, second;
  std::filesystem::create_symlink(first.slave_name(), link);
  CHECK(opened(link)->device() == first.slave_name());
  std::filesystem::remove(link);
  std::filesystem::create_symlink(second.slave_name(), link);
  CHECK(opened(link)->device() == second.slave_name());
  CHECK(*modem::resolve_device(link) == second.slave_name());
  CHECK(*modem::resolve_device("fd:6") == "fd:6");
}

TEST_CASE("an inherited descriptor is a port, and is as it was when the port is closed", "[modem][port]") {
  const Pty pty;
  const base::Fd ours(::open(pty.slave_name().c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  const auto before = pty.modes();
  {
    const auto port = opened("fd:" + std::to_string(::dup(ours.get())));
    pty.write("hello");
    CHECK(read_one(*port) == "hello");
  }
  CHECK((::fcntl(ours.get(), F_GETFL) & O_NONBLOCK) == 0);
  CHECK(pty.modes().c_lflag == before.c_lflag);
  CHECK(refused("fd:999").error == EBADF);
  CHECK(refused("fd:x").kind == base::FailureKind::permanent);
  const base::Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  CHECK(refused("fd:" + std::to_string(null.get())).error == ENOTTY);
}

TEST_CASE("libserialport is not asked to open what it does not know", "[modem][port]") {
  const Pty pty;
  const auto port = Port::open(pty.slave_name(), plain, BackEnd::serialport);
  REQUIRE_FALSE(port);
  CHECK(port.error().text.find("libserialport does not know it") != std::string::npos);
}

TEST_CASE("modes that a driver did not take are named", "[modem][port]") {
  modem::LineModes wanted;
  modem::make_raw(wanted, conf::FlowControl::rts_cts);
  modem::set_speed(wanted, 57600);
  CHECK(modem::difference(wanted, wanted).empty());
  auto taken = wanted;
  taken.output_speed = 57692;  // the nearest divisor
  CHECK(modem::difference(wanted, taken).empty());
  taken.output_speed = 9600;
  CHECK(modem::difference(wanted, taken) == "57600 bit/s (it runs at 9600)");
  taken = wanted;
  taken.control &= ~static_cast<unsigned>(CRTSCTS);
  CHECK(modem::difference(wanted, taken).find("RTS and CTS") != std::string::npos);
  taken = wanted;
  taken.local |= ECHO;
  CHECK(modem::difference(wanted, taken) == "raw mode");
}
