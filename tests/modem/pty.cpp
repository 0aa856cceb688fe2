#include "tests/modem/pty.h"

#include <fcntl.h>
#include <stdlib.h>

#include <array>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/io.h"

namespace modem_tests {

using namespace std::chrono_literals;

Pty::Pty() : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
  REQUIRE(master_.valid());
  REQUIRE(::grantpt(master_.get()) == 0);
  REQUIRE(::unlockpt(master_.get()) == 0);
  std::array<char, 64> name{};
  REQUIRE(::ptsname_r(master_.get(), name.data(), name.size()) == 0);
  slave_name_ = name.data();
}

termios Pty::modes() const {
  termios modes{};
  REQUIRE(::tcgetattr(master_.get(), &modes) == 0);
  return modes;
}

speed_t Pty::speed() const {
  const auto found = modes();
  return ::cfgetospeed(&found);
}

void Pty::set_speed(speed_t speed) const {
  auto changed = modes();
  ::cfsetospeed(&changed, speed);
  REQUIRE(::tcsetattr(master_.get(), TCSANOW, &changed) == 0);
}

void Pty::write(std::string_view bytes) const { REQUIRE(base::write_all(master_, bytes, base::Deadline::after(5s))); }

std::string Pty::read(std::size_t count) const {
  std::string got;
  while (got.size() < count) {
    std::array<char, 256> room;
    const auto part = base::read_some(master_, room, base::Deadline::after(5s));
    REQUIRE(part);
    REQUIRE(*part > 0);
    got.append(room.data(), *part);
  }
  return got;
}

Folder::Folder() {
  std::string pattern = std::filesystem::temp_directory_path() / "offhook-modem-XXXXXX";
  REQUIRE(::mkdtemp(pattern.data()));
  path_ = std::filesystem::canonical(pattern);
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void Folder::write(const std::string& name, std::string_view bytes) const {
  std::ofstream(path_ + "/" + name, std::ios::binary) << bytes;
}

std::string Folder::read(const std::string& name) const {
  std::ifstream file(path_ + "/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool Folder::empty() const { return std::filesystem::is_empty(path_); }

}  // namespace modem_tests
