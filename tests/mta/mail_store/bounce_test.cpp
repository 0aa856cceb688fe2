#include "mta/mail/bounce.h"

#include <catch2/catch.hpp>

using mail::make_bounce;

namespace {
const mail::BounceHost host{"MAILER-DAEMON", "office.example", "postmaster@office.example"};
}

TEST_CASE("a bounce goes from the null sender to the sender", "[mail][bounce]") {
  const auto bounce =
      make_bounce(host, "Offhook", "joe@x.example", {{"ann@y.example", "5.1.1 no such mailbox here"}}, "DATE", "id-b");
  CHECK(bounce.sender.empty());
  CHECK(bounce.recipient == "joe@x.example");
  CHECK(bounce.text.find("\n\nHi. This is the Offhook program at office.example.\n") != std::string::npos);
  CHECK(bounce.text.find("\n<ann@y.example>:\n5.1.1 no such mailbox here\n\n---") != std::string::npos);
  CHECK(bounce.text.ends_with("\n\nReturn-Path: <joe@x.example>\n"));
}

TEST_CASE("a bounce of a null sender's mail is a double bounce to the postmaster", "[mail][bounce]") {
  CHECK(mail::bounce_kind("") == mail::BounceKind::double_bounce);
  const auto bounce = make_bounce(host, "Offhook", "", {{"ann@y.example", "no"}}, "DATE", "id");
  CHECK(bounce.sender == "#@[]");
  CHECK(bounce.recipient == "postmaster@office.example");
}

TEST_CASE("a double bounce that fails is discarded", "[mail][bounce]") {
  CHECK(mail::bounce_kind("#@[]") == mail::BounceKind::discard);
}

TEST_CASE("a blank line in a reason does not end its paragraph", "[mail][bounce]") {
  const auto bounce = make_bounce(host, "Offhook", "a@b", {{"c@d", "one\n\ntwo\n"}}, "DATE", "id");
  CHECK(bounce.text.find("<c@d>:\none\n/\ntwo\n\n---") != std::string::npos);
}

TEST_CASE("no address breaks a line of the bounce", "[mail][bounce]") {
  const auto bounce = make_bounce(host, "Offhook", "a\nBcc: x@y", {{"c\n\nd@e", "no"}}, "DATE", "id");
  CHECK(bounce.text.find("\nBcc:") == std::string::npos);
  CHECK(bounce.text.find("<c__d@e>:") != std::string::npos);
}

TEST_CASE("a bounce says that a program wrote it", "[mail][bounce]") {
  CHECK(make_bounce(host, "Offhook", "a@b", {{"c@d", "no"}}, "DATE", "id")
            .text.find("\nAuto-Submitted: auto-replied\n") != std::string::npos);
}
