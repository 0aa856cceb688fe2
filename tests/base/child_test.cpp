#include "base/child.h"

#include <signal.h>

#include <catch2/catch.hpp>

#include "base/io.h"

using namespace std::chrono_literals;

namespace {

base::ChildOptions shell(const std::string& script) {
  base::ChildOptions options;
  options.argv = {"/bin/sh", "-c", script};
  return options;
}

}  // namespace

TEST_CASE("a child's exit status and its signal are told apart", "[base][child]") {
  auto exits = base::Child::start(shell("exit 9"));
  REQUIRE(exits);
  const auto end = exits->wait();
  REQUIRE(end);
  CHECK((*end)->exited);
  CHECK((*end)->status == 9);
  auto killed = base::Child::start(shell("kill -9 $$"));
  REQUIRE(killed);
  const auto by_signal = killed->wait();
  REQUIRE(by_signal);
  CHECK_FALSE((*by_signal)->exited);
  CHECK((*by_signal)->status == 9);
}

TEST_CASE("a program that cannot be run is a failure of the start", "[base][child]") {
  base::ChildOptions options;
  options.argv = {"/nonexistent/program"};
  const auto child = base::Child::start(options);
  REQUIRE_FALSE(child);
  CHECK(child.error().text == "run /nonexistent/program: No such file or directory");
}

TEST_CASE("descriptors land on their numbers even when those cross", "[base][child]") {
  auto first = base::make_pipe();
  auto second = base::make_pipe();
  REQUIRE(first);
  REQUIRE(second);
  auto options = shell("echo first >&" + std::to_string(second->write.get()) + "; echo second >&" +
                       std::to_string(first->write.get()));
  options.descriptors = {{first->write.get(), second->write.get()}, {second->write.get(), first->write.get()}};
  auto child = base::Child::start(options);
  REQUIRE(child);
  first->write.reset();
  second->write.reset();
  CHECK(base::read_all(first->read, 100, "first").value_or("") == "first\n");
  CHECK(base::read_all(second->read, 100, "second").value_or("") == "second\n");
}

TEST_CASE("environment and working directory are the given ones", "[base][child]") {
  auto pipe = base::make_pipe();
  REQUIRE(pipe);
  auto options = shell("echo $NAME $HOME; pwd");
  options.environment = std::vector<std::string>{"NAME=value"};
  options.working_directory = "/";
  options.descriptors = {{pipe->write.get(), 1}};
  auto child = base::Child::start(options);
  REQUIRE(child);
  pipe->write.reset();
  CHECK(base::read_all(pipe->read, 100, "output").value_or("") == "value\n/\n");
}

TEST_CASE("a working directory that is not there is a failure of the start", "[base][child]") {
  auto options = shell("true");
  options.working_directory = "/nonexistent";
  CHECK_FALSE(base::Child::start(options));
}

TEST_CASE("waiting for a child ends at the deadline and destroying it ends the child", "[base][child]") {
  pid_t pid = -1;
  {
    auto child = base::Child::start(shell("exec tail -f /dev/null"));
    REQUIRE(child);
    pid = child->pid();
    const auto end = child->wait(base::Deadline::after(1ms));
    REQUIRE(end);
    CHECK_FALSE(*end);
  }
  CHECK(::kill(pid, 0) == -1);
  CHECK(errno == ESRCH);
}

TEST_CASE("a sister program is looked for beside this one", "[base][child]") {
  CHECK(base::sibling_program("no-such-program") == "no-such-program");
  CHECK(base::sibling_program("base_tests").ends_with("/base_tests"));
}

TEST_CASE("a child in a group of its own is not reached by a signal to ours", "[base][child]") {
  base::ChildOptions options;
  options.argv = {"sh", "-c", "read -r line </proc/$$/stat && set -- $line && test $5 = $$"};
  options.own_group = true;
  auto child = base::Child::start(options);
  REQUIRE(child);
  const auto end = child->wait();
  REQUIRE(end);
  REQUIRE(*end);
  CHECK((*end)->exited);
  CHECK((*end)->status == 0);
}
