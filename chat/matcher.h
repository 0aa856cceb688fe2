// Strings looked for in a stream of octets, all at once: an octet costs one look-up however many strings there are
// (the automaton of Aho and Corasick over those octets that the strings have).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace chat {

class Matcher {
 public:
  explicit Matcher(const std::vector<std::string>& strings = {});

  void reset() { state_ = 0; }
  // The number of the first of the strings that the octets since reset() end with; an empty one ends every stream.
  std::optional<std::size_t> feed(char c);
  // The string is not looked for any more; what is half seen of the others stays so.
  void retire(std::size_t number);

 private:
  using Node = std::uint32_t;  // 0: the root
  static constexpr Node none = UINT32_MAX;

  void add(const std::string& string);
  void link();
  void note_ends();
  [[nodiscard]] std::size_t edge(Node node, char c) const {
    return node * classes_ + class_of_[static_cast<unsigned char>(c)];
  }

  std::array<std::uint16_t, 256> class_of_{};  // octets that no string has are one class, 0
  std::size_t classes_ = 1;
  std::vector<Node> next_;      // [node * classes_ + class]
  std::vector<Node> fallback_;  // the longest other node that this one ends with
  std::vector<Node> by_depth_;
  std::vector<Node> ends_;       // of each string; none: it was retired
  std::vector<Node> first_end_;  // of each node: the number of the first string that ends there
  Node state_ = 0;
};

}  // namespace chat
