#include <catch2/catch.hpp>

#include "mta/sendmail/options.h"

namespace {

base::Result<mta::SendmailOptions> parse(std::vector<const char*> words, const char* name = "/usr/sbin/sendmail") {
  words.insert(words.begin(), name);
  return mta::parse_sendmail_options(static_cast<int>(words.size()), words.data());
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("options and recipients may be mixed", "[sendmail][options]") {
  const auto options = parse({"user", "-f", "me@x", "other", "-oi", "-F", "Joe Doe", "-t"});
  REQUIRE(options);
  CHECK(options->recipients == Lines{"user", "other"});
  CHECK(options->sender == "me@x");
  CHECK(options->full_name == "Joe Doe");
  CHECK(options->header_recipients);
  CHECK_FALSE(options->dot_ends);
}

TEST_CASE("a recipient that begins with a dash needs two dashes before it", "[sendmail][options]") {
  CHECK_FALSE(parse({"-joe@x"}));
  CHECK_FALSE(parse({"-"}));
  const auto options = parse({"-i", "--", "-joe@x", "-t"});
  REQUIRE(options);
  CHECK(options->recipients == Lines{"-joe@x", "-t"});
  CHECK_FALSE(options->header_recipients);
}

TEST_CASE("letters without values may be grouped and values be glued", "[sendmail][options]") {
  const auto options = parse({"-ti", "-fme@x", "-FJoe"});
  REQUIRE(options);
  CHECK(options->header_recipients);
  CHECK_FALSE(options->dot_ends);
  CHECK(options->sender == "me@x");
  CHECK(options->full_name == "Joe");
  CHECK(parse({"-tifme@x"})->sender == "me@x");
}

TEST_CASE("an empty sender is the null sender and none is none", "[sendmail][options]") {
  CHECK(parse({"-f", "", "x"})->sender == "");
  CHECK(parse({"-f<>", "x"})->sender == "<>");
  CHECK_FALSE(parse({"x"})->sender);
}

TEST_CASE("what other sendmails take is accepted and its values are no recipients", "[sendmail][options]") {
  const auto options =
      parse({"-oem", "-odb",           "-o", "mi", "-B", "8BITMIME", "-N", "failure,delay", "-R", "hdrs", "-V",  "id",
             "-O",   "DeliveryMode=b", "-v", "-m", "-U", "-G",       "-X", "/dev/null",     "-h", "5",    "-bm", "-e",
             "q",    "-d0.1",          "joe"});
  REQUIRE(options);
  CHECK(options->recipients == Lines{"joe"});
  CHECK(options->dot_ends);
  CHECK(options->mode == mta::SendmailMode::deliver);
}

TEST_CASE("modes are chosen by -b and by name", "[sendmail][options]") {
  CHECK(parse({"-bs"})->mode == mta::SendmailMode::smtp);
  CHECK(parse({"-bp"})->mode == mta::SendmailMode::list);
  CHECK(parse({}, "mailq")->mode == mta::SendmailMode::list);
  CHECK(parse({"-q"})->mode == mta::SendmailMode::run_queue);
  CHECK(parse({"-q30m"})->mode == mta::SendmailMode::run_queue);
  for (const char* refused : {"-bd", "-bD", "-bt", "-bv", "-bh", "-bi", "-bx"}) CHECK_FALSE(parse({refused}));
  CHECK_FALSE(parse({}, "/usr/bin/newaliases"));
}

TEST_CASE("unknown options and missing values are usage errors", "[sendmail][options]") {
  for (const auto& words : {std::vector<const char*>{"-z"}, {"-tz"}, {"-f"}, {"x", "-F"}, {"--unknown"}, {""}}) {
    CHECK_FALSE(parse(words));
  }
}
