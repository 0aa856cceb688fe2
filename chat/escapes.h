// The escapes of chat(8) in what is sent, and in what is expected or is a keyword's value.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chat/settings.h"

namespace chat {

// A send string after its first step: escapes and values are in, the pauses and breaks and whatever a backslash still
// protects are not. That is the form that the log and SAY show.
struct SendString {
  std::string text;
  bool hidden = false;  // \q
};

// With the CR that chat(8) appends unless the word ends in \c.
SendString expand_send(std::string_view word, const Settings& settings);

// The file that a send is to be read from: @NAME, with blanks before it. A lone @ is text.
std::optional<std::string> file_of_send(std::string_view word);

struct SendPiece {
  enum class Kind { octet, second, moment, line_break };  // moment: \p, 10 ms
  Kind kind = Kind::octet;
  unsigned char octet = 0;
};
// The second step. What a value brought in is read only here: a number 1\p2 pauses.
std::vector<SendPiece> pieces_of(std::string_view send_text);

std::string expand_expect(std::string_view word, const Settings& settings);

// Parts of an expect word between its unescaped dashes: expect, sub-send, expect, …; at least one.
std::vector<std::string> split_expect(std::string_view word);

}  // namespace chat
