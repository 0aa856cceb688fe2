#include "serialmail/qmtp_absence.h"

#include <catch2/catch.hpp>

using serialmail::QmtpAbsence;

TEST_CASE("that a server takes no QMTP is remembered for a day, for that host and port alone", "[serialmail][qmtp]") {
  const QmtpAbsence absence{1000, "mail.provider.example", 209};
  const auto day = std::chrono::seconds(serialmail::absence_kept).count();
  CHECK(absence.holds("mail.provider.example", 209, 1000));
  CHECK(absence.holds("mail.provider.example", 209, 1000 + day - 1));
  CHECK_FALSE(absence.holds("mail.provider.example", 209, 1000 + day));
  CHECK_FALSE(absence.holds("mail.provider.example", 209, 999));
  CHECK_FALSE(absence.holds("mail.provider.example", 210, 1000));
  CHECK_FALSE(absence.holds("other.example", 209, 1000));
}

TEST_CASE("a note of a missing QMTP that is none is not believed", "[serialmail][qmtp]") {
  const QmtpAbsence absence{1000, "::1", 209};
  const auto read = QmtpAbsence::parse(absence.format());
  REQUIRE(read);
  CHECK(read->holds("::1", 209, 1000));
  for (const auto* text : {"", "\n", "1000\n", "1000 h\n", "1000 h 209", "x h 209\n", "1000 h 20x\n", "1000 h -1\n"}) {
    CHECK_FALSE(QmtpAbsence::parse(text));
  }
}
