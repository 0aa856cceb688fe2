#include "modem/at_secret.h"

#include <algorithm>

namespace modem {
namespace {

// V.250 §5.2.1: in either case.
std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return out;
}

// Where the first secret begins: at the equals sign of its command, or where that should be; npos: there is none.
std::size_t secret_begin(std::string_view line) {
  const auto text = upper(line);
  auto begin = std::string::npos;
  for (const std::string_view command : {"CPIN", "CPWD", "CLCK", "CGAUTH"}) {
    for (auto at = text.find(command); at != std::string::npos; at = text.find(command, at + 1)) {
      const auto end = at + command.size();
      const auto next = text.find_first_not_of(' ', end);
      const bool asks = next != std::string::npos && (text[next] == '?' || text.compare(next, 2, "=?") == 0);
      if (!asks) begin = std::min(begin, end);
    }
  }
  return begin;
}

}  // namespace

bool has_secret(std::string_view command_line) { return secret_begin(command_line) != std::string::npos; }

std::string without_secret(const std::string& command_line) {
  const auto begin = secret_begin(command_line);
  return begin == std::string::npos ? command_line : command_line.substr(0, begin) + "=...";
}

std::string without_secret_of(const std::string& command_line, const std::string& said) {
  const auto begin = secret_begin(command_line);
  if (begin == std::string::npos) return said;
  const auto first = command_line.find_first_not_of(" =\"", begin);
  if (first == std::string::npos) return said;
  auto secret = command_line.substr(first);
  secret.erase(std::min(secret.find('"'), secret.size()));
  const bool repeats = has_secret(said) || (!secret.empty() && said.find(secret) != std::string::npos);
  return repeats ? "..." : said;
}

}  // namespace modem
