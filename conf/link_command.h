// The tables [command] and [hook] of a link: programs of the administrator's.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "conf/toml.h"

namespace conf {

struct LimitedProgram {
  std::vector<std::string> argv;  // empty: none
  std::chrono::milliseconds limit{0};
};

// What brings a link of kind command up and down.
struct CommandSettings {
  LimitedProgram up, down;
  LimitedProgram probe;   // whether it is up; empty: up's exit status tells
  std::string interface;  // whose octets are counted; empty: nobody's
};
CommandSettings read_command(TomlTable& table);

LimitedProgram read_hook(TomlTable& table);

}  // namespace conf
