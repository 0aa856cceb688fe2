// `pppctl setup`: a working configuration of a link, from an interview or a file of answers.
#pragma once

#include <string>

#include "base/result.h"
#include "conf/places.h"

namespace pppctl {

struct SetupOrder {
  std::string link;      // empty: asked for
  std::string answers;   // a TOML file; empty: a person on the terminal
  std::string examples;  // the folder with the examples; empty: as installed
  bool replace = false;  // what is there may be written over
};

// Nothing is written before the last question is answered. The exit status is that of a check of what was written.
base::Result<int> run_setup(const SetupOrder& order, const conf::Places& places);

}  // namespace pppctl
