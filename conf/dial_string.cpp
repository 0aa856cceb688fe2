#include "conf/dial_string.h"

namespace conf {

bool is_dial_string(std::string_view text) {
  constexpr std::string_view allowed = "0123456789*#+ABCDabcdTtPpWw,@!;-() .";
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

}  // namespace conf
