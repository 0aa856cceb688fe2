// Who a modem says it is: the questions, and what to keep of the answers.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modem/at_dialogue.h"

namespace modem {

struct Question {
  std::string name;  // in JSON: "I3", "GMI"
  std::string command;
  std::string what;  // for people; empty: the command says it
};

// ATI0 to ATI9, maker, model, revision, serial number, classes, capabilities, and what a profile asks besides.
std::vector<Question> identity_questions(std::span<const std::string> profile);

struct IdentityEntry {
  Question question;
  std::vector<std::string> lines;  // escaped by whoever prints them; empty: not there
};

// Information text without the name of the command ("+GMI: Cinterion") and without empty lines. Answered with anything
// but OK, or not at all: none. The modem answers in words (V1).
std::vector<std::string> information(std::string_view command, const AtAnswer& answer);

// The text that a profile's `matches` are looked for in: a line each.
std::string identity_text(std::span<const IdentityEntry> entries);

struct Candidate {
  std::string profile;
  std::vector<std::string> fragments;  // one of them has to be in the text, in either case
};

// The profile that says most about a modem: the one with the longest fragment that is there. Empty: none fits.
std::string best_match(std::string_view text, std::span<const Candidate> candidates);

}  // namespace modem
