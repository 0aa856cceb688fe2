#include "mta/mail/record.h"

#include <catch2/catch.hpp>

using mail::Fields;
using mail::format_record;
using mail::parse_records;

TEST_CASE("a record holds any octets, blanks and empty fields", "[mail][record]") {
  const Fields fields{"answer", "", "a b%c\n\r", std::string("\0\xff", 2), "%"};
  const auto text = format_record(fields);
  CHECK(text.find('\n') == text.size() - 1);
  const auto back = parse_records(text);
  REQUIRE(back.records.size() == 1);
  CHECK(back.records[0] == fields);
  CHECK_FALSE(back.torn);
}

TEST_CASE("a record cut at any octet is ignored and those before it stand", "[mail][record]") {
  const auto first = format_record({"sending", "one"});
  const auto second = format_record({"answer", "two", "250 ok"});
  for (std::size_t cut = 0; cut < second.size(); ++cut) {
    const auto back = parse_records(first + second.substr(0, cut));
    CAPTURE(cut);
    REQUIRE(back.records.size() == 1);
    CHECK(back.good_bytes == first.size());
    CHECK(back.torn == (cut > 0));
  }
}

TEST_CASE("from the first damaged record on nothing is believed", "[mail][record]") {
  auto text = format_record({"a", "1"}) + format_record({"b", "2"}) + format_record({"c", "3"});
  text[format_record({"a", "1"}).size() + 10] ^= 1;
  const auto back = parse_records(text);
  REQUIRE(back.records.size() == 1);
  CHECK(back.torn);
}

TEST_CASE("a tail of zeros, as a power cut leaves it, is torn and not a record", "[mail][record]") {
  const auto back = parse_records(format_record({"a"}) + std::string(4096, '\0'));
  CHECK(back.records.size() == 1);
  CHECK(back.torn);
}

TEST_CASE("the checksum is CRC-32 and can be continued", "[mail][record]") {
  CHECK(mail::crc32("123456789") == 0xcbf43926U);
  CHECK(mail::crc32("6789", mail::crc32("12345")) == 0xcbf43926U);
}
