#include "conf/nearest.h"

#include <catch2/catch.hpp>

TEST_CASE("an edit is an insertion, a deletion, a replacement or a swap of neighbours", "[conf][nearest]") {
  CHECK(conf::edit_distance("", "") == 0);
  CHECK(conf::edit_distance("", "abc") == 3);
  CHECK(conf::edit_distance("phone", "phnoe") == 1);
  CHECK(conf::edit_distance("phone", "fone") == 2);
  CHECK(conf::edit_distance("kitten", "sitting") == 3);
  CHECK(conf::edit_distance("ME", "me") == 0);
}

TEST_CASE("the nearest word is proposed and a far one is not", "[conf][nearest]") {
  const std::vector<std::string> known{"rcpthosts", "locals", "me", "helohost"};
  CHECK(conf::nearest("rcpthost", known) == "rcpthosts");
  CHECK(conf::nearest("lcoals", known) == "locals");
  CHECK(conf::nearest("something", known).empty());
  CHECK(conf::nearest("ab", known).empty());
  CHECK(conf::did_you_mean("rcpthost", known) == "; did you mean rcpthosts?");
}
