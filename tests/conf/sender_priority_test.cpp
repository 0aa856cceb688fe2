#include "conf/sender_priority.h"

#include <catch2/catch.hpp>

namespace {

conf::SenderPriorities rules(std::string_view text) {
  auto parsed = conf::SenderPriorities::parse(text, "senderpriority");
  REQUIRE(parsed);
  return std::move(*parsed);
}

std::string fault(std::string_view text) {
  const auto parsed = conf::SenderPriorities::parse(text, "f");
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().kind == base::FailureKind::permanent);
  return parsed.error().text;
}

}  // namespace

TEST_CASE("the most exact rule for a sender counts", "[conf][sender_priority]") {
  const auto found =
      rules("# who\n* -1\n@office.example 1\n Anna@Office.Example\t6\n@.example 2\n@.b.example 3\n<> -4\n");
  CHECK(found.find("anna@office.EXAMPLE") == 6);
  CHECK(found.find("bert@office.example") == 1);
  CHECK(found.find("x@a.b.example") == 3);
  CHECK(found.find("x@b.example") == 2);
  CHECK(found.find("x@example") == -1);
  CHECK(found.find("nobody") == -1);
  CHECK(found.find("") == -4);
}

TEST_CASE("without a rule that fits a sender has no priority", "[conf][sender_priority]") {
  CHECK_FALSE(rules("").find("a@b"));
  CHECK_FALSE(rules("a@b 9\n").find("c@b"));
  CHECK_FALSE(rules("a@b 9\n").find(""));
}

TEST_CASE("a rule with a fault is named by file and line", "[conf][sender_priority]") {
  CHECK(fault("a@b 1\na@b\n") == "f:2: 1 words; a rule is SENDER PRIORITY");
  CHECK(fault("a@b 10\n") == "f:1: '10' is no priority from -9 to 9");
  CHECK(fault("a@b 1\nA@B 2\n") == "f:2: 'A@B' has a rule already");
  CHECK(fault("office.example 2\n") == "f:1: 'office.example' is no address, no @host, no @.suffix, no <> and no *");
  CHECK(fault("a@ 2\n").starts_with("f:1: 'a@'"));
}
