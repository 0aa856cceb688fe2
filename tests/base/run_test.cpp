#include "base/run.h"

#include <catch2/catch.hpp>
#include <stdexcept>

TEST_CASE("a main's exit status tells temporary from permanent", "[base][run]") {
  CHECK(base::run("test", []() -> base::Result<void> { return {}; }) == 0);
  CHECK(base::run("test", []() -> base::Result<void> { return base::permanent(""); }) == 100);
  CHECK(base::run("test", []() -> base::Result<void> { return base::temporary(""); }) == 111);
}

TEST_CASE("a stray exception is a temporary failure and never success", "[base][run]") {
  CHECK(base::run("test", []() -> base::Result<void> { throw std::runtime_error("stray"); }) == 111);
}

TEST_CASE("a main with statuses of its own returns them", "[base][run]") {
  CHECK(base::run_with_status("test", []() -> base::Result<int> { return 53; }) == 53);
  CHECK(base::run_with_status("test", []() -> base::Result<int> { return base::permanent(""); }) == 100);
}

TEST_CASE("a system call's failure is temporary and keeps the error number", "[base][result]") {
  const auto failure = base::system_failure("open x", EBUSY);
  CHECK(failure.kind == base::FailureKind::temporary);
  CHECK(failure.error == EBUSY);
  CHECK(failure.text == "open x: Device or resource busy");
}
