#include "base/line_splitter.h"

#include <catch2/catch.hpp>

TEST_CASE("lines are cut at the bound and the next one is whole", "[base][line_splitter]") {
  base::LineSplitter splitter(4);
  CHECK(splitter.feed("ab").empty());
  CHECK(splitter.feed("cdefgh\nxy\n") == std::vector<std::string>{"abcd", "xy"});
  splitter.feed("z");
  CHECK(splitter.rest() == "z");
}
