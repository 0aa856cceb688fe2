#include "modem/release_cause.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <vector>

#include "conf/text.h"

namespace modem {
namespace {

struct Cause {
  unsigned number;
  Retry retry;
  std::string_view words;  // in small letters, as makers abbreviate it too
  std::string_view advice;
};

constexpr std::string_view number_advice = "check the number";
constexpr std::string_view bearer_advice =
    "check bearer in the profile's [cellular], and that data calls are subscribed";

// 16 and 31 are a call's usual end and tell nothing.
constexpr auto causes = std::to_array<Cause>({
    {1, Retry::stop, "unassigned", number_advice},
    {3, Retry::stop, "no route to destination", number_advice},
    {8, Retry::stop, "operator determined barring", "ask the network's operator: the subscription is barred"},
    {17, Retry::soon, "user busy", ""},
    {18, Retry::later, "no user responding", "is the modem there switched on and set to answer?"},
    {19, Retry::later, "no answer", "is the modem there switched on and set to answer?"},
    {21, Retry::later, "call rejected", "does the other side take data calls?"},
    {22, Retry::stop, "number changed", number_advice},
    {27, Retry::later, "destination out of order", ""},
    {28, Retry::stop, "invalid number format", number_advice},
    {29, Retry::stop, "facility rejected", bearer_advice},
    {34, Retry::later, "no circuit", ""},
    {38, Retry::later, "network out of order", ""},
    {41, Retry::later, "temporary failure", ""},
    {42, Retry::later, "congestion", ""},
    {44, Retry::later, "channel not available", ""},
    {47, Retry::later, "resources unavailable", ""},
    {50, Retry::stop, "not subscribed", bearer_advice},
    {57, Retry::stop, "bearer capability not authorized", bearer_advice},
    {58, Retry::later, "bearer capability not presently available", ""},
    {63, Retry::stop, "service or option not available", bearer_advice},
    {65, Retry::stop, "bearer service not implemented", bearer_advice},
    {68, Retry::stop, "acm equal to or greater than acmmax", "the SIM's limit of costs is reached: see +CACM"},
    {69, Retry::stop, "facility not implemented", bearer_advice},
    {70, Retry::stop, "only restricted digital information", bearer_advice},
    {79, Retry::stop, "service or option not implemented", bearer_advice},
    {88, Retry::stop, "incompatible destination", "is the other side a modem of the kind that bearer names?"},
    {102, Retry::later, "recovery on timer expiry", ""},
});

// "+CEER: 17", and "+CEER: 8,17,0": where it was released, the cause, the supplementary service.
std::optional<unsigned> cause_number(std::string_view text) {
  constexpr std::size_t most = 3;
  std::vector<unsigned> numbers;
  while (numbers.size() < most) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return std::nullopt;
    numbers.push_back(number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty()) return numbers.size() == 1 ? numbers[0] : numbers[1];
    if (text.front() != ',') return std::nullopt;
    text.remove_prefix(1);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Trouble> trouble_of_release(std::string_view line) {
  static constexpr std::string_view prefix = "+CEER:";
  if (!line.starts_with(prefix)) return std::nullopt;
  const auto text = conf::lower(line.substr(prefix.size()));
  const auto number = cause_number(text);
  const auto found = std::ranges::find_if(causes, [&](const Cause& cause) {
    return number ? cause.number == *number : text.find(cause.words) != std::string::npos;
  });
  if (found == causes.end()) return std::nullopt;
  return Trouble{found->retry, std::string(found->words), std::string(found->advice), 0};
}

}  // namespace modem
