// What was sent and is not to be seen, though the far end repeats it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace chat {

inline constexpr std::string_view hidden_text = "??????";

class Secrets {
 public:
  // Without the line end that it was sent with; an empty one hides nothing.
  void add(std::string_view sent);

  [[nodiscard]] bool none() const { return secrets_.empty(); }

  // What of the stream can be shown after this octet; what may be the beginning of a secret is held back.
  std::string feed(char c);
  // What is held back, if it is no more than the end of this text, which is known anyway. The secret goes on behind it.
  std::string release(std::string_view known);
  // What is held back at the stream's end, unless it is half of a secret.
  std::string finish();

  // A whole text without the secrets in it.
  [[nodiscard]] std::string hide(std::string_view text) const;

 private:
  std::vector<std::string> secrets_;  // the longest first
  std::string held_;
  std::size_t shown_ = 0;  // octets of held_ that were released
};

}  // namespace chat
