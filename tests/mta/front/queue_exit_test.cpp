#include "mta/queue/queue_exit.h"

#include <catch2/catch.hpp>

#include "mta/queue/options.h"

namespace {

int code(std::string_view answer) {
  const auto outcome = mta::read_answer(answer);
  return outcome ? 0 : static_cast<int>(outcome.error().exit);
}

}  // namespace

TEST_CASE("only K is success", "[queue][answer]") {
  CHECK(code("K123") == 0);
  CHECK(code("K") == 0);
  CHECK(code("") == 74);
  CHECK(code("k") == 74);
  CHECK(code("0") == 74);
}

TEST_CASE("a refusal keeps its code where that fits its letter", "[queue][answer]") {
  CHECK(code("Z53 disk full") == 53);
  CHECK(code("Z91") == 91);
  CHECK(code("D11 too long") == 11);
  CHECK(code("D31 no") == 31);
}

TEST_CASE("a code that does not fit its letter becomes the letter's own", "[queue][answer]") {
  CHECK(code("Z0 x") == 71);
  CHECK(code("Z31 x") == 71);
  CHECK(code("Z100 x") == 71);
  CHECK(code("Zx") == 71);
  CHECK(code("D53 x") == 31);
  CHECK(code("D") == 31);
}

TEST_CASE("the text of a refusal is passed on", "[queue][answer]") {
  CHECK(mta::read_answer("Z53 disk full").error().text == "queue manager: disk full");
}

TEST_CASE("mta-queue takes no arguments", "[queue][options]") {
  const char* const argv[] = {"mta-queue", "x"};
  CHECK_FALSE(mta::parse_queue_options(2, argv));
  CHECK(mta::parse_queue_options(1, argv));
}
