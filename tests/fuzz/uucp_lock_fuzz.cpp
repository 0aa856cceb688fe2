// Any octets as a lock file, and as a device's name: a pid that is read is one that kill(2) takes for a single process,
// what follows it changes nothing, what we write ourselves is read back, and no name leads out of the lock directory.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "modem/lock.h"

namespace {

void require(bool held) {
  if (!held) std::abort();
}

void check_pid(std::string_view bytes) {
  const auto pid = modem::parse_lock(bytes);
  require(!pid || *pid > 0);
  // HDB form: more may follow. Four octets are read as a number of the machine unless they are text.
  const std::string_view more = "\n/usr/sbin/pppd joe";
  const bool ends_in_digit = !bytes.empty() && bytes.back() >= '0' && bytes.back() <= '9';
  if (bytes.size() > sizeof(std::int32_t) || (pid && ends_in_digit && bytes.size() < sizeof(std::int32_t)))
    require(modem::parse_lock(std::string(bytes) + std::string(more)) == pid);
}

void check_written(std::string_view bytes) {
  std::int32_t number = 0;
  if (bytes.size() < sizeof number) return;
  std::memcpy(&number, bytes.data(), sizeof number);
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%10d\n", number);
  const auto read = modem::parse_lock(text.data());
  require(number > 0 ? read == number : !read);
}

void check_names(const std::string& name, const std::string& device) {
  const auto names = modem::lock_names(name, device);
  for (const auto& lock : names) {
    require(lock.starts_with("LCK..") && lock.size() > 5 && lock.find('/') == std::string::npos);
    require(std::count(names.begin(), names.end(), lock) == 1);
  }
  if (device.find('/') == std::string::npos && !device.empty()) require(!names.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_pid(bytes);
  check_written(bytes);
  const auto half = std::min(bytes.find('\n'), bytes.size());
  check_names(std::string(bytes.substr(0, half)), std::string(bytes.substr(half)));
  check_names(std::string(bytes), "/dev/" + std::string(bytes.substr(half)));
  return 0;
}
