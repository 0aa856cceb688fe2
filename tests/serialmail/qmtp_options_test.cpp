#include <catch2/catch.hpp>

#include "serialmail/maildirqmtp_options.h"
#include "serialmail/serialqmtp_options.h"

namespace {

template <class Parse>
auto parse(Parse parser, std::vector<const char*> words) {
  words.insert(words.begin(), "program");
  return parser(static_cast<int>(words.size()), words.data());
}

}  // namespace

TEST_CASE("maildirqmtp stands for maildirserial with two weeks and serialqmtp connecting to port 209",
          "[serialmail][options]") {
  const auto options = parse(serialmail::parse_maildirqmtp_options, {"dir", "p-", "[::1]"});
  REQUIRE(options);
  CHECK(serialmail::maildirserial_command(*options, {"ms", "sq"}) ==
        std::vector<std::string>{"ms", "-b", "-t", "1209600", "--client-report-fd", "8", "--", "dir", "p-", "sq",
                                 "--report-fd", "8", "--connect", "[::1]", "--port", "209", "--", "p-"});
}

TEST_CASE("maildirqmtp names port, lifetime and report descriptor to those whose they are", "[serialmail][options]") {
  const auto options = parse(serialmail::parse_maildirqmtp_options,
                             {"--report-fd", "9", "--port", "2090", "-t", "60", "--", "-dir", "-p", "h"});
  REQUIRE(options);
  CHECK(serialmail::maildirserial_command(*options, {"ms", "sq"}) ==
        std::vector<std::string>{"ms",     "-b",   "-t", "60", "--report-fd", "9", "--client-report-fd", "8",
                                 "--",     "-dir", "-p", "sq", "--report-fd", "8", "--connect",          "h",
                                 "--port", "2090", "--", "-p"});
}

TEST_CASE("serialqmtp takes one operand, which may be empty", "[serialmail][options]") {
  const auto options = parse(serialmail::parse_serialqmtp_options, {"--connect", "h", ""});
  REQUIRE(options);
  CHECK(options->client.connect == "h");
  CHECK(options->client.port == 209);
  CHECK(options->prefix.empty());
  CHECK_FALSE(parse(serialmail::parse_serialqmtp_options, {"--port", "1", "p"}));
  CHECK_FALSE(parse(serialmail::parse_serialqmtp_options, {"p", "helo"}));
}

TEST_CASE("maildirqmtp names the way by SMTP to serialqmtp, and order, bounds and plan to maildirserial",
          "[serialmail][options]") {
  const auto options = parse(serialmail::parse_maildirqmtp_options, {"--smtp", "office.example", "--smtp-port", "2525",
                                                                     "--max-time", "60", "--plan", "dir", "p-", "h"});
  REQUIRE(options);
  CHECK(serialmail::maildirserial_command(*options, {"ms", "sq"}) == std::vector<std::string>{"ms",
                                                                                              "-b",
                                                                                              "-t",
                                                                                              "1209600",
                                                                                              "--client-report-fd",
                                                                                              "8",
                                                                                              "--max-time=60",
                                                                                              "--plan",
                                                                                              "--",
                                                                                              "dir",
                                                                                              "p-",
                                                                                              "sq",
                                                                                              "--report-fd",
                                                                                              "8",
                                                                                              "--connect",
                                                                                              "h",
                                                                                              "--port",
                                                                                              "209",
                                                                                              "--smtp",
                                                                                              "office.example",
                                                                                              "--smtp-port",
                                                                                              "2525",
                                                                                              "--",
                                                                                              "p-"});
  CHECK_FALSE(parse(serialmail::parse_maildirqmtp_options, {"--smtp-port", "25", "dir", "p-", "h"}));
  CHECK_FALSE(parse(serialmail::parse_maildirqmtp_options, {"--smtp", "a b", "dir", "p-", "h"}));
  CHECK_FALSE(parse(serialmail::parse_maildirqmtp_options, {"--max-time", "0", "dir", "p-", "h"}));
}

TEST_CASE("serialqmtp goes on by SMTP only where it connects itself", "[serialmail][options]") {
  const auto options = parse(serialmail::parse_serialqmtp_options, {"--connect", "h", "--smtp", "office.example", "p"});
  REQUIRE(options);
  CHECK(options->smtp_helo_name == "office.example");
  CHECK(options->smtp_port == 25);
  CHECK_FALSE(parse(serialmail::parse_serialqmtp_options, {"--smtp", "office.example", "p"}));
  CHECK_FALSE(parse(serialmail::parse_serialqmtp_options, {"--connect", "h", "--smtp-port", "25", "p"}));
}

TEST_CASE("a relay with TLS and login is refused by QMTP with the reason", "[serialmail][options]") {
  for (const auto& failed : {parse(serialmail::parse_maildirqmtp_options, {"--relay", "provider", "d", "p-"}).error(),
                             parse(serialmail::parse_serialqmtp_options, {"--relay", "provider", "p-"}).error()}) {
    CHECK(failed.kind == base::FailureKind::permanent);
    CHECK(failed.text == "--relay: QMTP has neither TLS nor a login; maildirsmtp --relay sends by SMTP");
  }
}

TEST_CASE("the descriptor that tells of the line is named to maildirserial and its client, and is nobody else's",
          "[serialmail][options]") {
  const auto options = parse(serialmail::parse_maildirqmtp_options, {"--line-fd", "8", "d", "p-", "h"});
  REQUIRE(options);
  CHECK(serialmail::maildirserial_command(*options, {"ms", "sq"}) ==
        std::vector<std::string>{
            "ms", "-b", "-t",          "1209600", "--client-report-fd", "9", "--line-fd", "8", "--",     "d",
            "p-", "sq", "--report-fd", "9",       "--line-fd",          "8", "--connect", "h", "--port", "209",
            "--", "p-"});
  CHECK_FALSE(parse(serialmail::parse_maildirqmtp_options, {"--line-fd", "1", "d", "p-", "h"}));
  CHECK_FALSE(parse(serialmail::parse_serialqmtp_options, {"--line-fd", "x", "p-"}));
}
