#include "serialmail/server_note.h"

#include <catch2/catch.hpp>

using serialmail::ServerNote;

TEST_CASE("what was noticed of a server is believed for its time, of that host and port alone", "[serialmail]") {
  const ServerNote note{1000, "mail.provider.example", 209, ""};
  const std::chrono::seconds day = std::chrono::hours(24);
  CHECK(note.holds("mail.provider.example", 209, 1000, day));
  CHECK(note.holds("mail.provider.example", 209, 1000 + day.count() - 1, day));
  CHECK_FALSE(note.holds("mail.provider.example", 209, 1000 + day.count(), day));
  CHECK_FALSE(note.holds("mail.provider.example", 209, 999, day));
  CHECK_FALSE(note.holds("mail.provider.example", 210, 1000, day));
  CHECK_FALSE(note.holds("other.example", 209, 1000, day));
}

TEST_CASE("a note of a server that is none is not believed", "[serialmail]") {
  const auto read = ServerNote::parse(ServerNote{1000, "::1", 209, "one\ntwo"}.format());
  REQUIRE(read);
  CHECK(read->holds("::1", 209, 1000, std::chrono::seconds(1)));
  CHECK(read->text == "one\ntwo");
  for (const auto* time : {"-9223372036854775808", "9223372036854775807"}) {
    const auto odd = ServerNote::parse(std::string(time) + " h 209\n");
    REQUIRE(odd);
    CHECK_FALSE(odd->holds("h", 209, 1000, std::chrono::seconds(1)));
  }
  for (const auto* text : {"", "\n", "1000\n", "1000 h\n", "1000 h 209", "x h 209\n", "1000 h 20x\n", "1000 h -1\n"}) {
    CHECK_FALSE(ServerNote::parse(text));
  }
}
