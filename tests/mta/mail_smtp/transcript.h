// Reading the transcripts of corpus/: comment lines (#) say what a file proves, then one item a line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

struct TranscriptLine {
  std::string tag;   // the line's first word: "S:", "C:", "offer", "!sent" …
  std::string text;  // the rest, with \r \n \0 \\ and \xHH undone
};

struct Transcript {
  std::string name;
  std::string proves;  // the comment it opens with
  std::vector<TranscriptLine> lines;
};

// Every transcript of the folder whose name begins with the prefix, by name.
std::vector<Transcript> read_transcripts(const std::string& folder, std::string_view prefix);

// How octets arrive: the same octets must mean the same in all of these.
enum class Cut { whole, every_octet, inside_line_ends };
inline constexpr Cut cuts[] = {Cut::whole, Cut::every_octet, Cut::inside_line_ends};
std::vector<std::string_view> cut(std::string_view octets, Cut how);

// Text with \ before everything that does not print.
std::string shown(std::string_view text);
