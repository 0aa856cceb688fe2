// An open serial line. Four back ends: libserialport for the devices that it knows, termios for ptys, inherited
// descriptors and every other tty, and two for modems behind a server on the network: octets alone, and RFC 2217.
// Closing it drops DTR (HUPCL; over the network it is the server's to do so): nobody else may have it open.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/result.h"
#include "base/stop_signals.h"
#include "modem/line_settings.h"

namespace modem {

// What had come before a deadline is read after it too, for we may not have been run for a while: as much as a tty's
// buffer holds. More is a line that never falls silent, and a deadline holds against that as well.
inline constexpr std::size_t max_late_octets = 4096;

enum class BackEnd { automatic, serialport, tty };

class Port {
 public:
  // name: as conf/port_name.h tells; a path's symbolic links are resolved. Opens without waiting for DCD and without
  // getting a controlling terminal; raw, 8 bits, CLOCAL and HUPCL set, close-on-exec. The failure says what to do: not
  // there, no permission (error EACCES), no tty (ENOTTY), in exclusive use (EBUSY).
  static base::Result<std::unique_ptr<Port>> open(const std::string& name, const PortSettings& settings,
                                                  BackEnd back_end = BackEnd::automatic);
  virtual ~Port() = default;  // puts the modes of before back, throws away what is unsent, closes
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  [[nodiscard]] const std::string& device() const { return device_; }  // without links: "/dev/ttyS1"
  [[nodiscard]] const base::Fd& fd() const { return fd_; }             // for poll; non-blocking
  // Beside poll: octets for read() that were taken from fd() already, and whether the other side lets us send.
  [[nodiscard]] virtual bool has_input() const { return false; }
  [[nodiscard]] virtual bool takes_output() const { return true; }

  // One or more octets; 0: the line is gone (hang-up, device unplugged). A passed deadline: error ETIMEDOUT.
  base::Result<std::size_t> read(std::span<char> into, const base::Deadline& deadline, base::StopSignals* stop);
  // Some octets (at least one) or all of them. A line that is gone: error EIO.
  base::Result<std::size_t> write_some(std::string_view bytes, const base::Deadline& deadline, base::StopSignals* stop);
  base::Result<void> write(std::string_view bytes, const base::Deadline& deadline, base::StopSignals* stop);
  // While it is open and not used, others may open it: nothing keeps them away but their own manners (UUCP locks).
  // Closing it then leaves it to them as it is. Claiming it again sets it up anew, and fails with EBUSY if somebody has
  // it. Not over the network, where one connection is all there is.
  virtual void unclaim() {}
  virtual base::Result<void> claim() { return {}; }
  // The same when a program of ours has had it and has ended: one that was killed leaves TIOCEXCL on the line, which is
  // nobody's then.
  base::Result<void> reclaim();
  // Throws away what has come in and was not read.
  virtual base::Result<void> flush_input();
  // Throws away what was written and has not left.
  virtual base::Result<void> flush_output();
  // Octets written that have not left this host yet; empty where the driver does not tell (a pty). Over the network:
  // that the server has not got.
  virtual std::optional<std::size_t> unsent();

  // Empty: this line has no modem lines (a pty).
  virtual base::Result<std::optional<ModemLines>> lines() = 0;
  // Off where there is no such line: speed B0, which asks the driver for the same (tty back end); nothing happens where
  // there is neither (octets alone over the network).
  virtual base::Result<void> set_dtr(bool on) = 0;
  // True: the loss of the carrier ends the line: read() gives 0 (CLOCAL off), or, with libserialport, whose ports never
  // notice, carrier_lost() must be asked now and then. False, as after open(): DCD is ignored.
  virtual base::Result<void> follow_carrier(bool on) = 0;
  [[nodiscard]] virtual bool must_poll_carrier() const = 0;
  // The modem has said NO CARRIER and nothing after it: where its lines do not tell.
  virtual bool said_no_carrier() { return false; }
  // Why read() gave 0: "carrier lost", or that the device is gone.
  [[nodiscard]] virtual std::string end_reason() const;
  // What is odd about the line, for whoever finds no modem on it; empty: nothing known.
  [[nodiscard]] virtual std::string remarks() const { return {}; }
  // 0.25 to 0.5 s.
  virtual base::Result<void> send_break() = 0;

 protected:
  Port(base::Fd fd, std::string device) : fd_(std::move(fd)), device_(std::move(device)) {}
  // As read(2) and write(2) on a descriptor that does not block; EAGAIN also where what came was for the port itself.
  virtual ssize_t take(std::span<char> into);
  virtual ssize_t give(std::string_view bytes);
  // While the other side wants nothing: hears whether it does again.
  virtual base::Result<void> hear() { return {}; }
  base::Fd fd_;
  bool claimed_ = true;

 private:
  std::string device_;
};

// A name as given to its device: links resolved, so that two names are one port. "fd:N" stays, and a server on the
// network has one spelling.
base::Result<std::string> resolve_device(const std::string& name);

struct PortInfo {
  std::string device;
  std::string description;         // empty: none
  std::string transport;           // "native", "USB", "Bluetooth"
  std::string usb;                 // "067b:2303 serial 1234", empty for others
  std::vector<std::string> links;  // names below /dev/serial that lead here
};
// The serial ports of this host. libserialport opens each 8250 for a moment: DTR blips on idle ports.
base::Result<std::vector<PortInfo>> list_ports();

// Names that stay when a port is plugged in again: those below /dev/serial that lead to the device.
std::vector<std::string> lasting_names_of(const std::string& device);

}  // namespace modem
