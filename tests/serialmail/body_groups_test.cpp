#include "serialmail/body_groups.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace {

using serialmail::Candidate;

Candidate file(const std::string& name, std::uint64_t likeness, const std::string& recipient = "") {
  static mail::TextStore texts;
  Candidate candidate{texts.keep("new/" + name), texts.keep(recipient.empty() ? name + "@provider.example" : recipient),
                      100};
  candidate.likeness = likeness;
  return candidate;
}

// The names in order; a copy has a + before it.
std::string gathered(std::vector<Candidate> files) {
  serialmail::gather_copies(files);
  std::string names;
  for (const auto& f : files)
    names += (names.empty() ? "" : " ") + std::string(f.follows ? "+" : "") + std::string(f.unique());
  return names;
}

}  // namespace

TEST_CASE("copies go right behind the first of their kind and the rest keeps its order", "[serialmail][copies]") {
  CHECK(gathered({file("a", 1), file("b", 2), file("c", 1), file("d", 3), file("e", 2), file("f", 1)}) ==
        "a +c +f b +e d");
  CHECK(gathered({file("a", 1), file("b", 2), file("c", 3)}) == "a b c");
  CHECK(gathered({}).empty());
}

TEST_CASE("files without likeness are nobody's copies", "[serialmail][copies]") {
  CHECK(gathered({file("a", 0), file("b", 0), file("c", 0)}) == "a b c");
}

TEST_CASE("a recipient that is named twice gets it twice", "[serialmail][copies]") {
  CHECK(gathered({file("a", 1, "x@y"), file("b", 1, "z@y"), file("c", 1, "x@y"), file("d", 1, "w@y")}) == "a +b c +d");
}

TEST_CASE("files of another priority, another time or behind a broken session are no copies", "[serialmail][copies]") {
  auto urgent = file("b", 1);
  urgent.priority = 4;
  auto late = file("c", 1);
  late.mtime_seconds = serialmail::copies_moment.count() + 1;
  auto last = file("d", 1);
  last.goes_last = 2;
  auto cut = file("e", 1);
  cut.standing = serialmail::Standing::cut;
  CHECK(gathered({file("a", 1), cut}) == "a e");
  CHECK(gathered({file("a", 1), urgent}) == "a b");
  CHECK(gathered({file("a", 1), late}) == "a c");
  CHECK(gathered({file("a", 1), last}) == "a d");
}

TEST_CASE("no more copies go together than a server takes and a pipe's page names", "[serialmail][copies]") {
  std::vector<Candidate> files;
  for (std::size_t i = 0; i < serialmail::max_copies + 1; ++i) files.push_back(file(std::to_string(i), 1));
  serialmail::gather_copies(files);
  CHECK(files[serialmail::max_copies - 1].follows);
  CHECK_FALSE(files[serialmail::max_copies].follows);

  const std::string pad(1000, 'x');
  files = {file(pad + "1", 1), file(pad + "2", 1), file(pad + "3", 1), file(pad + "4", 1), file(pad + "5", 1)};
  serialmail::gather_copies(files);
  CHECK(files[3].follows);
  CHECK_FALSE(files[4].follows);
}

TEST_CASE("likeness tells senders, sizes and queue entries apart", "[serialmail][copies]") {
  const auto likeness = serialmail::likeness_of("a@b", 100, "Q1");
  CHECK(likeness == serialmail::likeness_of("a@b", 100, "Q1"));
  CHECK(likeness != serialmail::likeness_of("c@b", 100, "Q1"));
  CHECK(likeness != serialmail::likeness_of("a@b", 101, "Q1"));
  CHECK(likeness != serialmail::likeness_of("a@b", 100, "Q2"));
  CHECK(likeness != 0);
}
