#include "base/line_reader.h"

#include <catch2/catch.hpp>

#include "base/io.h"

namespace {

// A reader on a pipe that holds the octets; the pipe's other end is closed unless it is kept.
struct Source {
  explicit Source(std::string_view octets, bool keep_open = false) : pipe(*base::make_pipe()) {
    REQUIRE(base::write_all(pipe.write, octets));
    if (!keep_open) pipe.write.reset();
  }
  base::Pipe pipe;
};

std::string text(base::Result<std::optional<std::string_view>> line) {
  if (!line) return "failure: " + line.error().text;
  return *line ? std::string(**line) : "no line yet";
}

}  // namespace

TEST_CASE("lines end at LF or CR LF and a last one without an end is given out", "[base][line_reader]") {
  Source source("one\r\ntwo\n\nthree");
  base::LineReader reader(source.pipe.read, 100);
  CHECK(text(reader.next({})) == "one");
  CHECK(text(reader.next({})) == "two");
  CHECK(text(reader.next({})).empty());
  CHECK(text(reader.next({})) == "three");
  CHECK(reader.at_end());
  CHECK_FALSE(reader.next({}));
}

TEST_CASE("a lone CR inside a line is part of it", "[base][line_reader]") {
  Source source("a\rb\n");
  base::LineReader reader(source.pipe.read, 100);
  CHECK(text(reader.next({})) == "a\rb");
}

TEST_CASE("a line of just the bound passes and one octet more is refused", "[base][line_reader]") {
  const std::string bound(10, 'x');
  Source good(bound + "\r\n" + bound + "\n");
  base::LineReader reader(good.pipe.read, bound.size());
  CHECK(text(reader.next({})) == bound);
  CHECK(text(reader.next({})) == bound);
  for (const char* end : {"\n", "\r\n"}) {
    Source bad(bound + "x" + end);
    base::LineReader refusing(bad.pipe.read, bound.size());
    CHECK_FALSE(refusing.next({}));
  }
}

TEST_CASE("a line without an end is refused at the bound and not collected", "[base][line_reader]") {
  Source source(std::string(5000, 'x'), true);
  base::LineReader reader(source.pipe.read, 100);
  const auto line = reader.next(base::Deadline::after(std::chrono::seconds(10)));
  REQUIRE_FALSE(line);
  CHECK(line.error().kind == base::FailureKind::permanent);
}

TEST_CASE("a passed deadline is no line and no failure and loses nothing", "[base][line_reader]") {
  Source source("half", true);
  base::LineReader reader(source.pipe.read, 100);
  CHECK(text(reader.next(base::Deadline::after(std::chrono::milliseconds(1)))) == "no line yet");
  REQUIRE(base::write_all(source.pipe.write, " and half\n"));
  CHECK(text(reader.next(base::Deadline::after(std::chrono::seconds(10)))) == "half and half");
}
