#include "modem/login_dialogue.h"

#include <catch2/catch.hpp>
#include <optional>

namespace modem {
namespace {

using Done = LoginDialogue::Done;

// What a caller sees and how it ends.
struct Played {
  std::string seen;
  std::optional<Done> done;
};

Played play(std::string_view octets) {
  LoginDialogue dialogue("host login: ");
  Played played;
  const auto take = [&](const std::vector<LoginDialogue::Action>& actions) {
    for (const auto& action : actions) {
      if (const auto* write = std::get_if<LoginDialogue::Write>(&action)) played.seen += write->bytes;
      if (const auto* done = std::get_if<Done>(&action)) played.done = *done;
    }
  };
  take(dialogue.start());
  for (const char octet : octets) take(dialogue.on(LoginDialogue::Octet{static_cast<unsigned char>(octet)}));
  return played;
}

TEST_CASE("LCP frames are known in each form that callers send them in", "[modem][login]") {
  const auto frame =
      GENERATE(as<std::string>(), "\x7e\xff\x03\xc0\x21", "\x7e\xff\x7d\x23\xc0\x21", "\x7e\x7d\xdf\x7d\x23\xc0\x21",
               "\x7e\xff\x7d\x23\x7d\xe0\x7d\x01", "\x7e\x7f\x03\x40\x21", "\xfe\xff\x7d\xa3\x40\x21");
  for (const std::string before : {"", "\r", "ann", "\x7e\x7e", "\x7e\xff\x7d"}) {
    const auto played = play(before + frame);
    REQUIRE(played.done);
    CHECK(played.done->end == LoginEnd::ppp);
  }
}

TEST_CASE("a frame of another protocol, and a part of one, is no LCP", "[modem][login]") {
  for (const std::string octets :
       {"\x7e\xff\x03\x80\x21", "\xff\x03\xc0\x21", "\x7e\xff\x03\xc0", "\x7e\x03\xff\xc0\x21"})
    CHECK_FALSE(play(octets).done);
}

TEST_CASE("a name is echoed, corrected and taken at CR or LF", "[modem][login]") {
  for (const std::string octets : {"anna\r", "anna\n",
                                   "annb\x08"
                                   "a\r",
                                   "xx\x7f\x7f"
                                   "anna\r",
                                   "nobody\x15"
                                   "anna\r",
                                   "\xe1nna\r"}) {
    const auto played = play(octets);
    REQUIRE(played.done);
    CHECK(played.done->end == LoginEnd::name);
    CHECK(played.done->name == "anna");
  }
  CHECK(play("ab\x08\r").seen == "\r\nhost login: ab\b \b\r\n");
  CHECK(play("\x08\x08").seen == "\r\nhost login: ");
}

TEST_CASE("what is no name is asked for again, three times in all", "[modem][login]") {
  const auto bad = GENERATE(as<std::string>(), "-froot", "a b", "$(id)", "a/b", std::string(200, 'a'), "");
  CHECK_FALSE(play(bad + "\r" + bad + "\r").done);
  const auto refused = play(bad + "\r" + bad + "\r" + bad + "\ranna\r");
  REQUIRE(refused.done);
  CHECK(refused.done->end == LoginEnd::refused);
  CHECK(refused.done->name.empty());
  const auto then = play(bad + "\ranna\r");
  REQUIRE(then.done);
  CHECK(then.done->name == "anna");
}

TEST_CASE("a name that is never ended is bounded in time and in length", "[modem][login]") {
  LoginDialogue dialogue("login: ");
  const auto begun = dialogue.start();
  CHECK(std::get<LoginDialogue::Arm>(begun.front()).within == LoginDialogue::limit);
  std::size_t echoed = 0;
  for (int i = 0; i < 100000; ++i) echoed += dialogue.on(LoginDialogue::Octet{'a'}).size();
  CHECK(echoed < 50);
  const auto late = dialogue.on(LoginDialogue::Expired{});
  REQUIRE(late.size() == 1);
  CHECK(std::get<Done>(late.front()).end == LoginEnd::late);
  CHECK(dialogue.on(LoginDialogue::Octet{'\r'}).empty());
}

}  // namespace
}  // namespace modem
