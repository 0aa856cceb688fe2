#include "mta/mail/envelope.h"

#include <catch2/catch.hpp>

using namespace std::string_literals;
using mail::EnvelopeVerdict;

TEST_CASE("an envelope survives encoding and decoding", "[mail][envelope]") {
  const mail::Envelope envelope{"a@b", {"c@d", "e f@g", std::string(1000, 'x')}};
  const auto octets = mail::encode_envelope(envelope);
  REQUIRE(octets);
  const auto decoded = mail::decode_envelope(*octets + "what follows");
  CHECK(decoded.verdict == EnvelopeVerdict::complete);
  CHECK(decoded.envelope.sender == envelope.sender);
  CHECK(decoded.envelope.recipients == envelope.recipients);
  CHECK(decoded.length == octets->size());
}

TEST_CASE("the null sender and no recipient at all are an envelope", "[mail][envelope]") {
  const auto decoded = mail::decode_envelope("F\0\0"s);
  CHECK(decoded.verdict == EnvelopeVerdict::complete);
  CHECK(decoded.envelope.sender.empty());
  CHECK(decoded.envelope.recipients.empty());
}

TEST_CASE("an envelope cut anywhere before its last NUL is incomplete", "[mail][envelope]") {
  const auto whole = "Fa@b\0Tc@d\0Te@f\0\0"s;
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    CHECK(mail::decode_envelope(whole.substr(0, cut)).verdict == EnvelopeVerdict::incomplete);
  }
  CHECK(mail::decode_envelope(whole).verdict == EnvelopeVerdict::complete);
}

TEST_CASE("records of another letter and a missing sender are bad format", "[mail][envelope]") {
  for (const auto& bad : {"Ta@b\0\0"s, "\0"s, "Fa\0Fb\0\0"s, "Fa\0Xb\0\0"s, "x"s, "Fa\0tb\0\0"s}) {
    CHECK(mail::decode_envelope(bad).verdict == EnvelopeVerdict::bad_format);
  }
}

TEST_CASE("an address over 1000 octets is refused, also before its end has come", "[mail][envelope]") {
  const std::string bound(1000, 'x');
  CHECK(mail::decode_envelope("F" + bound + "\0\0"s).verdict == EnvelopeVerdict::complete);
  CHECK(mail::decode_envelope("F" + bound + "y\0\0"s).verdict == EnvelopeVerdict::address_too_long);
  CHECK(mail::decode_envelope("F" + bound + "y").verdict == EnvelopeVerdict::address_too_long);
  CHECK_FALSE(mail::encode_envelope({bound + "y", {}}));
}

TEST_CASE("control characters never enter an envelope", "[mail][envelope]") {
  for (const auto& bad : {"a\nb"s, "a\rb"s, "a\tb"s, "a\x7f"s, "a\0b"s}) {
    CHECK_FALSE(mail::encode_envelope({"", {bad}}));
  }
  CHECK(mail::decode_envelope("Fa\nb\0\0"s).verdict == EnvelopeVerdict::bad_address);
  CHECK(mail::encode_envelope({"j\xc3\xa4@x", {}}));
}
