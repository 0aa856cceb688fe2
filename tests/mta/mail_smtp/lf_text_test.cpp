#include "mta/mail/lf_text.h"

#include <catch2/catch.hpp>

#include "mta/mail/mail_data.h"

namespace {

// In pieces of the given size; "NUL" when it was refused.
std::string encoded(std::string_view text, std::size_t piece) {
  mail::LfEncoder encoder;
  std::string out;
  while (!text.empty()) {
    if (!encoder.feed(text.substr(0, piece), out)) return "NUL";
    text.remove_prefix(std::min(piece, text.size()));
  }
  encoder.finish(out);
  return out;
}

}  // namespace

TEST_CASE("every kind of line end leaves as LF and the last line is ended, however the text is cut",
          "[mail][qmtp][text]") {
  const std::pair<std::string_view, std::string_view> cases[] = {{"", ""},
                                                                 {"\n", "\n"},
                                                                 {"a", "a\n"},
                                                                 {"a\r\nb\r\n", "a\nb\n"},
                                                                 {"a\rb", "a\nb\n"},
                                                                 {"a\r\r\nb", "a\n\nb\n"},
                                                                 {"\r", "\n"},
                                                                 {".\n..\n", ".\n..\n"},
                                                                 {"a\n\rb", "a\n\nb\n"},
                                                                 {"\r\n\r\n", "\n\n"},
                                                                 {"a\r\n\nb\r", "a\n\nb\n"}};
  for (const auto& [text, wanted] : cases) {
    for (std::size_t piece = 1; piece <= text.size() + 1; ++piece) {
      CAPTURE(text, piece);
      CHECK(encoded(text, piece) == wanted);
    }
    mail::DataCounter counter;
    counter.feed(text);
    CHECK(counter.lf_octets() == wanted.size());
  }
}

TEST_CASE("a NUL does not leave as LF text", "[mail][qmtp][text]") {
  CHECK(encoded(std::string_view("a\0b", 3), 2) == "NUL");
}
