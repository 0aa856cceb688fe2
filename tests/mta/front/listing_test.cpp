#include "mta/queue/listing.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "mta/mail/maildir.h"
#include "mta/mail/queue_entry.h"
#include "mta/mail/spool_journal.h"
#include "tests/mta/mail_store/scratch.h"

namespace {

constexpr std::int64_t birth = 1'795'412'406;

struct Office {
  Scratch scratch;
  conf::Places places;
  Office() {
    ::setenv("TZ", "UTC0", 1);
    places.config = scratch.path("etc");
    places.state = scratch.path("state");
    scratch.write("etc/routes", "* provider alias-ppp-\nbranch.example branch -\n");
    std::filesystem::create_directories(places.queue_dir() + "/new");
    REQUIRE(base::make_path(places.spool_root(), 0700));
  }

  void queue(const std::string& id, const std::vector<mail::Fields>& records) const {
    const auto directory = base::Directory::open(places.queue_dir());
    auto writer = mail::EntryWriter::create(*directory, "new/" + id, 0600);
    REQUIRE(writer);
    REQUIRE(writer->append_message("Subject: x\n\nbody\n"));
    REQUIRE(
        writer->finish(std::string("Fme@office\0Tann@y\0Tbob@z\0\0", 26), mail::EntryHeader{0, 0, 0, birth, true, 0}));
    auto entry = mail::EntryFile::open(*directory, "new/" + id, true);
    REQUIRE(entry);
    if (!records.empty()) REQUIRE(entry->record(records));
  }

  base::Directory spool(const std::string& name) const {
    REQUIRE(mail::make_maildir(places.spool_dir(name), mail::MaildirKind::spool));
    return *base::Directory::open(places.spool_dir(name));
  }

  void spooled(const std::string& spool_name, const std::string& file, const std::string& delivered_to) const {
    const std::string path = "state/spool/" + spool_name + "/new/" + file;
    scratch.write(path, "Return-Path: <me@office>\nDelivered-To: " + delivered_to + "\nSubject: x\n\n");
    const timespec when[2] = {{birth, 0}, {birth, 0}};
    REQUIRE(::utimensat(AT_FDCWD, scratch.path(path).c_str(), when, 0) == 0);
  }

  [[nodiscard]] std::vector<std::string> lines() const { return mta::list_lines(places); }
};

bool has(const std::vector<std::string>& lines, const std::string& wanted) {
  for (const auto& line : lines) {
    if (line.find(wanted) != std::string::npos) return true;
  }
  return false;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("an empty office lists its totals and nothing else", "[queue][listing]") {
  const Scratch scratch;
  conf::Places places;
  places.config = scratch.path();
  places.state = scratch.path("none");
  CHECK(mta::list_lines(places) == Lines{"total: queue 0 messages, 0 bytes; spools 0 messages, 0 bytes"});
}

TEST_CASE("a queued message is one block with each recipient's state and reason", "[queue][listing]") {
  const Office office;
  office.queue("1795412406-1", {mail::deferred_record(1, birth, true, "disk full\n")});
  office.queue("1795412406-2", {mail::done_record(0, birth), mail::failed_record(1, birth, "no such user")});
  CHECK(office.lines() == Lines{"1795412406-1  17 bytes  Mon, 23 Nov 2026 05:40:06 +0000  <me@office>",
                                "    ann@y  waiting", "    bob@z  deferred: disk full\\012",
                                "1795412406-2  17 bytes  Mon, 23 Nov 2026 05:40:06 +0000  <me@office>",
                                "    ann@y  done", "    bob@z  failed: no such user",
                                "total: queue 2 messages, 34 bytes; spools 0 messages, 0 bytes"});
}

TEST_CASE("a damaged entry is named and the others are still listed", "[queue][listing]") {
  const Office office;
  office.scratch.write("state/queue/new/0-torn", "torn");
  office.queue("1-good", {});
  const auto lines = office.lines();
  CHECK(lines[0].starts_with("0-torn  cannot be read: "));
  CHECK(has(lines, "1-good  17 bytes"));
  CHECK(has(lines, "total: queue 2 messages, 17 bytes"));
}

TEST_CASE("a spooled message shows its recipient without prefix and its state from the journal", "[queue][listing]") {
  const Office office;
  const auto spool = office.spool("provider");
  for (const char* name : {"1.a.h", "2.b.h", "3.c.h", "4.d.h", "5.e.h", "6.f.h"}) {
    office.spooled("provider", name, "alias-ppp-joe@x");
  }
  mail::SpoolJournal journal(spool);
  const auto held_stat = spool.stat("new/4.d.h");
  REQUIRE(held_stat);
  mail::JournalHold hold{birth, 0, static_cast<std::uint64_t>(held_stat->st_size), "a NUL in it"};
  REQUIRE(
      journal.append({mail::answer_record("2.b.h", {birth, true, 'Z', "450 busy"}),
                      mail::sending_record("3.c.h", birth, "server"), mail::hold_record("4.d.h", birth, hold),
                      mail::answer_record("5.e.h", {birth, true, 'D', "550 no"}), mail::done_record("6.f.h", birth)}));
  const auto lines = office.lines();
  REQUIRE(lines.size() == 14);
  CHECK(lines[0] == "spool provider (" + office.places.spool_dir("provider") + "): 6 messages, 402 bytes");
  CHECK(lines[1] == "new/1.a.h  67 bytes  Mon, 23 Nov 2026 05:40:06 +0000  <me@office>");
  CHECK(lines[2] == "    joe@x  waiting");
  CHECK(lines[4] == "    joe@x  deferred: 450 busy");
  CHECK(lines[6] == "    joe@x  unknown outcome: the line broke before the answer; will be sent again");
  CHECK(lines[8] == "    joe@x  held: a NUL in it");
  CHECK(lines[10] == "    joe@x  refused: 550 no");
  CHECK(lines[12] == "    joe@x  sent, still to be removed");
  CHECK(lines[13] == "total: queue 0 messages, 0 bytes; spools 6 messages, 402 bytes");
}

TEST_CASE("a hold is over once the file has changed", "[queue][listing]") {
  const Office office;
  const auto spool = office.spool("provider");
  office.spooled("provider", "1.a.h", "alias-ppp-joe@x");
  REQUIRE(mail::SpoolJournal(spool).append({mail::hold_record("1.a.h", birth, {birth, 0, 7, "cut short"})}));
  CHECK(office.lines()[2] == "    joe@x  waiting");
}

TEST_CASE("files that no flush would send are shown as such", "[queue][listing]") {
  const Office office;
  const auto provider = office.spool("provider");
  office.spooled("provider", "1.a.h", "other-joe@x");
  office.scratch.write("state/spool/provider/new/2.b.h", "no envelope lines\n");
  const auto stray = office.spool("stray");
  office.spooled("stray", "3.c.h", "prefix-joe@x");
  const auto lines = office.lines();
  CHECK(has(lines, "    other-joe@x  no route's prefix fits: not sent"));
  CHECK(has(lines, "    cannot be sent: "));
  CHECK(has(lines, "spool stray ("));
  CHECK(has(lines, "    prefix-joe@x  waiting"));
}

TEST_CASE("unreadable routes are said and the spools on disk are still listed", "[queue][listing]") {
  const Office office;
  office.scratch.write("etc/routes", "oops\n");
  const auto spool = office.spool("provider");
  office.spooled("provider", "1.a.h", "alias-ppp-joe@x");
  const auto lines = office.lines();
  CHECK(lines[0].starts_with("routes: "));
  CHECK(has(lines, "    alias-ppp-joe@x  waiting"));
}

TEST_CASE("what lies in the drop directory is counted and not opened", "[queue][listing]") {
  const Office office;
  office.scratch.write("state/drop/aa", "12345");
  REQUIRE(::mkfifo(office.scratch.path("state/drop/fifo").c_str(), 0600) == 0);
  CHECK(office.lines() ==
        Lines{"drop directory: 1 submission, 5 bytes, not taken yet",
              "total: queue 0 messages, 0 bytes; spools 0 messages, 0 bytes; drop directory 1 submission, 5 bytes"});
}

TEST_CASE("no line of the list is empty and none holds an octet that a terminal obeys", "[queue][listing]") {
  const Office office;
  office.queue("1-x", {mail::failed_record(0, birth, "\x1b[2J\r\n\n")});
  const auto spool = office.spool("provider");
  office.spooled("provider", "1.a.h", "alias-ppp-\x1b[2Jjoe@x");
  for (const auto& line : office.lines()) {
    CHECK_FALSE(line.empty());
    CHECK(line.find_first_of("\x1b\r\n") == std::string::npos);
  }
}
