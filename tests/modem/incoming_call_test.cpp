#include "modem/incoming_call.h"

#include <catch2/catch.hpp>

namespace modem {
namespace {

TEST_CASE("rings are counted, and nothing else is a ring", "[modem][incoming]") {
  IncomingCall call;
  for (const auto* line : {"RING", "+CRING: ASYNC", "RINGING", "NO CARRIER", "DATE = 1123", ""}) call.on_line(line);
  CHECK(call.rings() == 2);
  CHECK(call.caller().empty());
}

TEST_CASE("the caller's number is taken from every form that modems tell it in", "[modem][incoming]") {
  const auto [line, number] = GENERATE(table<std::string, std::string>({{"NMBR = 0301234", "0301234"},
                                                                        {"NMBR=0301234", "0301234"},
                                                                        {"NMBR = P", "P"},
                                                                        {"CALLER NUMBER: 0301234", "0301234"},
                                                                        {"+CLIP: \"+49301234\",145,,,,0", "+49301234"},
                                                                        {"+CLIP: \"\",128", ""},
                                                                        {"+CLIP: \"0301", "0301"},
                                                                        {"NMBR", ""},
                                                                        {"NMBRX = 5", ""},
                                                                        {"NAME = MILLER", ""}}));
  IncomingCall call;
  call.on_line("RING");
  call.on_line(line);
  CHECK(call.caller() == number);
}

TEST_CASE("a caller's number without end is cut", "[modem][incoming]") {
  IncomingCall call;
  call.on_line("NMBR = " + std::string(500, '7'));
  CHECK(call.caller() == std::string(IncomingCall::max_caller_bytes, '7'));
}

}  // namespace
}  // namespace modem
