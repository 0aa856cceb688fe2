#include "modem/emulator/result_code.h"

#include <array>
#include <utility>

#include "base/bug.h"

namespace emulator {
namespace {

// The numbers of CONNECT with a speed that most makers share; the others say 1.
int connect_number(std::uint64_t rate) {
  constexpr std::array<std::pair<std::uint64_t, int>, 4> known{{{1200, 5}, {2400, 10}, {4800, 11}, {9600, 12}}};
  for (const auto& [speed, number] : known) {
    if (speed == rate) return number;
  }
  return 1;
}

// Rockwell's, of the lines that come before CONNECT.
constexpr int carrier_number = 47, no_compression_number = 69, compression_number = 67, no_protocol_number = 76,
              protocol_number = 77;

// The bits of S95.
constexpr int shows_line_speed = 1, shows_correction = 2, shows_carrier = 4, shows_protocol = 8, shows_compression = 32;

}  // namespace

Code code_of(Result result) {
  switch (result) {
    case Result::ok:
      return {"OK", 0};
    case Result::connect:
      return {"CONNECT", 1};
    case Result::ring:
      return {"RING", 2};
    case Result::no_carrier:
      return {"NO CARRIER", 3};
    case Result::error:
      return {"ERROR", 4};
    case Result::no_dialtone:
      return {"NO DIALTONE", 6};
    case Result::busy:
      return {"BUSY", 7};
    case Result::no_answer:
      return {"NO ANSWER", 8};
  }
  base::bug("Dce: no such result");
}

std::vector<Code> connect_codes(const Profile& profile, const Connection& connection, std::string_view text) {
  if (profile.at("X") == 0) return {code_of(Result::connect)};
  const int w = profile.at("W");
  const int bits = profile.s[reg::extended_results] | (w == 1 ? shows_carrier | shows_protocol | shows_compression : 0);
  std::vector<Code> codes;
  if ((bits & shows_carrier) != 0) {
    codes.push_back({"CARRIER " + std::to_string(connection.bits_per_second), carrier_number});
  }
  const bool compressed = connection.error_correction && profile.at("%C") != 0;
  if ((bits & shows_protocol) != 0) {
    codes.push_back(connection.error_correction ? Code{"PROTOCOL: LAP-M", protocol_number}
                                                : Code{"PROTOCOL: NONE", no_protocol_number});
  }
  if ((bits & shows_compression) != 0) {
    codes.push_back(compressed ? Code{"COMPRESSION: V.42BIS", compression_number}
                               : Code{"COMPRESSION: NONE", no_compression_number});
  }
  const bool of_line = w == 2 || (bits & shows_line_speed) != 0;
  const std::uint64_t speed = of_line ? connection.bits_per_second : profile.dte_speed();
  std::string shown(text);
  const std::string word = "RATE";
  if (const auto at = shown.find(word); at != std::string::npos) shown.replace(at, word.size(), std::to_string(speed));
  if (!connection.error_correction) {
    shown = shown.substr(0, shown.find('/'));
  } else if ((bits & shows_correction) != 0 && shown.find('/') == std::string::npos) {
    shown += "/ARQ";
  }
  codes.push_back(shown.empty() ? code_of(Result::connect) : Code{"CONNECT " + shown, connect_number(speed)});
  return codes;
}

}  // namespace emulator
