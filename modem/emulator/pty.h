// A pty whose master is the emulated modem's side, and the symbolic link by which the slave is found.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace emulator {

class Pty {
 public:
  // Raw, and nobody has the slave open: poll says hung up.
  static base::Result<Pty> make();

  [[nodiscard]] const base::Fd& master() const { return master_; }
  [[nodiscard]] const std::string& device() const { return device_; }  // "/dev/pts/3"

  // Empty: nothing is there for now.
  std::optional<std::size_t> read(std::span<char> into);
  // How many octets were taken, at once.
  std::size_t write(std::string_view bytes);
  void discard_input();
  [[nodiscard]] bool slave_is_open() const;
  [[nodiscard]] bool ignores_carrier() const;  // CLOCAL
  [[nodiscard]] bool speed_is_zero() const;    // B0
  [[nodiscard]] unsigned speed() const;        // of the slave, bit/s; 0: not known
  // What the last holder left on the slave and no serial port would keep over its last close: exclusive use, speed 0,
  // octets that were not read. False: it cannot be opened for that. To be called while nobody has it open.
  bool tidy();
  // A descriptor of the slave of our own.
  [[nodiscard]] base::Fd slave() const;

 private:
  Pty(base::Fd master, std::string device) : master_(std::move(master)), device_(std::move(device)) {}
  base::Fd master_;
  std::string device_;
};

// Points the link at the device, replacing in one step a link that is there; any other file is refused.
base::Result<void> make_link(const std::string& link, const std::string& device);
// Removes it if it leads to the device.
void remove_link(const std::string& link, const std::string& device);

}  // namespace emulator
