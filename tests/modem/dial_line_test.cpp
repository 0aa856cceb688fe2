#include "modem/dial_line.h"

#include <catch2/catch.hpp>
#include <cerrno>

namespace modem {
namespace {

void send(CallWatch& watch, std::string_view text) {
  for (const char c : text) watch.sent(static_cast<unsigned char>(c));
}

void receive(CallWatch& watch, std::string_view text) {
  for (const char c : text) watch.received(static_cast<unsigned char>(c));
}

CallWatch dialled(std::string_view answer) {
  CallWatch watch;
  send(watch, "ATDT555\r");
  receive(watch, answer);
  return watch;
}

const chat::Ending timed_out{chat::status_timeout, "", "expected 'CONNECT' for 60 s"};

TEST_CASE("before a dial command nothing is a call's result", "[modem][dial]") {
  CallWatch watch;
  send(watch, "ATZ\r");
  receive(watch, "\r\nNO CARRIER\r\nOK\r\n");
  CHECK_FALSE(watch.failure());
  CHECK_FALSE(watch.connect());
}

TEST_CASE("a script that stopped within CONNECT's line leaves the rest to be read, to its LF", "[modem][dial]") {
  auto watch = dialled("ATDT555\r\r\nCONNECT");
  CHECK(watch.in_connect());
  receive(watch, " 33600/ARQ\r");
  CHECK(watch.in_connect());
  receive(watch, "\n");
  CHECK_FALSE(watch.in_connect());
  REQUIRE(watch.connect());
  CHECK(watch.connect()->text == "CONNECT 33600/ARQ");
  CHECK(watch.connect()->error_corrected);
}

TEST_CASE("after CONNECT everything is data", "[modem][dial]") {
  auto watch = dialled("\r\nCONNECT 9600\r\nBUSY\r\nlogin: ");
  CHECK_FALSE(watch.failure());
  CHECK_FALSE(watch.in_connect());
  send(watch, "ATD1\r");
  receive(watch, "NO CARRIER\r\n");
  CHECK_FALSE(watch.failure());
}

TEST_CASE("the failure of a first number is forgotten when a second one is dialled", "[modem][dial]") {
  auto watch = dialled("\r\nBUSY");
  send(watch, "ATDT666\r");
  receive(watch, "\r\nCONNECT 9600\r\n");
  CHECK_FALSE(watch.failure());
  CHECK(watch.connect());
}

TEST_CASE("a result that no ABORT string names has its cause all the same", "[modem][dial]") {
  const auto watch = dialled("\r\nBUSY\r\n");
  REQUIRE(watch.failure());
  const auto trouble = trouble_of_script(timed_out, watch, std::nullopt, "555");
  CHECK(trouble.retry == Retry::soon);
  CHECK(trouble.text.find("555") != std::string::npos);
}

TEST_CASE("an ABORT string is read as the line that it stands in", "[modem][dial]") {
  const auto watch = dialled("\r\nNO DIALTONE\r");
  const auto trouble = trouble_of_script({chat::status_abort, "NO DIAL", "aborted"}, watch, std::nullopt, "555");
  CHECK(trouble.retry == Retry::later);
}

TEST_CASE("an ABORT string of the script's own is told as it is", "[modem][dial]") {
  const auto watch = dialled("\r\nCONNECT 9600\r\nlogin incorrect\r\n");
  const auto trouble = trouble_of_script({chat::status_abort + 3, "incorrect", "aborted"}, watch, std::nullopt, "555");
  CHECK(trouble.retry == Retry::later);
  CHECK(trouble.text.find("'incorrect'") != std::string::npos);
}

TEST_CASE("an echo is no answer of the modem", "[modem][dial]") {
  CHECK(trouble_of_script(timed_out, dialled("ATDT555\r"), std::nullopt, "555").text.find("answered nothing") !=
        std::string::npos);
  CHECK(trouble_of_script(timed_out, dialled("\r\nRINGING\r\n"), std::nullopt, "555").text.find("no CONNECT") !=
        std::string::npos);
}

TEST_CASE("a script without CONNECT, a fault of the script and a signal are told apart", "[modem][dial]") {
  const CallWatch watch;
  CHECK(trouble_of_script({}, watch, std::nullopt, "555").retry == Retry::stop);
  CHECK(trouble_of_script({chat::status_error, "", "no file"}, watch, std::nullopt, "555").retry == Retry::stop);
  const base::Failure stopped{base::FailureKind::temporary, "stopped by SIGTERM", EINTR};
  const auto trouble = trouble_of_script({chat::status_signal, "", ""}, watch, stopped, "555");
  CHECK(trouble.error == EINTR);
  CHECK(trouble.text == "dial 555: stopped by SIGTERM");
}

}  // namespace
}  // namespace modem
