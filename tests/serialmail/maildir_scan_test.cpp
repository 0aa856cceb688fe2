#include "mta/mail/maildir_scan.h"

#include <algorithm>
#include <catch2/catch.hpp>

TEST_CASE("the oldest file is first to the nanosecond and names decide between equals", "[mail][maildir_scan]") {
  std::vector<mail::MaildirFile> files{
      {"new/b", 5, 1, 0}, {"cur/a:2,S", 5, 1, 0}, {"new/c", 5, 0, 0}, {"new/z", 4, 999999999, 0}};
  std::sort(files.begin(), files.end(), mail::is_older);
  CHECK(files[0].path == "new/z");
  CHECK(files[1].path == "new/c");
  CHECK(files[2].path == "cur/a:2,S");
  CHECK(files[3].path == "new/b");
}

TEST_CASE("the unique name stays when a reader moves the file or sets flags", "[mail][maildir_scan]") {
  CHECK(mail::unique_name("new/1.M2P3.host") == "1.M2P3.host");
  CHECK(mail::unique_name("cur/1.M2P3.host:2,RS") == "1.M2P3.host");
}

TEST_CASE("a text that is kept stays where it is however many follow and wherever the store goes",
          "[mail][text_store]") {
  mail::TextStore store;
  const std::string long_text(200'000, 'x');
  const auto first = store.keep("first");
  const auto long_one = store.keep(long_text);
  for (int i = 0; i < 100'000; ++i) store.keep("another");
  const auto moved = std::move(store);
  CHECK(first == "first");
  CHECK(long_one == long_text);
  CHECK(mail::TextStore().keep("").empty());
}
