// Which of a tariff's prices is the one at a moment, and until when. Pure.
#pragma once

#include <chrono>

#include "conf/tariff.h"

namespace pppctl::money {

struct Piece {
  const conf::TimePrice* price = nullptr;
  std::chrono::sys_seconds until;  // it is this price at least up to there
};

Piece piece_at(const conf::Tariff& tariff, std::chrono::sys_seconds at);

// At some time a step costs something.
bool prices_time(const conf::Tariff& tariff);

// Without bands, and for no time cheaper than the tariff: for a host that does not know what time it is.
conf::Tariff worst_of(const conf::Tariff& tariff);

}  // namespace pppctl::money
