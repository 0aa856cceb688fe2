// What waits: the queue's entries and the spools' files, as lines for people (mailq). Only reads; what may not be read
// is said in its place. No line is empty.
#pragma once

#include <string>
#include <vector>

#include "conf/places.h"

namespace mta {

std::vector<std::string> list_lines(const conf::Places& places);

}  // namespace mta
