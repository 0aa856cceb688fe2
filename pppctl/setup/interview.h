// What a configuration is made from: one question after the other, each answer deciding which are asked next. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace pppctl::setup {

// What is there already.
struct Known {
  std::vector<std::string> modems;  // profiles with a port
  std::vector<std::string> bases;   // profiles without one, ours and the examples'
  std::vector<std::string> tariffs;
  std::vector<std::string> ports;             // lasting names of this host's
  bool has_name = false;                      // control/me is there
  std::map<std::string, std::string> probed;  // what a modem has said of itself: the defaults of "base", "speed"
};

// Of a secret it is known here only that it was given: its text is empty.
using Answers = std::map<std::string, std::string, std::less<>>;
using Secrets = std::map<std::string, base::Secret, std::less<>>;

enum class Kind { text, choice, yes_no, number, secret };

struct Question {
  std::string key;  // of the file of answers
  std::string text;
  Kind kind = Kind::text;
  std::string standard;              // the answer if none is given; empty: one is needed
  std::vector<std::string> choices;  // for a choice; for others, what may be meant
};

inline constexpr std::string_view yes = "yes";
inline constexpr std::string_view no = "no";
inline constexpr std::string_view none = "none";
inline constexpr std::size_t max_answer_text = 1000;

// The next one that these answers leave open; none: that was all. The link's name is an answer too, "link".
std::optional<Question> next_question(const Answers& answers, const Known& known);

// The answer as it is kept, to a question that asks for no secret. The failure says what is wrong with it.
base::Result<std::string> accept(const Question& question, std::string_view answer);
// A secret; the failure never holds it.
base::Result<base::Secret> accept_secret(const Question& question, std::string_view answer);

}  // namespace pppctl::setup
