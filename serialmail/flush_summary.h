// What a flush says of itself at its end: some lines for people, or one JSON object. Pure.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "serialmail/flush_books.h"
#include "serialmail/flush_order.h"
#include "serialmail/flush_tally.h"

namespace serialmail {

struct FlushEnd {
  Totals totals;
  std::map<Bound, std::size_t> kept_back;  // files, by what kept them
  std::optional<LineTold> line;
  std::chrono::milliseconds took{0};
  int exit_status = 0;
  std::string failure;  // of the flush itself; its client has told its own
};

std::vector<std::string> summary_lines(const FlushEnd& end);
std::string summary_json(const FlushEnd& end);  // without a line end

}  // namespace serialmail
