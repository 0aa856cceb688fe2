// A chat script as a list of words (chat(8)): taken alternately as expect and send, beginning with expect.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace chat {

struct Word {
  std::string text;  // without its quotes; escapes are still in it
  int line = 0;      // of the file, from 1; 0: from the command line
};

struct Script {
  std::string name;  // of the file, for the text of a failure; empty: the command line
  std::vector<Word> words;
};

inline constexpr std::size_t max_script_bytes = 1 << 20;
inline constexpr std::size_t max_line_bytes = 1023;  // chat(8) cuts a word at this border

// The word rules of chat(8) for a file. The whole file is parsed before anything is sent: a quote that is not closed is
// a permanent failure with file and line and no call is made (chat 2.4.9 has executed everything before it by then).
base::Result<Script> parse_script(std::string_view text, const std::string& name);

// The same, going on after what is wrong: for who wants to know of all of it.
struct ScriptReading {
  Script script;                 // a quote that stays open ends with its line
  std::vector<int> open_quotes;  // their lines
  std::vector<int> cut_lines;    // longer than max_line_bytes
  std::vector<int> glued_words;  // lines where a word stands right behind a closing quote
};
ScriptReading read_script(std::string_view text, const std::string& name);

Script script_of_words(const std::vector<std::string>& words);

}  // namespace chat
