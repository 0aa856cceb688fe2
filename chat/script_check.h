// What is wrong with a chat script, as far as that shows without a line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "chat/script.h"
#include "chat/settings.h"

namespace chat {

struct ScriptFault {
  enum class Kind {
    error,    // the conversation would end there, whatever the far end says
    warning,  // it does something, but hardly what is meant
  };
  Kind kind = Kind::error;
  int line = 0;
  std::string text;  // names no text that is sent: it may be a secret
};

struct NamedFile {  // by @, as what is sent
  int line = 0;
  std::string name;
};

struct ScriptReport {
  void add(ScriptFault fault);  // where its line belongs
  [[nodiscard]] bool has_error() const;

  std::vector<ScriptFault> faults;  // by their lines
  std::vector<NamedFile> files;     // for who can look whether they are there
};

// All faults of a script's text, not only the first. Pure.
ScriptReport check_script(std::string_view text, const Settings& settings);

}  // namespace chat
