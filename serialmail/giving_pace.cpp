#include "serialmail/giving_pace.h"

#include <algorithm>

namespace serialmail {

void GivingPace::answered(Time now) {
  if (answers_.size() == max_named_at_once) answers_.pop_front();
  answers_.push_back(now);
}

std::size_t GivingPace::at_once(Time now) {
  while (!answers_.empty() && answers_.front() + naming_span < now) answers_.pop_front();
  return std::max<std::size_t>(1, answers_.size());
}

}  // namespace serialmail
