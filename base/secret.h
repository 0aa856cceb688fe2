// Octets that must not stay behind in memory.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace base {

// Overwrites the octets, in a way that no compiler leaves out, and empties the string. Copies made before are not
// reached.
void wipe(std::string& bytes);

// A process that holds a secret leaves no core file, and other processes of the same user cannot look into it.
void hide_memory();

// One owner; wiped when it goes. Moving moves no octet.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view bytes) : bytes_(bytes.begin(), bytes.end()) {
    if (!bytes.empty()) hide_memory();
  }
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
