#include "conf/command_line.h"

#include <catch2/catch.hpp>

namespace {

namespace po = boost::program_options;

base::Result<conf::Parsed> parse(const std::vector<const char*>& words) {
  const conf::Program program{"tool", "[-b] [-t SECONDS] DIR CLIENT ...", "A tool.", {}};
  po::options_description options("Options");
  options.add_options()("bounce,b", "bounce")("time,t", po::value<unsigned>(), "seconds")("port,p", po::value<int>(),
                                                                                          "port");
  std::vector<const char*> argv{"tool"};
  argv.insert(argv.end(), words.begin(), words.end());
  return conf::parse_command_line(program, options, static_cast<int>(argv.size()), argv.data());
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("options end at the first operand and a client's options stay the client's", "[conf][command_line]") {
  const auto parsed = parse({"-b", "-t", "10", "dir", "client", "-b", "--help"});
  REQUIRE(parsed);
  CHECK(parsed->values.count("bounce") == 1);
  CHECK(parsed->values["time"].as<unsigned>() == 10);
  CHECK(parsed->operands == Lines{"dir", "client", "-b", "--help"});
  CHECK_FALSE(parsed->shown);
}

TEST_CASE("values may be glued, apart or behind an equals sign", "[conf][command_line]") {
  for (const auto& words : {std::vector<const char*>{"-t1209600", "dir"},
                            {"-t", "1209600", "dir"},
                            {"-bt", "1209600", "dir"},
                            {"--time", "1209600", "dir"},
                            {"--time=1209600", "dir"}}) {
    const auto parsed = parse(words);
    REQUIRE(parsed);
    CHECK(parsed->values["time"].as<unsigned>() == 1209600);
    CHECK(parsed->operands == Lines{"dir"});
  }
}

TEST_CASE("two dashes end the options and are not an operand", "[conf][command_line]") {
  const auto parsed = parse({"-b", "--", "-dir"});
  REQUIRE(parsed);
  CHECK(parsed->operands == Lines{"-dir"});
  CHECK(parse({"-"})->operands == Lines{"-"});
}

TEST_CASE("unknown options, missing and wrong values are permanent and name the usage", "[conf][command_line]") {
  for (const auto& words :
       {std::vector<const char*>{"-x"}, {"--po=1"}, {"--unknown"}, {"-t"}, {"-t", "ten"}, {"-t10x"}}) {
    const auto parsed = parse(words);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().kind == base::FailureKind::permanent);
    CHECK(parsed.error().text.find("usage: tool [-b]") != std::string::npos);
    CHECK(parsed.error().text.find('\n') == std::string::npos);
  }
}
