#include "modem/tilde.h"

#include "base/bug.h"

namespace modem {

TildeReader::Typed TildeReader::feed(char octet) {
  const auto after = octet == '\r' || octet == '\n' ? State::line_start : State::inside;
  switch (state_) {
    case State::inside:
      state_ = after;
      return {std::string(1, octet)};
    case State::line_start:
      state_ = octet == '~' ? State::tilde : after;
      return octet == '~' ? Typed{} : Typed{std::string(1, octet)};
    case State::tilde:
      return behind_tilde(octet, after);
  }
  base::bug("TildeReader: bad state");
}

TildeReader::Typed TildeReader::behind_tilde(char octet, State after) {
  state_ = State::line_start;
  if (octet == '.') return {"", Order::leave};
  if (octet == '?') return {"", Order::help};
  if (octet == 'b' || octet == '#') return {"", Order::send_break};
  state_ = after;
  // A second one stands for itself; before anything else it was meant.
  return {octet == '~' ? "~" : std::string("~") + octet};
}

}  // namespace modem
