#include "modem/loop_test.h"

#include <catch2/catch.hpp>
#include <set>

using modem::every_octet;
using modem::loop_fault;
using modem::numbered_text;

namespace {

bool tells(const std::string& text, const std::string& word) { return text.find(word) != std::string::npos; }

}  // namespace

TEST_CASE("each octet value goes through the loop once", "[modem][loop]") {
  const auto all = every_octet();
  CHECK(all.size() == 256);
  CHECK(std::set<char>(all.begin(), all.end()).size() == 256);
  CHECK(numbered_text(1000).size() == 1000);
}

TEST_CASE("what comes back as it was sent is no fault", "[modem][loop]") {
  CHECK(loop_fault(every_octet(), every_octet()).empty());
}

TEST_CASE("a fault of the loop names its cause: flow control by characters, parity, loss, damage", "[modem][loop]") {
  const auto all = every_octet();
  auto without = all;
  without.erase(0x13, 1).erase(0x11, 1);
  CHECK(tells(loop_fault(all, without), "DC1 and DC3"));
  auto seven = all;
  for (char& c : seven) c = static_cast<char>(c & 0x7f);
  CHECK(tells(loop_fault(all, seven), "eighth bit"));
  CHECK(tells(loop_fault(all, all.substr(0, 200)), "200 of 256"));
  CHECK(tells(loop_fault(all, ""), "nothing"));
  CHECK(tells(loop_fault(all, all + "x"), "more comes back"));
  auto damaged = all;
  damaged[65] = 'a';
  CHECK(tells(loop_fault(all, damaged), "octet 65 was 65 and came back as 97"));
}
