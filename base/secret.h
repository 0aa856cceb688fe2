// Octets that must not stay behind in memory.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace base {

// Overwrites the octets, in a way that no compiler leaves out, and empties the string. Copies made before are not
// reached.
void wipe(std::string& bytes);

// One owner; wiped when it goes. Moving moves no octet.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view bytes) : bytes_(bytes.begin(), bytes.end()) {}
  Secret(Secret&&) noexcept = default;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  [[nodiscard]] std::string_view view() const { return {bytes_.data(), bytes_.size()}; }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }

 private:
  void clear();

  std::vector<char> bytes_;
};

}  // namespace base
