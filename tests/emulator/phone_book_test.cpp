#include "modem/emulator/phone_book.h"

#include <algorithm>
#include <catch2/catch.hpp>

using emulator::PhoneBook;
using emulator::Target;

namespace {

Target target(Target::Kind kind, const std::string& text) { return Target{kind, text, 0, {}}; }

}  // namespace

TEST_CASE("the n-th call of a number goes to its n-th target, and the last target stays", "[emulator][phone_book]") {
  PhoneBook book;
  REQUIRE(book.add("555 0100", {target(Target::Kind::busy, "busy"), target(Target::Kind::modem, "modem:b")}));
  CHECK(book.next("5550100").text == "busy");
  CHECK(book.next("5550100").text == "modem:b");
  CHECK(book.next("5550100").text == "modem:b");
}

TEST_CASE("numbers are compared by their digits, stars and hashes alone", "[emulator][phone_book]") {
  CHECK(emulator::dialled_digits("+1 (555) 0-100*#W,") == "15550100*#");
  PhoneBook book;
  REQUIRE(book.add("*99#", {target(Target::Kind::busy, "busy")}));
  CHECK_FALSE(book.add("* 99 #", {target(Target::Kind::busy, "busy")}));
  CHECK(book.next("*99#").text == "busy");
}

TEST_CASE("a number that is not in the book leads to no modem", "[emulator][phone_book]") {
  PhoneBook book;
  CHECK(book.next("1").kind == Target::Kind::no_carrier);
  CHECK(book.next("").kind == Target::Kind::no_carrier);
}

TEST_CASE("a mix is drawn by weight and by seed, whatever other numbers are called", "[emulator][phone_book]") {
  const auto drawn = [](std::uint64_t seed, bool others) {
    PhoneBook book(seed);
    Target mix{Target::Kind::mix, "mix", 0, {}};
    mix.mix = {{1, target(Target::Kind::busy, "b")}, {3, target(Target::Kind::no_answer, "n")}};
    book.add("1", {mix});
    book.add("2", {mix});
    std::string text;
    for (int i = 0; i < 400; ++i) {
      if (others) book.next("2");
      text += book.next("1").text;
    }
    return text;
  };
  const std::string first = drawn(7, false);
  const auto busy = std::count(first.begin(), first.end(), 'b');
  CHECK(busy > 60);
  CHECK(busy < 140);
  CHECK(drawn(7, true) == first);
  CHECK(drawn(8, false) != first);
}
