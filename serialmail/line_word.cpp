#include "serialmail/line_word.h"

namespace serialmail {

bool LineWord::is_given() const {
  pollfd polled = entry();
  return descriptor_ >= 0 && ::poll(&polled, 1, 0) > 0;
}

}  // namespace serialmail
