#include "serialmail/flush_books.h"

#include <catch2/catch.hpp>

namespace {

using serialmail::Candidate;
using serialmail::FlushBooks;
using serialmail::Outcome;

Candidate candidate(const std::string& name) {
  static mail::TextStore texts;
  return {texts.keep("new/" + name), "x@y", 1};
}

// A pass in which these files are given and these are answered.
bool pass(FlushBooks& books, std::vector<Candidate> files, const std::vector<std::string>& answered) {
  books.begin_pass();
  books.rank(files);
  for (const auto& file : files) books.give(file);
  for (const auto& name : answered) {
    if (const auto taken = books.take_result("new/" + name)) books.settle(taken->unique(), Outcome::deferred, false);
  }
  return books.end_pass();
}

}  // namespace

TEST_CASE("a result counts only for a name given in this pass and only once", "[serialmail][books]") {
  FlushBooks books;
  std::vector<Candidate> files{candidate("1"), candidate("2")};
  books.begin_pass();
  books.give(files[0]);
  CHECK_FALSE(books.take_result("new/2"));
  CHECK(books.take_result("new/1"));
  CHECK_FALSE(books.take_result("new/1"));
  files = {candidate("2")};
  books.begin_pass();
  books.give(files[0]);
  CHECK_FALSE(books.take_result("new/1"));
  CHECK(books.take_result("new/2"));
}

TEST_CASE("three passes without a result end a run and any result starts the count anew", "[serialmail][books]") {
  FlushBooks books;
  CHECK(pass(books, {candidate("1")}, {}));
  CHECK(pass(books, {candidate("1")}, {}));
  CHECK(pass(books, {candidate("1"), candidate("2")}, {"2"}));
  CHECK(pass(books, {candidate("1")}, {}));
  CHECK(pass(books, {candidate("1")}, {}));
  CHECK_FALSE(pass(books, {candidate("1")}, {}));
}

TEST_CASE("a file that was first in line in two fruitless passes is offered last", "[serialmail][books]") {
  FlushBooks books;
  std::vector<Candidate> files{candidate("1"), candidate("2"), candidate("3")};
  pass(books, files, {});
  books.rank(files);
  CHECK(files[0].goes_last == 0);
  pass(books, files, {});
  books.rank(files);
  CHECK(files[0].goes_last == 2);
  CHECK(files[1].goes_last == 0);
}

TEST_CASE("what was answered or cannot be sent is not offered again in the run", "[serialmail][books]") {
  FlushBooks books;
  pass(books, {candidate("1"), candidate("2")}, {"1"});
  CHECK(books.is_dead("1"));
  CHECK_FALSE(books.is_dead("2"));
  books.bury("2");
  CHECK(books.is_dead("2"));
}

TEST_CASE("totals count every file once by what became of it", "[serialmail][books]") {
  FlushBooks books;
  books.begin_scan();
  for (const auto* name : {"1", "2", "3", "4", "5", "6"}) books.seen(name);
  books.settle("1", Outcome::accepted, true);
  books.settle("2", Outcome::refused, true);
  books.settle("3", Outcome::deferred, false);
  books.set_unknown("4", true);
  books.set_unknown("1", true);
  books.settle("1", Outcome::accepted, true);
  auto totals = books.totals();
  CHECK(totals.sent == 1);
  CHECK(totals.refused == 1);
  CHECK(totals.deferred == 1);
  CHECK(totals.left == 3);
  CHECK(totals.unknown == 1);
  CHECK(books.mail_is_left());
  books.begin_scan();  // somebody has taken all the rest away
  totals = books.totals();
  CHECK(totals.left == 0);
  CHECK_FALSE(books.mail_is_left());
}

TEST_CASE("a temporary refusal becomes a permanent one only behind the lifetime", "[serialmail][books]") {
  CHECK(serialmail::judge('Z', 100, 100).outcome == Outcome::deferred);
  CHECK(serialmail::judge('Z', 101, 100).outcome == Outcome::refused);
  CHECK(serialmail::judge('Z', 101, 100).is_expired);
  CHECK(serialmail::judge('Z', 1000000, std::nullopt).outcome == Outcome::deferred);
  CHECK_FALSE(serialmail::judge('D', 1000000, 100).is_expired);
}

TEST_CASE("a status that is none of K, D and Z is no answer and leaves the file however old", "[serialmail][books]") {
  for (const char status : {'L', 'k', 'X', '\n', '\0'}) {
    const auto judgement = serialmail::judge(status, 1000000, 100);
    CHECK(judgement.outcome == Outcome::left);
    CHECK_FALSE(judgement.is_answer);
  }
}

TEST_CASE("what may be copies of what breaks every session goes behind the rest and before it", "[serialmail][books]") {
  FlushBooks books;
  std::vector<Candidate> files{candidate("bad"), candidate("alike"), candidate("good")};
  files[0].likeness = files[1].likeness = 7;
  CHECK(pass(books, files, {}));
  CHECK(pass(books, files, {}));
  books.rank(files);
  CHECK(files[0].goes_last == 2);
  CHECK(files[1].goes_last == 1);
  CHECK(files[2].goes_last == 0);
}

TEST_CASE("a file that a mail reader moves stays the same file", "[serialmail][books]") {
  FlushBooks books;
  books.begin_scan();
  const auto path = books.keep("new/1");
  CHECK(books.keep("new/1").data() == path.data());
  books.seen("1");
  books.settle("1", Outcome::deferred, false);
  books.begin_scan();
  CHECK_FALSE(books.is_listed("1"));
  CHECK(books.keep("cur/1:2,S") == "cur/1:2,S");
  CHECK(books.is_listed("1"));
  CHECK(books.is_dead("1"));
  CHECK(path == "new/1");
}

TEST_CASE("a file that is there and not ours counts for nothing", "[serialmail][books]") {
  FlushBooks books;
  books.begin_scan();
  books.keep("new/1");
  CHECK(books.is_listed("1"));
  CHECK_FALSE(books.is_known("1"));
  CHECK(books.totals().left == 0);
  CHECK_FALSE(books.mail_is_left());
}
