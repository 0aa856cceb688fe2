#include "conf/control.h"

#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/mta/mail_store/scratch.h"

namespace {

conf::Places places_in(const Scratch& scratch) {
  conf::Places places;
  places.config = scratch.path();
  return places;
}

}  // namespace

TEST_CASE("a scalar is the first line without trailing blanks", "[conf][control]") {
  CHECK(conf::control_line("host.example \t\r\nsecond\n") == "host.example");
  CHECK(conf::control_line("no end") == "no end");
  CHECK(conf::control_line("").empty());
  CHECK(conf::control_line("\nsecond").empty());
}

TEST_CASE("a list skips empty lines and comments and keeps leading blanks", "[conf][control]") {
  const auto list = conf::control_list("one \n\n# comment\n two\n#\nthree");
  CHECK(list == std::vector<std::string>{"one", " two", "three"});
}

TEST_CASE("a missing control file is its default and an empty one is not", "[conf][control]") {
  const Scratch scratch;
  scratch.write("control/me", "me.example\n");
  scratch.write("control/bouncefrom", "\n");
  const conf::Control control(places_in(scratch));
  CHECK(control.me().value_or("") == "me.example");
  CHECK(control.setting("helohost").value_or("") == "me.example");
  CHECK(control.setting("doublebounceto").value_or("") == "postmaster");
  CHECK(control.setting("bouncefrom").value_or("?").empty());
  CHECK(control.line_or("smtpgreeting", "hello").value_or("") == "hello");
  CHECK(control.list("locals").value_or(std::vector<std::string>{"?"}).empty());
  const auto no_list = control.list_if_there("rcpthosts");
  REQUIRE(no_list);
  CHECK_FALSE(*no_list);
  CHECK(control.number("databytes", 7).value_or(0) == 7);
}

TEST_CASE("a missing or empty me is permanent and says what it must hold", "[conf][control]") {
  const Scratch scratch;
  const conf::Control control(places_in(scratch));
  auto me = control.me();
  REQUIRE_FALSE(me);
  CHECK(me.error().kind == base::FailureKind::permanent);
  CHECK(me.error().text.find("/control/me: it is not there") != std::string::npos);
  scratch.write("control/me", " \n");
  me = control.me();
  REQUIRE_FALSE(me);
  CHECK(me.error().text.find("it is empty") != std::string::npos);
}

TEST_CASE("a number with trailing junk is permanent with file and line", "[conf][control]") {
  const Scratch scratch;
  const conf::Control control(places_in(scratch));
  for (const char* junk : {"10x", "", "-1", "1 0", "99999999999999999999", "0x10"}) {
    scratch.write("control/databytes", std::string(junk) + "\n");
    const auto number = control.number("databytes", 0);
    REQUIRE_FALSE(number);
    CHECK(number.error().kind == base::FailureKind::permanent);
    CHECK(number.error().text == scratch.path("control/databytes:1: '") + junk + "' is not a number");
  }
  scratch.write("control/databytes", "4096 \n");
  CHECK(control.number("databytes", 0).value_or(0) == 4096);
}

TEST_CASE("an unreadable control file is temporary and named", "[conf][control]") {
  const Scratch scratch;
  scratch.write("control/locals/inside", "");  // a folder can be opened and not read, by root too
  const auto list = conf::Control(places_in(scratch)).list("locals");
  REQUIRE_FALSE(list);
  CHECK(list.error().kind == base::FailureKind::temporary);
  CHECK(list.error().text.find(scratch.path("control/locals")) != std::string::npos);
}

TEST_CASE("a NUL in a configuration file is refused with its line", "[conf][control]") {
  const Scratch scratch;
  scratch.write("control/locals", std::string("one\ntw\0o\n", 9));
  const auto list = conf::Control(places_in(scratch)).list("locals");
  REQUIRE_FALSE(list);
  CHECK(list.error().text == scratch.path("control/locals:2: a NUL octet in a configuration file"));
}

TEST_CASE("a misspelt control file is named with the nearest known one", "[conf][control]") {
  const Scratch scratch;
  scratch.write("control/me", "me.example\n");
  scratch.write("control/rcpthost", "x\n");
  scratch.write("control/locals~", "x\n");
  scratch.write("control/queuelifetime", "a week\n");
  const auto faults = conf::check_control(places_in(scratch));
  REQUIRE(faults);
  REQUIRE(faults->size() == 2);
  CHECK(faults->at(0) == scratch.path("control/rcpthost: no program knows this control file; did you mean rcpthosts?"));
  CHECK(faults->at(1) == scratch.path("control/queuelifetime:1: 'a week' is not a number"));
}

TEST_CASE("places move with the environment and lose trailing slashes", "[conf][places]") {
  ::setenv("OFFHOOK_STATE", "/somewhere/else//", 1);
  ::setenv("OFFHOOK_RUN", "", 1);
  const auto places = conf::Places::from_environment();
  ::unsetenv("OFFHOOK_STATE");
  ::unsetenv("OFFHOOK_RUN");
  CHECK(places.queue_dir() == "/somewhere/else/queue");
  CHECK(places.spool_dir("provider") == "/somewhere/else/spool/provider");
  CHECK(places.socket_file() == "/run/offhook/qmgr.sock");
}
