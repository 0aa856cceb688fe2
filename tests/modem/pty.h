// What the tests of ports share: a pty whose master is the modem's side, and a folder that goes with the test.
#pragma once

#include <termios.h>

#include <string>
#include <string_view>

#include "base/fd.h"

namespace modem_tests {

class Pty {
 public:
  Pty();

  [[nodiscard]] const std::string& slave_name() const { return slave_name_; }
  [[nodiscard]] const base::Fd& master() const { return master_; }
  [[nodiscard]] termios modes() const;  // of the slave, as the master sees them
  [[nodiscard]] speed_t speed() const;
  void set_speed(speed_t speed) const;
  void write(std::string_view bytes) const;
  [[nodiscard]] std::string read(std::size_t count) const;  // fails the test after some seconds
  void hang_up() { master_.reset(); }

 private:
  base::Fd master_;
  std::string slave_name_;
};

class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  void write(const std::string& name, std::string_view bytes) const;
  [[nodiscard]] std::string read(const std::string& name) const;
  [[nodiscard]] bool empty() const;

 private:
  std::string path_;
};

}  // namespace modem_tests
