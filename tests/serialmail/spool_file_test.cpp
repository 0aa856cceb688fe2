#include "mta/mail/spool_file.h"

#include <catch2/catch.hpp>

namespace {

using namespace std::string_literals;

std::string fault(const std::string& head, std::string_view prefix = "p-") {
  const auto file = mail::parse_spool_file(head, prefix);
  return file ? "" : file.error().text;
}

}  // namespace

TEST_CASE("the two lines give the envelope and line 3 begins the message", "[mail][spool_file]") {
  const auto head = "Return-Path: <a@b>\nDelivered-To: p-joe@x\nSubject: s\n"s;
  const auto file = mail::parse_spool_file(head, "p-");
  REQUIRE(file);
  CHECK(file->sender.to_envelope() == "a@b");
  CHECK(file->recipient.to_envelope() == "joe@x");
  CHECK(head.substr(file->body_offset) == "Subject: s\n");
}

TEST_CASE("the sender's quoting is undone and the null sender stays null", "[mail][spool_file]") {
  CHECK(mail::parse_spool_file("Return-Path: <\"a b\"@c>\nDelivered-To: x@y\n", "")->sender.to_envelope() == "a b@c");
  CHECK(mail::parse_spool_file("Return-Path: <>\nDelivered-To: x@y\n", "")->sender.is_null());
  CHECK(mail::parse_spool_file("Return-Path: <#@[]>\nDelivered-To: x@y\n", "")->sender.to_envelope() == "#@[]");
}

TEST_CASE("the prefix is compared octet for octet and another one makes the file somebody else's",
          "[mail][spool_file]") {
  const auto other = mail::parse_spool_file("Return-Path: <>\nDelivered-To: P-joe@x\n", "p-");
  REQUIRE(other);
  CHECK_FALSE(other->has_prefix);
  CHECK(mail::parse_spool_file("Return-Path: <>\nDelivered-To: P-joe@x\n", "")->has_prefix);
}

TEST_CASE("a file without its two envelope lines is refused with what is wrong", "[mail][spool_file]") {
  const auto good = "Return-Path: <a@b>\n"s;
  CHECK(fault("") == "the file ends within its Return-Path line");
  CHECK(fault("Return-Path: <a@b>") == "the file ends within its Return-Path line");
  CHECK(fault("return-path: <a@b>\n") == "line 1 is no Return-Path line");
  CHECK(fault("Return-Path:  <a@b>\n") == "the Return-Path line has no <sender>");
  CHECK(fault("Return-Path: <a@b\n") == "the Return-Path line has no <sender>");
  CHECK(fault("Return-Path: <\n") == "the Return-Path line has no <sender>");
  CHECK(fault(good + "Delivered-To: p-x@y") == "the file ends within its Delivered-To line");
  CHECK(fault(good + "Subject: x\n") == "line 2 is no Delivered-To line");
  CHECK(fault(good + "Delivered-To: p-\n") == "the Delivered-To line has no recipient");
}

TEST_CASE("an envelope line that does not end is refused within its bound", "[mail][spool_file]") {
  CHECK(fault("Return-Path: <" + std::string(1000000, 'a')) == "Return-Path line is too long");
  CHECK(fault("Return-Path: <>\nDelivered-To: p-" + std::string(1000000, 'a') + "\n") ==
        "Delivered-To line is too long");
}

TEST_CASE("control characters and over-long addresses never reach a command", "[mail][spool_file]") {
  for (const auto& evil : {"a\rb"s, "a\0b"s, "a\x1b"s, std::string(2000, 'a')}) {
    CHECK(fault("Return-Path: <" + evil + "@b>\nDelivered-To: p-x@y\n").starts_with("bad sender: "));
    CHECK(fault("Return-Path: <>\nDelivered-To: p-" + evil + "@y\n").starts_with("bad recipient: "));
  }
}
