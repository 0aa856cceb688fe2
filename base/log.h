// One event a line on stderr, "program: level: text"; the supervisor adds the time.
#pragma once

#include <string>
#include <string_view>

namespace base {

enum class Level { info, warning, error, fatal };

// Writes the line in one write(2). The text is escaped as by escape(), so that no peer's bytes reach a terminal.
// What stands in the status line (status_line.h) is cleared.
void log(Level level, std::string_view text);

// The name in front of every line; set once by run().
void set_program_name(std::string_view name);
std::string_view program_name();

// Bytes outside 32..126 as \ooo, a backslash doubled; UTF-8 is escaped too. For bytes that came from a peer or a file.
std::string escape(std::string_view bytes);

}  // namespace base
