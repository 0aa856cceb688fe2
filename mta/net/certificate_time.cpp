#include "mta/net/certificate_time.h"

#include <array>
#include <ctime>

namespace net {
namespace {

std::string utc(std::int64_t seconds) {
  const auto moment = static_cast<std::time_t>(seconds);
  std::tm parts{};
  if (::gmtime_r(&moment, &parts) == nullptr) return std::to_string(seconds);
  std::array<char, 64> text{};
  if (std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &parts) == 0) return std::to_string(seconds);
  return text.data();
}

}  // namespace

std::string certificate_time_text(const CertificateTime& time, std::int64_t now, const mail::ClockFloor& floor) {
  const std::string what = time.not_yet ? "the certificate is not valid before " + utc(time.moment)
                                        : "the certificate was valid until " + utc(time.moment);
  const std::string clock = ", and our clock says " + utc(now);
  switch (floor.trust()) {
    case mail::ClockTrust::below_floor:
      return what + clock + ": our clock is wrong, for it has been " + utc(floor.floor()) + " already; set it";
    case mail::ClockTrust::jumped:
      return what + clock + ": our clock was set forward a short time ago and may be wrong; check it";
    case mail::ClockTrust::trusted:
      break;
  }
  return what + clock + (time.not_yet ? ": one of them is wrong; check our clock first" : "");
}

}  // namespace net
