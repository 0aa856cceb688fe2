// The login table, in the manner of mgetty's login.config: which program a caller gets.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace conf {

inline constexpr std::string_view ppp_pattern = "/AutoPPP/";  // for LCP frames in place of a name

struct LoginEntry {
  std::string pattern;               // a name, with * at its beginning or end, or ppp_pattern
  std::string account;               // whom the program runs as; empty: as we do
  std::string utmp;                  // read and kept for the record; empty: "-"
  std::vector<std::string> program;  // an absolute path and arguments; empty: nobody is let in
  bool has_terminal = false;         // it gets the port itself, not a socket
};

class LoginTable {
 public:
  // Pure. A fault is permanent, with file and line.
  static base::Result<LoginTable> parse(std::string_view text, std::string_view file);

  // The first line whose pattern the name has. The names that callers give match no "/AutoPPP/".
  [[nodiscard]] const LoginEntry* find(std::string_view name) const;
  [[nodiscard]] const LoginEntry* for_ppp() const;

 private:
  std::vector<LoginEntry> entries_;
};

// Letters, digits and . _ + @ -, not beginning with -, of a bounded length: it becomes an argument of a program.
bool is_login_name(std::string_view name);
inline constexpr std::size_t max_login_name_bytes = 32;

// The program's words: the word @ is the name, as one argument.
std::vector<std::string> words_for(const LoginEntry& entry, const std::string& name);

// A file that is not there, or that others than its owner may read, or whose owner is neither root nor we: permanent.
base::Result<LoginTable> load_login(const std::string& file);

}  // namespace conf
