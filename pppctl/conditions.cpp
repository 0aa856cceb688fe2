#include "pppctl/conditions.h"

#include "conf/sender_priority.h"
#include "conf/text.h"
#include "conf/toml.h"

namespace pppctl {
namespace {

template <class Value, class Parsed>
bool take(std::optional<Value>& into, const Parsed& parsed) {
  if (!parsed || into) return false;
  into = *parsed;
  return true;
}

bool take(MailConditions& conditions, std::string_view key, std::string_view value) {
  if (key == "older") return take(conditions.older, conf::parse_duration(value));
  if (key == "messages") return take(conditions.messages, conf::decimal(value));
  if (key == "octets") return take(conditions.octets, conf::parse_size(value));
  return key == "priority" && take(conditions.priority, conf::parse_priority(value));
}

}  // namespace

base::Result<MailConditions> parse_conditions(const std::string& text) {
  MailConditions conditions;
  if (text == "due") {
    conditions.are_the_profiles = true;
    return conditions;
  }
  if (text == "any") return conditions;
  for (std::string_view rest = text;;) {
    const auto comma = rest.find(',');
    const auto word = rest.substr(0, comma);
    const auto equals = word.find('=');
    if (equals == std::string_view::npos || !take(conditions, word.substr(0, equals), word.substr(equals + 1))) {
      return base::permanent("--if-mail: '" + text + "' is neither due nor any nor conditions, each once, as in " +
                             "older=30m,messages=10,octets=200k,priority=4");
    }
    if (comma == std::string_view::npos) return conditions;
    rest.remove_prefix(comma + 1);
  }
}

conf::LinkPolicy with_conditions(conf::LinkPolicy policy, const MailConditions& conditions) {
  if (conditions.are_the_profiles) return policy;
  policy.interval.reset();
  policy.older = conditions.older;
  policy.messages = conditions.messages;
  policy.octets = conditions.octets;
  policy.priority = conditions.priority;
  return policy;
}

}  // namespace pppctl
