#include "mta/mail/maildir.h"

#include <fcntl.h>

#include <catch2/catch.hpp>

#include "tests/mta/mail_store/scratch.h"

namespace fs = std::filesystem;
using mail::MaildirKind;
using mail::Whereabouts;

TEST_CASE("a unique name carries the entry's id, and gives it back", "[mail][maildir]") {
  const auto name = mail::format_unique_name({{1795000000, 123, 0}, 77, "1795000000-00c0ffee", 4, "a/b:c.example"});
  CHECK(name == "1795000000.M000123P77Q1795000000-00c0ffeeR4.a\\057b\\072c.example");
  CHECK(mail::entry_id_of(name) == "1795000000-00c0ffee");
  CHECK_FALSE(mail::entry_id_of("1795000000.1234.host"));
  CHECK_FALSE(mail::entry_id_of("1795000000.QR.host"));
  CHECK_FALSE(mail::entry_id_of("nodots"));
}

TEST_CASE("a delivery is in tmp, then in new, and can be found in cur with flags", "[mail][maildir]") {
  const Scratch scratch;
  const auto path = scratch.path("box");
  REQUIRE(mail::make_maildir(path, MaildirKind::mailbox));
  scratch.write("source", "headMESSAGE\ntail");
  const auto source = base::open_file(scratch.path("source"), O_RDONLY);
  REQUIRE(source);
  const auto box = base::Directory::open(path);
  REQUIRE(box);
  REQUIRE(mail::write_to_tmp(*box, "name", "Return-Path: <>\n", {*source, 4, 8}, MaildirKind::mailbox));
  CHECK(mail::look_for(*box, "name").value() == Whereabouts::in_tmp);
  CHECK(Scratch::read(path + "/tmp/name") == "Return-Path: <>\nMESSAGE\n");
  REQUIRE(mail::move_to_new(*box, "name"));
  CHECK(mail::look_for(*box, "name").value() == Whereabouts::delivered);
  fs::rename(path + "/new/name", path + "/cur/name:2,S");
  CHECK(mail::look_for(*box, "name").value() == Whereabouts::delivered);
  fs::remove(path + "/cur/name:2,S");
  CHECK(mail::look_for(*box, "name").value() == Whereabouts::gone);
}

TEST_CASE("a message cut short leaves nothing in tmp", "[mail][maildir]") {
  const Scratch scratch;
  REQUIRE(mail::make_maildir(scratch.path("box"), MaildirKind::mailbox));
  scratch.write("source", "short");
  const auto source = base::open_file(scratch.path("source"), O_RDONLY);
  const auto box = base::Directory::open(scratch.path("box"));
  CHECK_FALSE(mail::write_to_tmp(*box, "name", "", {*source, 0, 99}, MaildirKind::mailbox));
  CHECK(fs::is_empty(scratch.path("box/tmp")));
}

TEST_CASE("a delivery never replaces what has its name", "[mail][maildir]") {
  const Scratch scratch;
  REQUIRE(mail::make_maildir(scratch.path("box"), MaildirKind::mailbox));
  scratch.write("box/tmp/name", "second");
  scratch.write("box/new/name", "first");
  const auto box = base::Directory::open(scratch.path("box"));
  const auto moved = mail::move_to_new(*box, "name");
  REQUIRE_FALSE(moved);
  CHECK(moved.error().error == EEXIST);
  CHECK(Scratch::read(scratch.path("box/new/name")) == "first");
}

TEST_CASE("a spool and its files are open to the group, whatever the umask", "[mail][maildir]") {
  const Scratch scratch;
  const auto before = ::umask(077);
  REQUIRE(mail::make_maildir(scratch.path("spool"), MaildirKind::spool));
  scratch.write("source", "x");
  const auto source = base::open_file(scratch.path("source"), O_RDONLY);
  const auto spool = base::Directory::open(scratch.path("spool"));
  REQUIRE(mail::write_to_tmp(*spool, "name", "", {*source, 0, 1}, MaildirKind::spool));
  ::umask(before);
  CHECK((spool->stat("new")->st_mode & 07777) == 02770);
  CHECK((spool->stat("tmp/name")->st_mode & 07777) == 0660);
}

TEST_CASE("the envelope lines quote the sender and never break", "[mail][maildir]") {
  CHECK(mail::envelope_lines("joe@x.example", "alias-ppp-a@b") ==
        "Return-Path: <joe@x.example>\nDelivered-To: alias-ppp-a@b\n");
  CHECK(mail::envelope_lines("a b@x", "c@d") == "Return-Path: <\"a b\"@x>\nDelivered-To: c@d\n");
  CHECK(mail::envelope_lines("", "c\nd@e") == "Return-Path: <>\nDelivered-To: c_d@e\n");
  CHECK(mail::envelope_lines("#@[]", "c@d") == "Return-Path: <#@[]>\nDelivered-To: c@d\n");
}

TEST_CASE("a VERP sender is expanded for each recipient and contracted for the bounce", "[mail][maildir]") {
  CHECK(mail::verp_sender("list-owner-@host-@[]", "joe@dom") == "list-owner-joe=dom@host");
  CHECK(mail::bounce_address("list-owner-@host-@[]") == "list-owner-@host");
  CHECK(mail::verp_sender("joe@x", "a@b") == "joe@x");
  CHECK(mail::verp_sender("", "a@b").empty());
  CHECK(mail::verp_sender("-@[]", "a@b") == "-@[]");
}
