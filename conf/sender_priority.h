// control/senderpriority: how urgent a sender's mail is, whatever its header says. One rule a line: SENDER PRIORITY.
//
//   anna@office.example  6      this address
//   @office.example      2      everybody at this host
//   @.example           -2      everybody at a host below it
//   <>                  -4      bounces
//   *                    0      everybody else
//
// Of several rules that fit, the most exact one counts. Case is ignored.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "conf/places.h"

namespace conf {

// RFC 6710: from -9, the least urgent, to 9; 0 is what a message without a priority has.
inline constexpr int least_priority = -9;
inline constexpr int normal_priority = 0;
inline constexpr int greatest_priority = 9;

// A whole number from least_priority to greatest_priority and nothing else, with or without a sign. Pure.
std::optional<int> parse_priority(std::string_view text);

class SenderPriorities {
 public:
  // Pure. A fault is permanent: file, line and what is wrong.
  static base::Result<SenderPriorities> parse(std::string_view text, std::string_view file);

  // sender: unquoted, as in an envelope; empty: the null sender. None: no rule fits.
  [[nodiscard]] std::optional<int> find(std::string_view sender) const;

 private:
  std::map<std::string, int, std::less<>> rules_;
};

// A missing file has no rules.
base::Result<SenderPriorities> load_sender_priorities(const Places& places);

}  // namespace conf
