#include "chat/transcript.h"

#include <catch2/catch.hpp>

#include "chat/report_book.h"

namespace {

std::vector<std::string> reports_of(chat::ReportBook& book, const std::string& stream) {
  std::vector<std::string> found;
  for (const char c : stream) {
    if (auto report = book.feed(c)) found.push_back(*report);
  }
  return found;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("the log makes control characters visible", "[chat][transcript]") {
  CHECK(chat::visible("a\r\n\x1b\x7f\tb") == "a^M^J^[^?\tb");
  CHECK(chat::visible("\xc2\x80") == "M-BM-^@");
}

TEST_CASE("received text is logged by lines of 80 at most", "[chat][transcript]") {
  chat::ReceivedText text;
  CHECK(!text.feed('a'));
  CHECK(text.feed('\n') == "a");
  for (int i = 0; i < 79; ++i) CHECK(!text.feed('x'));
  CHECK(text.feed('x') == std::string(80, 'x'));
  CHECK(text.take().empty());
}

TEST_CASE("the echo drops CR and closes an open line", "[chat][transcript]") {
  chat::EchoText echo;
  std::string shown;
  for (const char c : std::string("a\r\n\tb\x01")) shown += echo.feed(c);
  CHECK(shown + echo.finish() == "a\n^Ib^A\n");
  CHECK(echo.finish().empty());
}

TEST_CASE("a report runs to the next control character and fires once", "[chat][report]") {
  chat::ReportBook book;
  book.add("CONNECT");
  CHECK(reports_of(book, "CONNECT 9600\r\nCONNECT 1200\r") == Texts{"CONNECT 9600"});
  CHECK(!book.collecting());
}

TEST_CASE("equal report strings fire one after the other", "[chat][report]") {
  chat::ReportBook book;
  book.add("A");
  book.add("A");
  CHECK(reports_of(book, "A1\rA2\rA3\r") == Texts{"A1", "A2"});
}

TEST_CASE("one report is collected at a time", "[chat][report]") {
  chat::ReportBook book;
  book.add("A");
  book.add("B");
  CHECK(reports_of(book, "A1B2\rB3\r") == Texts{"A1B2", "B3"});
}

TEST_CASE("clearing a report string that was seen does nothing", "[chat][report]") {
  chat::ReportBook book;
  book.add("A");
  book.add("B");
  CHECK(reports_of(book, "A1\r") == Texts{"A1"});
  CHECK(!book.clear("A"));
  CHECK(book.clear("B"));
  CHECK(book.count() == 1);
}

TEST_CASE("a report has a bound", "[chat][report]") {
  chat::ReportBook book;
  book.add("A");
  CHECK(reports_of(book, "A" + std::string(10000, 'x')).empty());
  CHECK(book.full());
  CHECK(book.take().size() == chat::max_report_bytes);
}
