#include "pppctl/chart.h"

#include <catch2/catch.hpp>
#include <sstream>

using namespace pppctl;

namespace {

Call call(std::uint64_t sent, const std::string& result = "ok") {
  Call made;
  made.start.link = "provider";
  made.octets = {sent, 0};
  made.result = result;
  return made;
}

// In columns: a UTF-8 continuation octet is none.
std::size_t columns(const std::string& line) {
  std::size_t count = 0;
  for (const char c : line) count += (static_cast<unsigned char>(c) & 0xc0U) != 0x80U ? 1 : 0;
  return count;
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) all.push_back(line);
  return all;
}

}  // namespace

TEST_CASE("no line of the chart is wider than the terminal, and the longest bar fills it", "[pppctl][chart]") {
  const std::vector<Call> calls{call(0, "failed"), call(5000), call(10000)};
  for (const std::size_t width : {60U, 80U, 200U}) {
    for (const auto charset : {Charset::ascii, Charset::utf8}) {
      const auto all = lines(chart_text(calls, width, charset));
      REQUIRE(all.size() == 4);
      for (const auto& line : all) CHECK(columns(line) <= width);
      const auto full = charset == Charset::ascii ? std::string("#") : std::string("█");
      CHECK(all[1].find(full) == std::string::npos);
      CHECK(all[3].find(full + " 10.0 kB") != std::string::npos);
      CHECK(all[2].find(full + " 5.0 kB") == std::string::npos);
    }
  }
}

TEST_CASE("without UTF-8 the chart is ASCII", "[pppctl][chart]") {
  for (const char c : chart_text({call(333), call(1000)}, 80, Charset::ascii))
    CHECK(static_cast<unsigned char>(c) < 128);
}

TEST_CASE("there is no chart of one call, of nothing, or on a narrow terminal", "[pppctl][chart]") {
  CHECK(chart_text({call(5)}, 80, Charset::utf8).empty());
  CHECK(chart_text({call(0), call(0)}, 80, Charset::utf8).empty());
  CHECK(chart_text({call(5), call(6)}, 30, Charset::utf8).empty());
}
