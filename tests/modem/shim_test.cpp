// libserialport's back end on a pty that passes for /dev/ttyEMU0, by the shim that is linked into this program.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <cerrno>
#include <filesystem>
#include <thread>

#include "modem/line_modes.h"
#include "modem/lock.h"
#include "modem/port.h"
#include "tests/modem/pty.h"

using namespace std::chrono_literals;
using modem::BackEnd;
using modem::Port;
using modem::PortSettings;
using modem_tests::Folder;
using modem_tests::Pty;

namespace {

constexpr const char* device = "/dev/ttyEMU0";
constexpr PortSettings plain{.speed = 57600, .flow = conf::FlowControl::rts_cts};

// An emulated modem's side: the pty's master and the file of the lines.
class Modem {
 public:
  Modem() {
    std::filesystem::create_symlink(pty_.slave_name(), folder_.path() + "/link");
    drive(TIOCM_CTS | TIOCM_DSR);
    const std::string port = std::string(device) + "=" + folder_.path() + "/link";
    REQUIRE(::setenv("OFFHOOK_SHIM_PORT", port.c_str(), 1) == 0);
    REQUIRE(::setenv("OFFHOOK_SHIM_LINES", (folder_.path() + "/lines").c_str(), 1) == 0);
  }
  ~Modem() { ::unsetenv("OFFHOOK_SHIM_PORT"); }
  Modem(const Modem&) = delete;
  Modem& operator=(const Modem&) = delete;

  void drive(int lines) {
    const auto ours = folder_.read("lines");
    std::string bytes(8, '\0');
    bytes[0] = static_cast<char>(lines & 0xff);
    bytes[1] = static_cast<char>(lines >> 8);
    if (ours.size() == bytes.size()) bytes.replace(4, 4, ours, 4, 4);
    folder_.write("lines", bytes);
  }
  [[nodiscard]] bool dtr() const { return (driven() & TIOCM_DTR) != 0; }
  [[nodiscard]] bool rts() const { return (driven() & TIOCM_RTS) != 0; }
  Pty& pty() { return pty_; }
  [[nodiscard]] const std::string& folder() const { return folder_.path(); }

 private:
  [[nodiscard]] int driven() const { return static_cast<unsigned char>(folder_.read("lines").at(4)); }

  Pty pty_;
  Folder folder_;
};

std::unique_ptr<Port> opened(const PortSettings& settings = plain, BackEnd back_end = BackEnd::serialport) {
  auto port = Port::open(device, settings, back_end);
  if (!port) FAIL(port.error().text);
  return std::move(*port);
}

modem::ModemLines lines_of(Port& port) {
  const auto lines = port.lines();
  if (!lines) FAIL(lines.error().text);
  REQUIRE(*lines);
  return **lines;
}

}  // namespace

TEST_CASE("libserialport opens the device raw, with its settings, and never for a child", "[modem][serialport]") {
  Modem modem;
  const auto port = opened();
  const auto modes = modem.pty().modes();
  CHECK(modes.c_iflag == IGNBRK);
  CHECK(modes.c_oflag == 0);
  CHECK(modes.c_lflag == 0);
  CHECK((modes.c_cflag & (CSIZE | CREAD | CLOCAL | HUPCL | PARENB | CSTOPB)) == (CS8 | CREAD | CLOCAL | HUPCL));
  CHECK((modes.c_cflag & CRTSCTS) != 0);
  CHECK(modes.c_cc[VMIN] == 1);
  CHECK(::cfgetospeed(&modes) == B57600);
  CHECK((::fcntl(port->fd().get(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK((::fcntl(port->fd().get(), F_GETFL) & O_NONBLOCK) != 0);
  CHECK(port->device() == device);
}

TEST_CASE("libserialport is taken for what it knows, and a tty for the rest", "[modem][serialport]") {
  Modem modem;
  {
    const auto port = opened(plain, BackEnd::automatic);
    REQUIRE(port->follow_carrier(true));
    CHECK(port->must_poll_carrier());
    CHECK((modem.pty().modes().c_cflag & CLOCAL) != 0);  // by which the library's ports are told from a tty's
  }
  auto port = Port::open(modem.folder() + "/link", plain);
  REQUIRE(port);
  REQUIRE((*port)->follow_carrier(true));
  CHECK((modem.pty().modes().c_cflag & CLOCAL) == 0);
}

TEST_CASE("every kind of flow control and any speed reach the driver through libserialport", "[modem][serialport]") {
  Modem modem;
  {
    const auto port = opened({.speed = 250000, .flow = conf::FlowControl::none});
    CHECK((modem.pty().modes().c_cflag & CRTSCTS) == 0);
    CHECK(modem::read_modes(port->fd(), "pty")->output_speed == 250000);
    REQUIRE(port->set_dtr(false));
    REQUIRE(port->set_dtr(true));
    CHECK(modem::read_modes(port->fd(), "pty")->output_speed == 250000);
    CHECK(modem.pty().modes().c_cc[VMIN] == 1);
  }
  {
    const auto port = opened({.speed = 9600, .flow = conf::FlowControl::xon_xoff});
    CHECK((modem.pty().modes().c_iflag & (IXON | IXOFF)) == (IXON | IXOFF));
  }
  modem.pty().set_speed(B2400);
  const auto port = opened({.speed = std::nullopt, .flow = conf::FlowControl::none});
  CHECK(modem.pty().speed() == B2400);
}

TEST_CASE("opening raises DTR and RTS, closing drops them", "[modem][serialport]") {
  const Modem modem;
  auto port = opened();
  CHECK(modem.dtr());
  CHECK(modem.rts());
  port.reset();
  CHECK_FALSE(modem.dtr());
  CHECK_FALSE(modem.rts());
}

TEST_CASE("DTR is dropped and raised on its line, RTS stays", "[modem][serialport]") {
  Modem modem;
  for (const auto back_end : {BackEnd::serialport, BackEnd::tty}) {
    const auto port = opened(plain, back_end);
    REQUIRE(port->set_dtr(false));
    CHECK_FALSE(modem.dtr());
    CHECK(modem.rts());
    CHECK_FALSE(lines_of(*port).dtr);
    CHECK(modem.pty().speed() == B57600);
    REQUIRE(port->set_dtr(true));
    CHECK(modem.dtr());
    CHECK(lines_of(*port).dtr);
  }
}

TEST_CASE("each line of the modem is told, and the loss of the carrier is seen by asking", "[modem][serialport]") {
  Modem modem;
  for (const auto back_end : {BackEnd::serialport, BackEnd::tty}) {
    modem.drive(TIOCM_CTS | TIOCM_DSR);
    const auto port = opened(plain, back_end);
    auto lines = lines_of(*port);
    CHECK((lines.cts && lines.dsr && lines.rts && lines.dtr));
    CHECK_FALSE((lines.dcd || lines.ri));
    modem.drive(TIOCM_RNG);
    lines = lines_of(*port);
    CHECK(lines.ri);
    CHECK_FALSE((lines.cts || lines.dsr));
    modem.drive(TIOCM_CTS | TIOCM_DSR | TIOCM_CAR);
    CHECK_FALSE(port->must_poll_carrier());
    REQUIRE(port->follow_carrier(true));
    CHECK(port->must_poll_carrier());
    CHECK(lines_of(*port).dcd);
    modem.drive(TIOCM_CTS | TIOCM_DSR);
    CHECK_FALSE(lines_of(*port).dcd);
    REQUIRE(port->follow_carrier(false));
    CHECK_FALSE(port->must_poll_carrier());
  }
}

TEST_CASE("octets pass through libserialport's descriptor unchanged", "[modem][serialport]") {
  Modem modem;
  const auto port = opened();
  std::string all;
  for (int octet = 0; octet < 256; ++octet) all += static_cast<char>(octet);
  REQUIRE(port->write(all, base::Deadline::after(5s), nullptr));
  CHECK(modem.pty().read(all.size()) == all);
  modem.pty().write(all);
  std::string got;
  while (got.size() < all.size()) {
    std::array<char, 64> room;
    const auto count = port->read(room, base::Deadline::after(5s), nullptr);
    REQUIRE(count);
    REQUIRE(*count > 0);
    got.append(room.data(), *count);
  }
  CHECK(got == all);
  std::array<char, 8> room;
  CHECK(port->read(room, base::Deadline::after(20ms), nullptr).error().error == ETIMEDOUT);
  REQUIRE(port->send_break());
  CHECK(port->flush_input());
  CHECK(port->flush_output());
}

TEST_CASE("a device that was unplugged reads as the end of the line", "[modem][serialport]") {
  Modem modem;
  const auto port = opened();
  modem.pty().hang_up();
  std::array<char, 8> room;
  const auto count = port->read(room, base::Deadline::after(5s), nullptr);
  REQUIRE(count);
  CHECK(*count == 0);
}

TEST_CASE("the device's modes of before are put back by libserialport's back end too", "[modem][serialport]") {
  Modem modem;
  const auto before = modem.pty().modes();
  opened().reset();
  const auto after = modem.pty().modes();
  CHECK(after.c_iflag == before.c_iflag);
  CHECK(after.c_lflag == before.c_lflag);
  CHECK(after.c_cflag == (before.c_cflag | HUPCL));
  CHECK(::cfgetospeed(&after) == ::cfgetospeed(&before));
}

TEST_CASE("a port in use is refused by either back end", "[modem][serialport]") {
  const Modem modem;
  for (const auto first : {BackEnd::serialport, BackEnd::tty}) {
    const auto port = opened(plain, first);
    for (const auto second : {BackEnd::serialport, BackEnd::tty}) {
      const auto refused = Port::open(device, plain, second);
      REQUIRE_FALSE(refused);
      CHECK(refused.error().error == EBUSY);
    }
    CHECK(modem.dtr());
  }
}

TEST_CASE("a change of a line ends the wait for one", "[modem][serialport]") {
  Modem modem;
  const auto port = opened();
  std::atomic<bool> seen = false;
  std::thread other([&] {
    for (int lines = TIOCM_CTS; !seen; lines ^= TIOCM_CAR) modem.drive(lines);
  });
  const int waited = ::ioctl(port->fd().get(), TIOCMIWAIT, TIOCM_CAR);
  seen = true;
  other.join();
  CHECK(waited == 0);
}
