#include "modem/emulator/escape.h"

#include <catch2/catch.hpp>

using emulator::EscapeDetector;
using emulator::Time;
using namespace std::chrono_literals;

namespace {

constexpr Time guard = 1s;

struct Line {
  Line() { detector.reset(0s); }
  void put(Time now, std::string_view bytes, std::optional<char> escape = '+') {
    detector.octets(now, bytes, escape, guard);
  }
  EscapeDetector detector;
};

}  // namespace

TEST_CASE("silence, three escape characters and silence are the escape", "[emulator][escape]") {
  Line line;
  line.put(2s, "data");
  line.put(3s, "+++");
  CHECK(line.detector.due() == 4s);
}

TEST_CASE("the escape characters may come one by one within the guard time", "[emulator][escape]") {
  Line line;
  line.put(1s, "+");
  line.put(1900ms, "+");
  CHECK_FALSE(line.detector.due());
  line.put(2800ms, "+");
  CHECK(line.detector.due() == 3800ms);
}

TEST_CASE("an octet just before or after the escape characters undoes them", "[emulator][escape]") {
  Line line;
  line.put(2s, "data");
  line.put(2999ms, "+++");
  CHECK_FALSE(line.detector.due());
  line.put(5s, "+++");
  line.put(5999ms, "A");
  CHECK_FALSE(line.detector.due());
}

TEST_CASE("four escape characters and three within data are no escape", "[emulator][escape]") {
  Line line;
  line.put(2s, "++++");
  CHECK_FALSE(line.detector.due());
  line.put(4s, "x+++");
  CHECK_FALSE(line.detector.due());
  line.put(6s, "+++x");
  CHECK_FALSE(line.detector.due());
}

TEST_CASE("a pause between two escape characters begins the sequence again", "[emulator][escape]") {
  Line line;
  line.put(2s, "+");
  line.put(4s, "+");
  line.put(4100ms, "++");
  CHECK(line.detector.due() == 5100ms);
}

TEST_CASE("no escape character switches the escape off and another one takes its place", "[emulator][escape]") {
  Line line;
  line.put(2s, "+++", std::nullopt);
  CHECK_FALSE(line.detector.due());
  line.put(4s, "###", '#');
  CHECK(line.detector.due() == 5s);
}

TEST_CASE("a DTE that is not read is not silent", "[emulator][escape]") {
  Line line;
  line.put(1500ms, "data");
  line.detector.stalled(3s);
  line.put(3100ms, "+++");
  CHECK_FALSE(line.detector.due());
  line.put(5s, "+++");
  line.detector.stalled(5500ms);
  CHECK(line.detector.due() == 6500ms);
}
