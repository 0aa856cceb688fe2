// Standard error as people see it: a timeline and a progress line on a terminal, the timeline with --verbose, else
// nothing but what must be said.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pppctl/moment.h"
#include "pppctl/progress.h"

namespace pppctl {

class Display {
 public:
  Display(bool verbose, const Moment& start);

  // True: everything is told as it happens, and nothing has to be said again.
  [[nodiscard]] bool tells_all() const { return is_terminal_ || verbose_; }
  void timeline(std::string_view what, std::string_view text);
  // What only --verbose wants.
  void detail(std::string_view text);
  // In place, on a terminal only.
  void progress(std::string_view link, const Progress& progress);
  // "pppctl: TEXT", in any case.
  void say(std::string_view text);

 private:
  void write_line(const std::string& line);
  void write_out(std::string_view bytes);

  bool verbose_;
  bool is_terminal_;
  Moment start_;
  bool is_stuck_ = false;  // nobody takes what we say
};

}  // namespace pppctl
