#include "conf/assign.h"

#include <catch2/catch.hpp>

namespace {

constexpr std::string_view sample =
    "=joe:joe:501:100:/home/joe:::\n"
    "+joe-:joe:501:100:/home/joe:-::\n"
    "+joe-list-:lists:502:100:/home/lists:-:list-:\n"
    "=joe:other:1:1:/home/other:::\n"
    "+:alias:70:70:/var/alias:-::extra\n"
    ".\n"
    "what follows the final line is not read\n";

conf::Users users(std::string_view text) {
  auto parsed = conf::Users::parse(text, "assign");
  REQUIRE(parsed);
  return *parsed;
}

std::string fault(std::string_view text) {
  const auto parsed = conf::Users::parse(text, "assign");
  return parsed ? "no fault" : parsed.error().text;
}

}  // namespace

TEST_CASE("an exact entry wins and of two the first", "[conf][assign]") {
  const auto joe = users(sample).find("Joe");
  REQUIRE(joe);
  CHECK(joe->user == "joe");
  CHECK(joe->uid == 501);
  CHECK(joe->gid == 100);
  CHECK(joe->home == "/home/joe");
  CHECK(joe->dash.empty());
  CHECK(joe->ext.empty());
}

TEST_CASE("the longest wildcard wins and its ext takes the rest as it was written", "[conf][assign]") {
  const auto all = users(sample);
  const auto plain = all.find("joe-Web");
  REQUIRE(plain);
  CHECK(plain->user == "joe");
  CHECK(plain->dash == "-");
  CHECK(plain->ext == "Web");
  const auto list = all.find("JOE-LIST-Owner");
  REQUIRE(list);
  CHECK(list->user == "lists");
  CHECK(list->ext == "list-Owner");
  const auto rest = all.find("somebody");
  REQUIRE(rest);
  CHECK(rest->user == "alias");
  CHECK(rest->ext == "somebody");
  CHECK(all.find("joe-")->ext.empty());
}

TEST_CASE("without a matching entry there is nobody", "[conf][assign]") {
  const auto all = users("=joe:joe:501:100:/home/joe:::\n.\n");
  CHECK_FALSE(all.find("jo"));
  CHECK_FALSE(all.find("joe-x"));
  CHECK_FALSE(all.find(""));
  CHECK_FALSE(users(".\n").find("joe"));
}

TEST_CASE("a file that was cut short is refused", "[conf][assign]") {
  CHECK(fault("=joe:joe:501:100:/home/joe:::\n") == "assign:1: the final line . is missing: the file was cut short");
  CHECK(fault("") == "assign:1: the final line . is missing: the file was cut short");
}

TEST_CASE("every fault of an entry names file, line and what is wrong", "[conf][assign]") {
  CHECK(fault("=joe:joe:501:100:/home/joe::\n.\n") ==
        "assign:1: 6 colons of 7; an entry is =local:user:uid:gid:homedir:dash:ext:");
  CHECK(fault(".\n=x") == "no fault");
  CHECK(fault("# comment\n.\n") == "assign:1: '# comment' begins with neither = nor + and is not the final .");
  CHECK(fault("\n.\n") == "assign:1: '' begins with neither = nor + and is not the final .");
  CHECK(fault("=joe:joe:5x:100:/home/joe:::\n.\n") == "assign:1: '5x' is not a uid");
  CHECK(fault("=joe:joe:4294967295:100:/home/joe:::\n.\n") == "assign:1: '4294967295' is not a uid");
  CHECK(fault("=joe:joe:5::/home/joe:::\n.\n") == "assign:1: '' is not a gid");
  CHECK(fault("=joe:joe:5:5:home:::\n.\n") == "assign:1: home 'home' is not an absolute path");
  CHECK(fault("=:joe:5:5:/home:::\n.\n") == "assign:1: an exact entry needs a local part");
}
