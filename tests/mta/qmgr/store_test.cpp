#include "mta/qmgr/store.h"

#include <catch2/catch.hpp>

#include "tests/mta/mail_store/scratch.h"

TEST_CASE("a second queue manager on one queue is told who has it", "[qmgr][store]") {
  const Scratch scratch;
  const auto first = mta::Store::open(scratch.path("queue"));
  REQUIRE(first);
  const auto second = mta::Store::open(scratch.path("queue"));
  REQUIRE_FALSE(second);
  CHECK(second.error().kind == base::FailureKind::temporary);
  CHECK(second.error().text.find("pid " + std::to_string(::getpid())) != std::string::npos);
}

TEST_CASE("what a crash left in tmp is gone after a restart", "[qmgr][store]") {
  const Scratch scratch;
  scratch.write("queue/tmp/half", "half a message");
  scratch.write("queue/new/whole", "");
  const auto store = mta::Store::open(scratch.path("queue"));
  REQUIRE(store);
  CHECK(std::filesystem::is_empty(scratch.path("queue/tmp")));
  CHECK(store->ids().value() == std::vector<std::string>{"whole"});
}

TEST_CASE("the queue is closed to everybody else", "[qmgr][store]") {
  const Scratch scratch;
  REQUIRE(mta::Store::open(scratch.path("queue")));
  CHECK((std::filesystem::status(scratch.path("queue")).permissions() & std::filesystem::perms::mask) ==
        std::filesystem::perms::owner_all);
}
