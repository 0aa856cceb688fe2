#include <catch2/catch.hpp>

#include "mta/mail/smtp_command.h"

namespace {

bool spotted(std::string_view text) {
  const auto in_two = [&](std::size_t cut) {
    mail::CommandSpotter spotter;
    spotter.feed(text.substr(0, cut));
    spotter.feed(text.substr(cut));
    spotter.feed("\n");
    return spotter.found();
  };
  for (std::size_t cut = 1; cut <= text.size(); ++cut) REQUIRE(in_two(cut) == in_two(0));
  return in_two(0);
}

}  // namespace

TEST_CASE("a line that begins with a verb is found, however the line before it ends", "[mail][smtp][command]") {
  for (const auto* text : {"NOOP", "Subject: a\n\nrset\n", "a\rMail FROM:<x@y>\rb", "a\r\n \t QUIT",
                           "\n\nhelp, please\n", "a\nRCPT\tTO:<x>", "data:", "xforward a\n", "a\nb\nSTARTTLS"}) {
    INFO(text);
    REQUIRE(spotted(text));
  }
}

TEST_CASE("ordinary text holds no command", "[mail][smtp][command]") {
  for (const auto* text : {"", "\n", "Subject: quit\n\nSee the data.\n", "Mailing-List: x\n", "helpful\n", "-quit\n",
                           "> RSET\n", "x NOOP\n", "dataquit", ".\nmailbox\n", "starttlsx\n"}) {
    INFO(text);
    REQUIRE_FALSE(spotted(text));
  }
}
