#include "serialmail/header_priority.h"

#include <catch2/catch.hpp>

namespace {

int priority_of(std::string_view header) {
  mail::HeaderReader reader;
  REQUIRE(reader.feed(header));
  reader.end();
  return serialmail::header_priority(reader.take_header());
}

}  // namespace

TEST_CASE("MT-Priority counts as it is from -9 to 9 and comments do not", "[serialmail][priority]") {
  CHECK(priority_of("MT-Priority: 6\n\n") == 6);
  CHECK(priority_of("mt-priority:\n\t(why (not)) -9 (least)\n\n") == -9);
  CHECK(priority_of("MT-Priority: +3\r\n") == 3);
  for (const auto* bad : {"10", "-10", "4x", "", "(4", "high", "+-4", "4.0"}) {
    CHECK(priority_of("MT-Priority: " + std::string(bad) + "\n\n") == 0);
  }
}

TEST_CASE("Priority and X-Priority count by their words and numbers", "[serialmail][priority]") {
  CHECK(priority_of("Priority: URGENT\n\n") == 4);
  CHECK(priority_of("Priority: non-urgent\n\n") == -4);
  CHECK(priority_of("Priority: normal\n\n") == 0);
  CHECK(priority_of("X-Priority: 1 (Highest)\n\n") == 4);
  CHECK(priority_of("X-Priority: 2\n\n") == 2);
  CHECK(priority_of("X-Priority: 5\n\n") == -4);
  CHECK(priority_of("X-Priority: 0\n\n") == 0);
}

TEST_CASE("of several fields MT-Priority counts before Priority and that before X-Priority", "[serialmail][priority]") {
  CHECK(priority_of("X-Priority: 5\nPriority: urgent\nMT-Priority: 2\n\n") == 2);
  CHECK(priority_of("X-Priority: 5\nPriority: urgent\n\n") == 4);
  CHECK(priority_of("X-Priority: 5\nPriority: asap\nMT-Priority: 20\n\n") == -4);
}

TEST_CASE("a field of the body is no field of the header", "[serialmail][priority]") {
  CHECK(priority_of("Subject: x\n\nMT-Priority: 9\n") == 0);
  CHECK(priority_of("Subject: x\nno field\nMT-Priority: 9\n") == 0);
  CHECK(priority_of("") == 0);
}

TEST_CASE("a header is taken apart where a line begins like a priority field or its end is not there",
          "[serialmail][priority]") {
  using serialmail::names_no_priority;
  CHECK(names_no_priority("Message-ID: <1@x>\nMIME-Version: 1.0\nX-P: 1\n\nPriority: urgent\n"));
  CHECK(names_no_priority("\n"));
  CHECK_FALSE(names_no_priority("Subject: x\n"));
  CHECK_FALSE(names_no_priority(""));
  for (const auto* field : {"MT-Priority: 4", "pRIORITY: urgent", "X-PRIORITY : 1", "X-Priority"}) {
    CHECK_FALSE(names_no_priority("Subject: x\n" + std::string(field) + "\n\n"));
  }
}
