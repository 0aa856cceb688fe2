// What the administrator's own programs are told of a call: those of the job hook, and up, down and probe of a link.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "conf/places.h"
#include "pppctl/call_record.h"

namespace pppctl {

struct ProgramFacts {
  std::string link, kind, number;
  std::int64_t call = 0;
  InterfaceNote interface;
  std::vector<std::string> name_servers;
};

// All of the program's environment, NAME=VALUE. Pure.
std::vector<std::string> program_environment(const ProgramFacts& facts, const conf::Places& places);

}  // namespace pppctl
