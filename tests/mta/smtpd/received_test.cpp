#include "mta/smtpd/received.h"

#include <catch2/catch.hpp>

using mta::received_line;
using mta::SmtpdPeer;

TEST_CASE("the trace line names host, HELO name, ident and address", "[smtpd][received]") {
  const SmtpdPeer peer{"192.0.2.9", "pc.lan.example", "joe", "192.0.2.1", ""};
  REQUIRE(received_line(peer, "other.example", true, "office.example", "DATE") ==
          "Received: from pc.lan.example (HELO other.example) (joe@192.0.2.9)\n  by office.example with ESMTP; DATE\n");
}

TEST_CASE("a HELO name that says what the host's name says is left out", "[smtpd][received]") {
  const SmtpdPeer peer{"192.0.2.9", "pc.lan.example", "", "", ""};
  const auto line = received_line(peer, "PC.lan.example", false, "office.example", "DATE");
  REQUIRE(line == "Received: from pc.lan.example (192.0.2.9)\n  by office.example with SMTP; DATE\n");
}

TEST_CASE("without UCSPI variables the peer is unknown", "[smtpd][received]") {
  REQUIRE(received_line({}, "pc", false, "office.example", "DATE") ==
          "Received: from unknown (HELO pc) (unknown)\n  by office.example with SMTP; DATE\n");
}

TEST_CASE("nothing that a client says can end the line or its comments", "[smtpd][received]") {
  const SmtpdPeer peer{"192.0.2.9", "a\nb", "x)y(z", "", ""};
  const auto line = received_line(peer, std::string("p)(\"\\;\r\n\0<>", 11), true, "office.example", "DATE");
  const std::string marks(10, '?');
  REQUIRE(line == "Received: from a?b (HELO p" + marks + ") (x?y?z@192.0.2.9)\n  by office.example with ESMTP; DATE\n");
  REQUIRE(received_line({}, std::string(2000, 'x'), false, "o", "D").size() < 400);
}
