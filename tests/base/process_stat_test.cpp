#include "base/process_stat.h"

#include <catch2/catch.hpp>

using namespace base;

TEST_CASE("the start of a process is found behind a name with blanks and brackets", "[base][process_stat]") {
  const auto stat = parse_process_stat("77 (a) b (c)) S 1 77 77 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 2");
  REQUIRE(stat);
  CHECK(stat->state == 'S');
  CHECK(stat->start_ticks == 987654);
  CHECK_FALSE(parse_process_stat("77 (a"));
  CHECK_FALSE(parse_process_stat("77 (a) S 1 2"));
}

TEST_CASE("a process that has ended does not run", "[base][process_stat]") {
  CHECK(parse_process_stat("77 (a) R 1 77 77 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 2")->runs());
  CHECK_FALSE(parse_process_stat("77 (a) Z 1 77 77 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 2")->runs());
}
