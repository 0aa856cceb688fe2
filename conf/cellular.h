// [cellular] of modems/NAME.toml: the SIM, the network and the bearer of a cellular or satellite modem.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "conf/toml.h"

namespace conf {

struct CellularProfile {
  std::string pin_file;  // empty: the PIN is never sent
  bool roaming = false;  // a foreign network may be used
  std::string network;   // "operator": its name, or its code of 5 or 6 digits; empty: the modem chooses
  std::string apn;       // empty: the context stays as the modem has it
  std::string pdp_type = "IP";
  int context = 1;
  std::string bearer;  // what follows +CBST= for a circuit-switched call; empty: as the modem has it
  int min_signal = 1;  // of +CSQ: 0 to 31, with Iridium 0 to 5; 0: not looked at
  std::chrono::milliseconds registration_timeout{120000};
  std::chrono::milliseconds poll{3000};  // between two questions for registration or signal
  std::string memory;                    // no key: the folder in which the fate of PINs is kept
};

inline constexpr int greatest_signal = 31;  // 3GPP TS 27.007 §8.5

// "26201": MCC and MNC (3GPP TS 23.003 §2.2), and no name.
bool is_network_code(std::string_view text);

// Asks the table for its keys; faults stay in the file (toml.h). Relative paths stay as they are written.
CellularProfile read_cellular(TomlTable& table);

}  // namespace conf
