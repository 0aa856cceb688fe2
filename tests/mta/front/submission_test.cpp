#include "mta/mail/submission.h"

#include <catch2/catch.hpp>

namespace {

const mail::HostDefaults defaults{"office.example", "office.example", "office.example"};
const mail::SubmissionFacts facts{
    {"joe@office.example", "Joe"}, "Mon, 23 Nov 2026 05:40:06 +0000", "1.2.3@office.example"};

std::string completed(mail::Header header) {
  mail::complete_header(header, facts);
  return mail::format_header(header);
}

}  // namespace

TEST_CASE("what is absent is added in front and what is there stays", "[mail][submission]") {
  CHECK(completed({{"Subject", " x"}}) ==
        "Date: Mon, 23 Nov 2026 05:40:06 +0000\nFrom: Joe <joe@office.example>\nMessage-ID: <1.2.3@office.example>\n"
        "Subject: x\n");
  CHECK(completed({{"DATE", " d"}, {"from", " f"}, {"Message-Id", " m"}}) == "DATE: d\nfrom: f\nMessage-Id: m\n");
}

TEST_CASE("nobody sees who got a blind copy", "[mail][submission]") {
  const auto text =
      completed({{"bcc", " secret@x"}, {"Resent-Bcc", " secret@x"}, {"Return-Path", " <a@b>"}, {"To", " t"}});
  CHECK(text.find("secret") == std::string::npos);
  CHECK(text.find("Return-Path") == std::string::npos);
  CHECK(text.find("To: t\n") != std::string::npos);
}

TEST_CASE("a resent message gets the resent fields and keeps its own", "[mail][submission]") {
  const auto text = completed({{"Resent-To", " x"}, {"Subject", " y"}});
  CHECK(text ==
        "Resent-Date: Mon, 23 Nov 2026 05:40:06 +0000\nResent-From: Joe <joe@office.example>\n"
        "Resent-Message-ID: <1.2.3@office.example>\nResent-To: x\nSubject: y\n");
}

TEST_CASE("an mbox line stays in front", "[mail][submission]") {
  CHECK(completed({{"MBOX-Line", " From joe"}, {"To", " x"}}).starts_with("MBOX-Line: From joe\nDate: "));
}

TEST_CASE("an author whose name needs quotes gets them", "[mail][submission]") {
  mail::Header header;
  mail::complete_header(header, {{"joe x@office.example", ""}, "d", "m"});
  CHECK(mail::find_field(header, "From")->value == " \"joe x\"@office.example");
}

TEST_CASE("recipients are those of To, Cc and Bcc, each once", "[mail][submission]") {
  const mail::Header header{
      {"To", " a@b.c, joe"}, {"CC", " d@e.f,\n a@b.c"}, {"Bcc", " g@h.i"}, {"To", " x@y.z"}, {"Reply-To", " no@n.o"}};
  const auto recipients = mail::header_recipients(header, defaults);
  REQUIRE(recipients);
  CHECK(*recipients == std::vector<std::string>{"a@b.c", "joe@office.example", "d@e.f", "g@h.i", "x@y.z"});
}

TEST_CASE("a resent message goes to the resent recipients only", "[mail][submission]") {
  const mail::Header header{{"To", " a@b.c"}, {"Resent-To", " d@e.f"}, {"Resent-Bcc", " g@h.i"}};
  const auto recipients = mail::header_recipients(header, defaults);
  REQUIRE(recipients);
  CHECK(*recipients == std::vector<std::string>{"d@e.f", "g@h.i"});
}

TEST_CASE("a field that is no address list is refused by its name", "[mail][submission]") {
  const auto recipients = mail::header_recipients({{"Cc", " a b c"}}, defaults);
  REQUIRE_FALSE(recipients);
  CHECK(recipients.error().kind == base::FailureKind::permanent);
  CHECK(recipients.error().text == "field Cc: 'a b c' is no address");
}
