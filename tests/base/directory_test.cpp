#include "base/directory.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "base/io.h"
#include "tests/mta/mail_store/scratch.h"

TEST_CASE("an exclusive creation refuses a name that is there", "[base][directory]") {
  const Scratch scratch;
  const auto directory = base::Directory::open(scratch.path());
  REQUIRE(directory);
  CHECK(directory->create_exclusive("file"));
  const auto again = directory->create_exclusive("file");
  REQUIRE_FALSE(again);
  CHECK(again.error().error == EEXIST);
}

TEST_CASE("a rename to a new name never replaces a file and a plain rename does", "[base][directory]") {
  const Scratch scratch;
  scratch.write("a", "one");
  scratch.write("b", "two");
  const auto directory = base::Directory::open(scratch.path());
  REQUIRE(directory);
  const auto refused = directory->rename_new("a", "b");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().error == EEXIST);
  CHECK(Scratch::read(scratch.path("b")) == "two");
  CHECK(directory->rename_new("a", "c"));
  CHECK(directory->rename("c", "b"));
  CHECK(Scratch::read(scratch.path("b")) == "one");
  CHECK_FALSE(directory->exists("a"));
}

TEST_CASE("a replaced file has the new octets and leaves nothing beside it", "[base][directory]") {
  const Scratch scratch;
  scratch.write("file", "old");
  const auto directory = base::Directory::open(scratch.path());
  REQUIRE(directory);
  REQUIRE(base::replace_file(*directory, "file", "new", 0640));
  CHECK(base::read_file(*directory, "file", 100).value_or("") == "new");
  CHECK(directory->list().value_or(std::vector<std::string>()) == std::vector<std::string>{"file"});
}

TEST_CASE("a forgotten file goes with what a writer that died has left of it", "[base][directory]") {
  const Scratch scratch;
  scratch.write("file", "old");
  scratch.write("file.tmp", "half of the n");
  scratch.write("other", "stays");
  base::forget_file(scratch.path("file"));
  const auto directory = base::Directory::open(scratch.path());
  REQUIRE(directory);
  CHECK(directory->list().value_or(std::vector<std::string>()) == std::vector<std::string>{"other"});
}

TEST_CASE("a replacement that cannot be written leaves the old file", "[base][directory]") {
  const Scratch scratch;
  scratch.write("folder/inside", "");
  const auto directory = base::Directory::open(scratch.path());
  REQUIRE(directory);
  CHECK_FALSE(base::replace_file(*directory, "folder", "new"));
  CHECK(directory->list().value_or(std::vector<std::string>()) == std::vector<std::string>{"folder"});
}

TEST_CASE("a missing file is told by its error and a long one by its kind", "[base][directory]") {
  const Scratch scratch;
  const auto missing = base::read_file(scratch.path("none"), 10);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().error == ENOENT);
  scratch.write("long", "12345678901");
  const auto longer = base::read_file(scratch.path("long"), 10);
  REQUIRE_FALSE(longer);
  CHECK(longer.error().kind == base::FailureKind::permanent);
}

TEST_CASE("a path is made with its parents and making it again is no failure", "[base][directory]") {
  const Scratch scratch;
  REQUIRE(base::make_path(scratch.path("a/b/c"), 0755));
  CHECK(base::make_path(scratch.path("a/b/c"), 0755));
  const auto directory = base::Directory::open(scratch.path("a"));
  REQUIRE(directory);
  CHECK(directory->make("b", 0755));
  const auto below = directory->sub("b");
  REQUIRE(below);
  CHECK(below->exists("c"));
  CHECK(below->sync("c"));
}

TEST_CASE("a status is of the link and not of what it points to", "[base][directory]") {
  const Scratch scratch;
  scratch.write("file", "12345");
  REQUIRE(::symlink("file", scratch.path("link").c_str()) == 0);
  const auto directory = base::Directory::open(scratch.path());
  REQUIRE(directory);
  const auto st = directory->stat("link");
  REQUIRE(st);
  CHECK(S_ISLNK(st->st_mode));
}

TEST_CASE("a directory that must not be read can still be written", "[base][directory]") {
  const Scratch scratch;
  REQUIRE(base::make_path(scratch.path("drop"), 0300));
  const auto directory = base::Directory::open_unreadable(scratch.path("drop"));
  REQUIRE(directory);
  CHECK(directory->create_exclusive("file"));
  CHECK(directory->exists("file"));
  CHECK(directory->unlink("file"));
  REQUIRE(::chmod(scratch.path("drop").c_str(), 0700) == 0);
}
