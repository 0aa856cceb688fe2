#include "serialmail/result_stream.h"

#include <catch2/catch.hpp>

#include "serialmail/name_reader.h"

namespace {

using serialmail::ResultStream;
using namespace std::string_literals;

std::vector<serialmail::ResultRecord> read(std::string_view octets, std::size_t piece) {
  ResultStream stream;
  std::vector<serialmail::ResultRecord> all;
  for (std::size_t i = 0; i < octets.size(); i += piece) {
    for (auto& record : stream.feed(octets.substr(i, piece))) all.push_back(record);
  }
  return all;
}

}  // namespace

TEST_CASE("records are the same however the stream is cut", "[serialmail][results]") {
  const auto text = "new/1\0Kok\nnew/2\0D550 no\nnew/3\0Z\n"s;
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    const auto records = read(text, piece);
    REQUIRE(records.size() == 3);
    CHECK(records[0].file == "new/1");
    CHECK(records[0].status == 'K');
    CHECK(records[1].text == "550 no");
    CHECK(records[2].status == 'Z');
    CHECK(records[2].text.empty());
  }
}

TEST_CASE("a record cut off by the end of the stream is never given out", "[serialmail][results]") {
  CHECK(read("new/1\0Kok"s, 3).empty());
  CHECK(read("new/1\0"s, 3).empty());
}

TEST_CASE("a status that is a line end is a record that says nothing", "[serialmail][results]") {
  const auto records = read("new/1\0\nnew/2\0Kok\n"s, 100);
  REQUIRE(records.size() == 2);
  CHECK(records[0].status == '\n');
  CHECK(records[1].file == "new/2");
}

TEST_CASE("an endless name or text is bounded and the next record is read all the same", "[serialmail][results]") {
  const auto records =
      read(std::string(100000, 'n') + "\0Kok\n"s + "new/2\0Z"s + std::string(100000, 't') + "\nnew/3\0Kok\n"s, 777);
  REQUIRE(records.size() == 2);
  CHECK(records[0].file == "new/2");
  CHECK(records[0].text.size() == serialmail::max_record_text_bytes);
  CHECK(records[1].file == "new/3");
}

TEST_CASE("a record is written with odd octets as question marks and cut at 2000", "[serialmail][results]") {
  CHECK(serialmail::format_result({"new/1", 'K', "a\tb\xffz"}) == "new/1\0Ka?b?z\n"s);
  const auto line = serialmail::format_result({"n", 'Z', std::string(5000, 'x')});
  CHECK(line.size() == 2 + 2000 + 1);
}

TEST_CASE("names end at NUL, a cut-off or over-long one is dropped", "[serialmail][names]") {
  serialmail::NameReader names;
  names.feed("new/1\0ne"s);
  names.feed("w/2\0"s + std::string(5000, 'x') + "\0new/3\0new/4"s);
  CHECK(names.take() == "new/1");
  CHECK(names.take() == "new/2");
  CHECK(names.take() == "new/3");
  CHECK(names.empty());
}

TEST_CASE("only names that stay inside the maildir are its files", "[serialmail][names]") {
  for (const auto* good : {"new/1", "cur/1:2,S", "msg", "new/..x", "a/b"}) CHECK(serialmail::is_inside(good));
  for (const auto* bad : {"", "/etc/passwd", "..", "../x", "new/../x", "new/.."})
    CHECK_FALSE(serialmail::is_inside(bad));
  CHECK(serialmail::is_spool_file("new/1"));
  for (const auto* other : {"tmp/1", "new/", "new/a/b", "1", "new/.."}) CHECK_FALSE(serialmail::is_spool_file(other));
}
