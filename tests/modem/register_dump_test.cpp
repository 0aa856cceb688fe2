#include "modem/register_dump.h"

#include <catch2/catch.hpp>

using modem::differences;
using modem::parse_dump;
using modem::RegisterDump;
using modem::write_dump;

TEST_CASE("what was dumped is read again as it was, whatever octets a modem says", "[modem][dump]") {
  const RegisterDump dump{{{0, "000"}, {7, "050"}}, {"ACTIVE PROFILE", "E1  Q0", "# \xff\t"}};
  const auto text = write_dump(dump);
  CHECK(text.find("S7 050\n") != std::string::npos);
  const auto read = parse_dump(text, "f");
  REQUIRE(read);
  CHECK(differences(*read, dump).empty());
  CHECK(write_dump(dump) == text);
}

TEST_CASE("a setting that changed is told with what it was and what it is", "[modem][dump]") {
  const RegisterDump before{{{0, "000"}, {7, "050"}, {12, "050"}}, {"E1 Q0", "same", "same"}};
  const RegisterDump now{{{0, "001"}, {7, "050"}, {95, "044"}}, {"E0 Q0", "same"}};
  CHECK(differences(before, now) == std::vector<std::string>{"- S0 000", "+ S0 001", "- S12 050", "+ S95 044",
                                                             "- &V E1 Q0", "- &V same", "+ &V E0 Q0"});
}

TEST_CASE("what calls change by themselves is no difference", "[modem][dump]") {
  CHECK(differences({{{1, "000"}, {86, "000"}}, {}}, {{{1, "002"}, {86, "004"}}, {}}).empty());
}

TEST_CASE("what is no dump is told with its line", "[modem][dump]") {
  for (const auto* wrong : {"# x\nT7 1\n", "# x\nS256 1\n", "# x\nS 1\n", "# x\nS7x 1\n"}) {
    const auto read = parse_dump(wrong, "file");
    REQUIRE_FALSE(read);
    CHECK(read.error().kind == base::FailureKind::permanent);
    CHECK(read.error().text.starts_with("file:2: "));
  }
  CHECK(parse_dump("", "file"));
}
