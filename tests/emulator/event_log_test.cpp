#include "modem/emulator/event_log.h"

#include <catch2/catch.hpp>

using emulator::json_line;
using emulator::json_text;
using emulator::Record;

TEST_CASE("an event is one line of JSON with its fields", "[emulator][event_log]") {
  const Record record{
      "disconnect", "a", {{"reason", std::string("cut")}, {"octets_there", std::uint64_t{7}}, {"on", true}}};
  CHECK(json_line(1.5, record) ==
        "{\"time\":1.500000,\"event\":\"disconnect\",\"modem\":\"a\",\"reason\":\"cut\",\"octets_there\":7,\"on\":true}"
        "\n");
}

TEST_CASE("octets of a DTE reach the log as printable text", "[emulator][event_log]") {
  CHECK(json_text("AT\\N3\"") == "\"AT\\\\N3\\\"\"");
  CHECK(json_text(std::string_view("\x1b[2J\0\xff", 6)) == "\"\\u001b[2J\\u0000\\u00ff\"");
}
