// An open serial line. Two back ends: libserialport for the devices that it knows, termios for ptys, inherited
// descriptors and every other tty. Closing it drops DTR (HUPCL): nobody else may have it open.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/result.h"
#include "base/stop_signals.h"
#include "conf/modem.h"

namespace modem {

struct ModemLines {
  bool dtr = false, rts = false, cts = false, dsr = false, dcd = false, ri = false;
};

// What had come before a deadline is read after it too, for we may not have been run for a while: as much as a tty's
// buffer holds. More is a line that never falls silent, and a deadline holds against that as well.
inline constexpr std::size_t max_late_octets = 4096;

struct PortSettings {
  std::optional<unsigned> speed;  // bit/s; none: as found
  conf::FlowControl flow = conf::FlowControl::rts_cts;
};

enum class BackEnd { automatic, serialport, tty };

class Port {
 public:
  // name: a path (symbolic links are resolved), or "fd:N". Opens without waiting for DCD and without getting a
  // controlling terminal; raw, 8 bits, CLOCAL and HUPCL set, close-on-exec. The failure says what to do: not there, no
  // permission (error EACCES), no tty (ENOTTY), in exclusive use (EBUSY).
  static base::Result<std::unique_ptr<Port>> open(const std::string& name, const PortSettings& settings,
                                                  BackEnd back_end = BackEnd::automatic);
  virtual ~Port() = default;  // puts the modes of before back, throws away what is unsent, closes
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  [[nodiscard]] const std::string& device() const { return device_; }  // without links: "/dev/ttyS1"
  [[nodiscard]] const base::Fd& fd() const { return fd_; }             // for poll; non-blocking

  // One or more octets; 0: the line is gone (hang-up, device unplugged). A passed deadline: error ETIMEDOUT.
  base::Result<std::size_t> read(std::span<char> into, const base::Deadline& deadline, base::StopSignals* stop);
  // Some octets (at least one) or all of them. A line that is gone: error EIO.
  base::Result<std::size_t> write_some(std::string_view bytes, const base::Deadline& deadline, base::StopSignals* stop);
  base::Result<void> write(std::string_view bytes, const base::Deadline& deadline, base::StopSignals* stop);
  // Throws away what has come in and was not read.
  base::Result<void> flush_input();
  // Throws away what was written and has not left.
  base::Result<void> flush_output();
  // Octets written that have not left this host yet; empty where the driver does not tell (a pty).
  [[nodiscard]] std::optional<std::size_t> unsent() const;

  // Empty: this line has no modem lines (a pty).
  virtual base::Result<std::optional<ModemLines>> lines() = 0;
  // Off where there is no such line: speed B0, which asks the driver for the same (tty back end).
  virtual base::Result<void> set_dtr(bool on) = 0;
  // True: the loss of the carrier ends the line: read() gives 0 (CLOCAL off), or, with libserialport, whose ports never
  // notice, carrier_lost() must be asked now and then. False, as after open(): DCD is ignored.
  virtual base::Result<void> follow_carrier(bool on) = 0;
  [[nodiscard]] virtual bool must_poll_carrier() const = 0;
  // 0.25 to 0.5 s.
  virtual base::Result<void> send_break() = 0;

 protected:
  Port(base::Fd fd, std::string device) : fd_(std::move(fd)), device_(std::move(device)) {}
  base::Fd fd_;

 private:
  std::string device_;
};

// A name as given to its device: links resolved, so that two names are one port. "fd:N" stays.
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

}  // namespace modem
