// The one line at the end of standard error that is rewritten in place while something lasts. As standard error there
// is one for the whole process, and only on a terminal.
#pragma once

#include <string_view>

namespace base {

// Whether there can be one.
bool has_status_line();

// In place of the one that stands there, cut to the terminal's width. A terminal that takes nothing now, as one stopped
// by Ctrl-S, is not waited for.
void show_status(std::string_view text);

// Before anything else is written there; log() does it by itself.
void clear_status();

}  // namespace base
