#include "mta/mail/spool_journal.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

namespace {

using mail::Fields;
using mail::SpoolHistory;

mail::JournalAnswer answer(std::int64_t time, bool trusted = true, char status = 'Z') {
  return {time, trusted, status, "text"};
}

// A maildir that goes with it.
class Maildir {
 public:
  Maildir() {
    std::string pattern = "/tmp/offhook-journal-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
    for (const auto* part : {"/tmp", "/new", "/cur"}) std::filesystem::create_directory(path_ + part);
  }
  ~Maildir() { std::filesystem::remove_all(path_); }
  Maildir(const Maildir&) = delete;
  Maildir& operator=(const Maildir&) = delete;

  [[nodiscard]] base::Directory open() const { return std::move(*base::Directory::open(path_)); }
  void put(const std::string& file) const { std::ofstream(path_ + "/" + file) << "x"; }
  [[nodiscard]] std::string journal_path() const { return path_ + "/.offhook/journal"; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

const auto has_every_file = [](std::string_view) { return true; };

}  // namespace

TEST_CASE("a sending with nothing behind it is an unknown outcome", "[mail][spool_journal]") {
  CHECK(SpoolHistory({mail::sending_record("n", 1, "s")}).find("n")->is_unknown);
  CHECK_FALSE(SpoolHistory({mail::sending_record("n", 1, "s"), mail::unsent_record("n", 2)}).find("n")->is_unknown);
  CHECK_FALSE(
      SpoolHistory({mail::sending_record("n", 1, "s"), mail::answer_record("n", answer(2))}).find("n")->is_unknown);
  CHECK(SpoolHistory({mail::answer_record("n", answer(1)), mail::sending_record("n", 2, "s")}).find("n")->is_unknown);
  CHECK(SpoolHistory().find("n") == nullptr);
}

TEST_CASE("bodies that were cut are counted to two until an answer comes, and compaction keeps the count",
          "[mail][spool_journal]") {
  std::vector<Fields> records{mail::cut_record("n", 1)};
  CHECK(SpoolHistory(records).find("n")->cuts == 1);
  records.push_back(mail::sending_record("n", 2, "s"));
  records.push_back(mail::cut_record("n", 3));
  records.push_back(mail::cut_record("n", 4));
  CHECK(SpoolHistory(records).find("n")->cuts == 2);
  CHECK(SpoolHistory(records).find("n")->is_unknown);
  records = mail::compact_records(records, has_every_file);
  CHECK(records.size() == 3);
  CHECK(SpoolHistory(records).find("n")->cuts == 2);
  CHECK(SpoolHistory(records).find("n")->is_unknown);
  records.push_back(mail::answer_record("n", answer(5)));
  CHECK(SpoolHistory(records).find("n")->cuts == 0);
  CHECK(mail::compact_records(records, has_every_file).size() == 1);
}

TEST_CASE("a file waits since its first answer at a time that was trusted", "[mail][spool_journal]") {
  const SpoolHistory history({mail::answer_record("n", answer(5, false)), mail::answer_record("n", answer(7)),
                              mail::answer_record("n", answer(9, true, 'D'))});
  const auto* past = history.find("n");
  REQUIRE(past);
  CHECK(past->waits_since == 7);
  CHECK(past->first_answer->time == 5);
  CHECK_FALSE(past->first_answer->trusted_clock);
  CHECK(past->last_answer->status == 'D');
}

TEST_CASE("a hold remembers the file that it was about and the reason", "[mail][spool_journal]") {
  const SpoolHistory history({mail::hold_record("n", 1, {2, 3, 4, "a NUL in it"})});
  const auto& hold = history.find("n")->hold;
  REQUIRE(hold);
  CHECK(hold->mtime_seconds == 2);
  CHECK(hold->mtime_nanoseconds == 3);
  CHECK(hold->octets == 4);
  CHECK(hold->reason == "a NUL in it");
}

TEST_CASE("the last transaction that a server can be asked for is remembered until it is forgotten",
          "[mail][spool_journal]") {
  const mail::JournalTransid first{"<1@h>", "h", "192.0.2.1", 40'000, "250 ok", {"n"}};
  auto second = first;
  second.id = "<2@h>";
  second.members = {"n", "m"};
  std::vector<Fields> records{mail::transid_record("n", 1, first), mail::transid_record("n", 2, second),
                              mail::sending_record("n", 3, "192.0.2.1")};
  for (int round = 0; round < 2; ++round) {
    const SpoolHistory history(records);
    const auto& past = *history.find("n");
    REQUIRE(past.transid);
    CHECK(past.is_unknown);
    CHECK(past.transid->id == "<2@h>");
    CHECK(past.transid->helo_name == "h");
    CHECK(past.transid->server == "192.0.2.1");
    CHECK(past.transid->octets == 40'000);
    CHECK(past.transid->reply == "250 ok");
    CHECK(past.transid->members == second.members);
    records = mail::compact_records(records, has_every_file);
    CHECK(records.size() == 2);
  }
  records.push_back(mail::transid_record("n", 4, {}));
  CHECK_FALSE(SpoolHistory(records).find("n")->transid);
}

TEST_CASE("compaction keeps what still matters and forgets files that are gone", "[mail][spool_journal]") {
  const std::vector<Fields> records{
      mail::sending_record("gone", 1, "s"),        mail::answer_record("n", answer(1, false)),
      mail::sending_record("n", 2, "s"),           mail::answer_record("n", answer(3)),
      mail::answer_record("n", answer(4)),         {"priority", "gone", "5"},
      mail::hold_record("h", 1, {1, 1, 1, "old"}), mail::hold_record("h", 2, {1, 1, 1, "new"}),
      mail::answer_record("n", answer(5)),         mail::sending_record("n", 6, "s")};
  const auto kept = mail::compact_records(records, [](std::string_view name) { return name != "gone"; });
  CHECK(kept == std::vector<Fields>{records[1], records[3], records[5], records[7], records[8], records[9]});
  CHECK(mail::compact_records(kept, has_every_file) == kept);
}

TEST_CASE("records of other kinds and broken ones of ours are kept and say nothing", "[mail][spool_journal]") {
  const std::vector<Fields> records{
      {"later"}, {"answer", "n", "x", "trusted", "Z", "t"}, {"hold", "n", "1"}, {"sending", "n"}};
  CHECK(mail::compact_records(records, has_every_file) == records);
  CHECK(SpoolHistory(records).find("n") == nullptr);
}

TEST_CASE("a spool without a journal has no history and reading makes none", "[mail][spool_journal]") {
  const Maildir maildir;
  const auto directory = maildir.open();
  mail::SpoolJournal journal(directory);
  const auto history = journal.read();
  REQUIRE(history);
  CHECK(history->find("n") == nullptr);
  CHECK(journal.compact());
  CHECK_FALSE(directory.exists(mail::spool_folder));
}

TEST_CASE("what was appended is read by everybody and a torn end is written over", "[mail][spool_journal]") {
  const Maildir maildir;
  const auto directory = maildir.open();
  mail::SpoolJournal one(directory);
  mail::SpoolJournal two(directory);
  REQUIRE(one.append({mail::answer_record("a", answer(1))}));
  REQUIRE(two.append({mail::answer_record("b", answer(2))}));
  std::ofstream(maildir.journal_path(), std::ios::app) << "1234 torn";
  REQUIRE(one.append({mail::answer_record("c", answer(3))}));
  std::ofstream(maildir.journal_path(), std::ios::app) << "torn again\n";
  REQUIRE(two.append({mail::answer_record("d", answer(4))}));
  const auto history = one.read();
  REQUIRE(history);
  for (const auto* name : {"a", "b", "c", "d"}) CHECK(history->find(name) != nullptr);
}

TEST_CASE("an append behind a compaction goes into the new file", "[mail][spool_journal]") {
  const Maildir maildir;
  maildir.put("cur/a:2,S");
  const auto directory = maildir.open();
  mail::SpoolJournal client(directory);
  mail::SpoolJournal flush(directory);
  for (int round = 0; round < 5; ++round) {
    REQUIRE(client.append({mail::answer_record("a", answer(1)), mail::answer_record("gone", answer(2))}));
    REQUIRE(flush.compact());
    REQUIRE(client.append({mail::sending_record("a", 3, "s")}));
  }
  const auto history = flush.read();
  REQUIRE(history);
  CHECK(history->find("a")->is_unknown);
  CHECK(history->find("gone") == nullptr);
}

TEST_CASE("several writers at once lose no record", "[mail][spool_journal]") {
  const Maildir maildir;
  const auto directory = maildir.open();
  constexpr int writers = 4;
  constexpr int records = 25;
  for (int writer = 0; writer < writers; ++writer) {
    const pid_t pid = ::fork();
    REQUIRE(pid >= 0);
    if (pid > 0) continue;
    mail::SpoolJournal journal(directory);
    bool good = true;
    for (int i = 0; i < records; ++i) {
      good = journal.append({mail::answer_record(std::to_string(writer) + "." + std::to_string(i), answer(1))})
                 .has_value() &&
             good;
    }
    ::_exit(good ? 0 : 1);
  }
  for (int writer = 0; writer < writers; ++writer) {
    int status = 1;
    REQUIRE(::wait(&status) > 0);
    CHECK(status == 0);
  }
  const auto history = mail::SpoolJournal(directory).read();
  REQUIRE(history);
  for (int writer = 0; writer < writers; ++writer) {
    for (int i = 0; i < records; ++i) CHECK(history->find(std::to_string(writer) + "." + std::to_string(i)) != nullptr);
  }
}

TEST_CASE("the spool's own folder has the spool's permissions whatever the umask", "[mail][spool_journal]") {
  const Maildir maildir;
  REQUIRE(::chmod(maildir.path().c_str(), 02770) == 0);
  const auto old = ::umask(077);
  const auto directory = maildir.open();
  REQUIRE(mail::SpoolJournal(directory).append({mail::answer_record("a", answer(1))}));
  ::umask(old);
  CHECK((directory.stat(".offhook")->st_mode & 07777) == 02770);
  for (const auto* name : {".offhook/journal", ".offhook/journal.lock"})
    CHECK((directory.stat(name)->st_mode & 07777) == 0660);
}

TEST_CASE("a journal that cannot be made is a failure and no crash", "[mail][spool_journal]") {
  const Maildir maildir;
  maildir.put(".offhook");
  const auto directory = maildir.open();
  mail::SpoolJournal journal(directory);
  CHECK_FALSE(journal.append({mail::answer_record("a", answer(1))}));
  CHECK_FALSE(journal.read());
}
