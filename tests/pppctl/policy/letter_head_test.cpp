#include "pppctl/policy/letter_head.h"

#include <catch2/catch.hpp>

using pppctl::policy::is_automatic;

namespace {

const std::string envelope = "Return-Path: <anna@office.example>\nDelivered-To: alias-ppp-ben@far.example\n";

}  // namespace

TEST_CASE("mail of a program is told by its sender and its fields", "[pppctl][policy]") {
  CHECK(is_automatic("Return-Path: <>\nDelivered-To: x\nSubject: failure notice\n\nHi\n"));
  CHECK(is_automatic(envelope + "Auto-Submitted: auto-replied\n\nI am away\n"));
  CHECK(is_automatic(envelope + "AUTO-SUBMITTED:auto-generated (cron)\r\n\r\n"));
  CHECK(is_automatic(envelope + "Subject: x\nX-Cron-Env: <SHELL=/bin/sh>\n\n"));
  CHECK(is_automatic(envelope + "Auto-Submitted:\n\n"));
}

TEST_CASE("mail of a person is not automatic", "[pppctl][policy]") {
  CHECK_FALSE(is_automatic(envelope + "Subject: x\n\nAuto-Submitted: auto-replied\n"));
  CHECK_FALSE(is_automatic(envelope + "Auto-Submitted: no\n\n"));
  CHECK_FALSE(is_automatic(envelope + "Auto-Submitted: no; a=b\n\n"));
  CHECK_FALSE(is_automatic(envelope + "Subject: Return-Path: <>\nReturn-Path: <>\n\n"));
  CHECK_FALSE(is_automatic(""));
  CHECK_FALSE(is_automatic("no header"));
  CHECK_FALSE(is_automatic(std::string(40'000, '\n')));
}
