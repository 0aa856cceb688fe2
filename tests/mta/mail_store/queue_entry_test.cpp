#include "mta/mail/queue_entry.h"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/mta/mail_store/scratch.h"

using mail::EntryFile;
using mail::EntryHeader;
using mail::EntryWriter;
using mail::RecipientState;

namespace {

const std::string envelope = std::string("Fjoe@x\0Tann@y\0Tbob@z\0\0", 22);

struct Written {
  Scratch scratch;
  base::Directory directory = base::Directory::open(scratch.path()).value();
  Written() {
    auto writer = EntryWriter::create(directory, "entry", 0600);
    REQUIRE(writer);
    REQUIRE(writer->append_message("Subject: x\n"));
    REQUIRE(writer->append_message("\nbody\n"));
    REQUIRE(writer->finish(envelope, EntryHeader{0, 0, 0, 1795000000, true, 501}));
  }
  [[nodiscard]] base::Result<EntryFile> open() const { return EntryFile::open(directory, "entry", true); }
  [[nodiscard]] std::string file() const { return scratch.path("entry"); }
};

}  // namespace

TEST_CASE("an entry is read back as it was written", "[mail][queue]") {
  const Written written;
  const auto entry = written.open();
  REQUIRE(entry);
  CHECK(entry->header().message_bytes == 17);
  CHECK(entry->header().uid == 501);
  CHECK(entry->header().birth == 1795000000);
  CHECK(entry->header().birth_trusted);
  CHECK(entry->state().sender == "joe@x");
  REQUIRE(entry->state().recipients.size() == 2);
  CHECK(entry->state().recipients[1].address == "bob@z");
  CHECK(entry->state().recipients[1].state == RecipientState::waiting);
}

TEST_CASE("a queue file cut short at any octet of message or envelope is refused by name", "[mail][queue]") {
  const Written written;
  const auto whole = Scratch::read(written.file());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    REQUIRE(::truncate(written.file().c_str(), static_cast<off_t>(size)) == 0);
    const auto entry = written.open();
    CAPTURE(size);
    REQUIRE_FALSE(entry);
    CHECK(entry.error().kind == base::FailureKind::permanent);
    CHECK(entry.error().text.find("entry") != std::string::npos);
    written.scratch.write("entry", whole);
  }
}

TEST_CASE("an altered octet of the message is found by the checksum", "[mail][queue]") {
  const Written written;
  auto whole = Scratch::read(written.file());
  whole[mail::entry_header_bytes + 3] ^= 1;
  written.scratch.write("entry", whole);
  CHECK_FALSE(written.open());
}

TEST_CASE("a file whose first line was never written is no entry", "[mail][queue]") {
  const Scratch scratch;
  const auto directory = base::Directory::open(scratch.path()).value();
  auto writer = EntryWriter::create(directory, "entry", 0600);
  REQUIRE(writer->append_message("half a message"));
  CHECK_FALSE(EntryFile::open(directory, "entry", true));
}

TEST_CASE("what has become of each recipient is found again", "[mail][queue]") {
  const Written written;
  {
    auto entry = written.open();
    REQUIRE(entry->record(
        {mail::placing_record(0, 10, "/home/ann/Maildir", "name"), mail::failed_record(1, 11, "5.1.1 nobody")}));
    CHECK(entry->state().recipients[0].state == RecipientState::placing);
  }
  auto entry = written.open();
  REQUIRE(entry);
  CHECK(entry->state().recipients[0].maildir == "/home/ann/Maildir");
  CHECK(entry->state().recipients[0].unique_name == "name");
  CHECK(entry->state().recipients[0].placed_at == 10);
  CHECK(entry->state().recipients[1].text == "5.1.1 nobody");
  CHECK(entry->state().any_failed());
  CHECK_FALSE(entry->state().all_settled());
  REQUIRE(entry->record({mail::done_record(0, 12)}));
  CHECK(written.open()->state().all_settled());
}

TEST_CASE("a torn last record is ignored and overwritten by the next one", "[mail][queue]") {
  const Written written;
  REQUIRE(written.open()->record({mail::done_record(0, 10)}));
  const auto before = Scratch::read(written.file());
  const auto torn = mail::format_record(mail::failed_record(1, 11, "a long text that was never finished"));
  for (std::size_t cut = 1; cut < torn.size(); cut += 7) {
    written.scratch.write("entry", before + torn.substr(0, cut));
    auto entry = written.open();
    REQUIRE(entry);
    CHECK(entry->state().recipients[1].state == RecipientState::waiting);
    REQUIRE(entry->record({mail::done_record(1, 12)}));
    CHECK(written.open()->state().all_settled());
    CHECK(Scratch::read(written.file()) == before + mail::format_record(mail::done_record(1, 12)));
  }
}

TEST_CASE("lifetimes count from the first deferral at a trusted time", "[mail][queue]") {
  const Written written;
  auto entry = written.open();
  REQUIRE(entry->record({mail::deferred_record(0, 100, false, "disk full")}));
  CHECK_FALSE(entry->state().first_deferral);
  REQUIRE(entry->record({mail::deferred_record(0, 1795000100, true, "disk full")}));
  REQUIRE(entry->record({mail::deferred_record(0, 1795000200, true, "disk full")}));
  CHECK(entry->state().first_deferral == 1795000100);
}

TEST_CASE("records of a later version and for unknown recipients are passed over", "[mail][queue]") {
  const auto state = mail::read_entry_state(
      envelope, {{"done", "7", "1"}, {"new-kind", "0", "1"}, {"done"}, {"done", "x", "1"}, {"done", "1", "1"}});
  REQUIRE(state);
  CHECK(state->recipients[0].state == RecipientState::waiting);
  CHECK(state->recipients[1].state == RecipientState::done);
}

TEST_CASE("an envelope without its end or without a sender is malformed", "[mail][queue]") {
  CHECK_FALSE(mail::read_entry_state(std::string("Fjoe@x\0Tann@y\0", 14), {}));
  CHECK_FALSE(mail::read_entry_state(std::string("Tann@y\0\0", 8), {}));
  CHECK_FALSE(mail::read_entry_state("", {}));
  CHECK_FALSE(mail::read_entry_state(std::string("Fjoe@x\0Tann@y\0\0extra", 20), {}));
}

TEST_CASE("a drop file is copied only when it is what its first line says", "[mail][queue]") {
  const Written written;
  const auto copy = [&](const std::string& name) {
    static_cast<void>(written.directory.unlink("copy"));
    auto file = written.directory.open_file(name, O_RDONLY);
    std::string head(mail::entry_header_bytes, '\0');
    REQUIRE(::pread(file->get(), head.data(), head.size(), 0) == static_cast<ssize_t>(head.size()));
    auto writer = EntryWriter::create(written.directory, "copy", 0600);
    return mail::copy_checked(*file, mail::parse_entry_header(head).value(), *writer);
  };
  CHECK(copy("entry").value() == envelope);
  auto whole = Scratch::read(written.file());
  whole[whole.size() - 4] ^= 1;
  written.scratch.write("altered", whole);
  CHECK_FALSE(copy("altered"));
}
