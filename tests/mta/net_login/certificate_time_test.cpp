#include "mta/net/certificate_time.h"

#include <catch2/catch.hpp>

namespace {

constexpr std::int64_t day = 86400;
constexpr std::int64_t autumn = 1'795'000'000;  // 18 November 2026

mail::ClockFloor seen(std::int64_t before, std::int64_t now) {
  mail::ClockFloor floor;
  floor.observe({before, 0, 1000}, "boot");
  floor.observe({now, 0, 1010}, "boot");
  return floor;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a clock that stands before a time it has shown is blamed for a certificate out of its time", "[net][tls]") {
  const auto text = net::certificate_time_text({true, autumn - day}, 1000, seen(autumn, 1000));
  CHECK(text ==
        "the certificate is not valid before 2026-11-17 11:06 UTC, and our clock says 1970-01-01 00:16 UTC: our clock "
        "is wrong, for it has been 2026-11-18 11:06 UTC already; set it");
  CHECK(has(net::certificate_time_text({true, autumn}, 1000, seen(1000, 1000)), "our clock is wrong"));
}

TEST_CASE("a clock that was just set forward is named for a certificate that seems to have ended", "[net][tls]") {
  const auto now = autumn + 400 * day;
  const auto text = net::certificate_time_text({false, autumn + day}, now, seen(autumn, now));
  CHECK(has(text, "the certificate was valid until "));
  CHECK(has(text, "our clock was set forward a short time ago"));
}

TEST_CASE("with a clock that is believed an ended certificate is the server's fault", "[net][tls]") {
  const auto floor = seen(autumn, autumn + 10);
  const auto text = net::certificate_time_text({false, autumn - day}, autumn + 10, floor);
  CHECK(text == "the certificate was valid until 2026-11-17 11:06 UTC, and our clock says 2026-11-18 11:06 UTC");
  CHECK(has(net::certificate_time_text({true, autumn + day}, autumn, floor),
            "one of them is wrong; check our clock first"));
}
