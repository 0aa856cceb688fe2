// The files of a configuration, made from the answers. Pure.
#pragma once

#include <string>
#include <vector>

#include "pppctl/setup/interview.h"

namespace pppctl::setup {

struct File {
  std::string path;  // below the configuration's folder
  std::string text;
  base::Secret secret{};  // in place of the text; mode 0600, and never shown

  [[nodiscard]] std::string_view content() const { return secret.empty() ? std::string_view(text) : secret.view(); }
};

// What the files are made from beside the answers.
struct Present {
  std::string config;     // the configuration's folder
  std::string routes;     // the file's text; empty: none
  std::string base_text;  // of the base that was chosen, to be copied; empty: it is there, or none was
};

// In the order in which they are to be written: what a file names stands before it, the link last.
std::vector<File> files_of(const Answers& answers, const Secrets& secrets, const Known& known, const Present& present);

// A TOML basic string.
std::string quoted(std::string_view text);

}  // namespace pppctl::setup
