#include <catch2/catch.hpp>

#include "serialmail/maildirserial_options.h"
#include "serialmail/maildirsmtp_options.h"
#include "serialmail/numbers.h"
#include "serialmail/serialsmtp_options.h"
#include "serialmail/setlock_options.h"

namespace {

template <class Parse>
auto parse(Parse parser, std::vector<const char*> words) {
  words.insert(words.begin(), "program");
  return parser(static_cast<int>(words.size()), words.data());
}

}  // namespace

TEST_CASE("our options end at the first operand and the client's stay the client's", "[serialmail][options]") {
  const auto options =
      parse(serialmail::parse_maildirserial_options, {"-bt5", "dir", "p-", "client", "-b", "--", "-t"});
  REQUIRE(options);
  CHECK(options->bounces);
  CHECK(options->lifetime == 5);
  CHECK(options->maildir == "dir");
  CHECK(options->client == std::vector<std::string>{"client", "-b", "--", "-t"});
}

TEST_CASE("an empty prefix is legal", "[serialmail][options]") {
  const auto options = parse(serialmail::parse_maildirserial_options, {"--", "dir", "", "client"});
  REQUIRE(options);
  CHECK(options->prefix.empty());
  CHECK_FALSE(options->lifetime);
}

TEST_CASE("maildirsmtp stands for maildirserial with two weeks and serialsmtp connecting by itself",
          "[serialmail][options]") {
  const auto options =
      parse(serialmail::parse_maildirsmtp_options, {"--port", "2525", "dir", "p-", "[::1]", "me.example"});
  REQUIRE(options);
  CHECK(serialmail::maildirserial_command(*options, {"ms", "ss"}) ==
        std::vector<std::string>{"ms", "-b", "-t", "1209600", "--client-report-fd", "8", "--", "dir", "p-", "ss",
                                 "--report-fd", "8", "--connect", "[::1]", "--port", "2525", "--", "p-", "me.example"});
}

TEST_CASE("the report goes to maildirserial's descriptor, and the client's own to maildirserial",
          "[serialmail][options]") {
  const auto options =
      parse(serialmail::parse_maildirsmtp_options, {"--report-fd", "9", "-t", "60", "-dir", "p-", "h", "me"});
  CHECK_FALSE(options);  // -dir is an option like any other until --
  const auto good =
      parse(serialmail::parse_maildirsmtp_options, {"--report-fd", "9", "-t", "60", "--", "-dir", "p-", "h", "me"});
  REQUIRE(good);
  CHECK(serialmail::maildirserial_command(*good, {"ms", "ss"}) ==
        std::vector<std::string>{"ms",        "-b", "-t",     "60", "--report-fd", "9",           "--client-report-fd",
                                 "8",         "--", "-dir",   "p-", "ss",          "--report-fd", "8",
                                 "--connect", "h",  "--port", "25", "--",          "p-",          "me"});
}

TEST_CASE("order and bounds are checked where they are given and told to maildirserial", "[serialmail][options]") {
  const auto options = parse(serialmail::parse_maildirsmtp_options,
                             {"--min-priority", "-4", "--big", "0", "--max-size", "2M", "--plan", "d", "p", "h", "me"});
  REQUIRE(options);
  const auto command = serialmail::maildirserial_command(*options, {"ms", "ss"});
  std::vector<const char*> words;
  for (std::size_t i = 1; i < command.size(); ++i) words.push_back(command[i].c_str());
  const auto serial = parse(serialmail::parse_maildirserial_options, words);
  REQUIRE(serial);
  CHECK(serial->order.min_priority == -4);
  CHECK(serial->order.big == std::chrono::seconds(0));
  CHECK(serial->order.max_size == 2U * 1024 * 1024);
  CHECK(serial->plan == serialmail::PlanFormat::text);
  for (const auto* bad :
       {"--min-priority=10", "--max-size=x", "--max-time=0", "--max-bytes=-1", "--rate=0", "--big=1s"}) {
    CHECK_FALSE(parse(serialmail::parse_maildirsmtp_options, {bad, "d", "p", "h", "me"}));
    CHECK_FALSE(parse(serialmail::parse_maildirserial_options, {bad, "d", "p", "client"}));
  }
}

TEST_CASE("a plan needs no client and a flush does", "[serialmail][options]") {
  CHECK(parse(serialmail::parse_maildirserial_options, {"--plan", "--json", "d", "p"}));
  CHECK_FALSE(parse(serialmail::parse_maildirserial_options, {"d", "p"}));
}

TEST_CASE("a summary is asked for in two forms, and the plan's form is its own", "[serialmail][options]") {
  const auto options = parse(serialmail::parse_maildirsmtp_options, {"--summary", "--json", "d", "p", "h", "me"});
  REQUIRE(options);
  const auto command = serialmail::maildirserial_command(*options, {"ms", "ss"});
  std::vector<const char*> words;
  for (std::size_t i = 1; i < command.size(); ++i) words.push_back(command[i].c_str());
  const auto serial = parse(serialmail::parse_maildirserial_options, words);
  REQUIRE(serial);
  CHECK(serial->summary);
  CHECK(serial->json);
  CHECK_FALSE(serial->plan);
  CHECK(serial->client_report_descriptor == 8);
}

TEST_CASE("a relay stands in place of host, port and name, for both programs", "[serialmail][options]") {
  const auto options =
      parse(serialmail::parse_maildirsmtp_options, {"--relay", "provider", "--secret-fd", "8", "dir", "p-"});
  REQUIRE(options);
  CHECK(serialmail::maildirserial_command(*options, {"ms", "ss"}) ==
        std::vector<std::string>{"ms", "-b", "-t", "1209600", "--client-report-fd", "9", "--", "dir", "p-", "ss",
                                 "--report-fd", "9", "--relay", "provider", "--secret-fd", "8", "--", "p-"});
  const auto client = parse(serialmail::parse_serialsmtp_options, {"--relay", "provider", "p-"});
  REQUIRE(client);
  CHECK(client->relay == "provider");
  CHECK_FALSE(client->secret_descriptor);
  for (const auto& words : std::vector<std::vector<const char*>>{{"--relay", "x", "p-", "me"},
                                                                 {"--relay", "x", "--connect", "h", "p-"},
                                                                 {"--secret-fd", "5", "p-", "me"},
                                                                 {"--relay", "x", "--secret-fd", "2", "p-"}}) {
    CHECK_FALSE(parse(serialmail::parse_serialsmtp_options, words));
  }
  for (const auto& words : std::vector<std::vector<const char*>>{{"--relay", "x", "d", "p-", "h", "me"},
                                                                 {"--relay", "x", "--port", "25", "d", "p-"},
                                                                 {"--secret-fd", "5", "d", "p-", "h", "me"},
                                                                 {"--relay", "", "d", "p-"}}) {
    CHECK_FALSE(parse(serialmail::parse_maildirsmtp_options, words));
  }
}

TEST_CASE("a HELO name that would break the command is refused", "[serialmail][options]") {
  for (const auto* bad : {"", "a b", "a\r\nMAIL FROM:<>", "\xc3\xa9"}) CHECK_FALSE(serialmail::check_helo_name(bad));
  CHECK(serialmail::check_helo_name("AutoTURN"));
}

TEST_CASE("numbers have digits and nothing else and stay in their bounds", "[serialmail][options]") {
  for (const auto* bad : {"", " 1", "1 ", "+1", "1x", "99999999999999999999", "101"}) {
    CHECK_FALSE(serialmail::read_number("-t", bad, 0, 100));
  }
  CHECK(serialmail::read_number("-t", "100", 0, 100) == 100);
}

TEST_CASE("of contradicting setlock letters the last counts", "[serialmail][options]") {
  const auto options = parse(serialmail::parse_setlock_options, {"-nNx", "-n", "-n", "f", "prog", "-X"});
  REQUIRE(options);
  CHECK_FALSE(options->wait);
  CHECK_FALSE(options->complain);
  CHECK(options->program == std::vector<std::string>{"prog", "-X"});
}
