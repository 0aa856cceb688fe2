// pppd's words: what stands in a link's peers file, and the command line that names it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conf/link_ppp.h"
#include "conf/modem.h"

namespace pppctl::ppp {

inline constexpr std::size_t max_word_bytes = 1023;  // pppd's MAXWORDLEN less the NUL

// As one word of an options file (pppd(8), OPTIONS FILES).
std::string quoted(std::string_view word);
// As one word for the /bin/sh that runs a connect script.
std::string shell_quoted(std::string_view word);

struct LinkOptions {
  std::string link;
  conf::PppSettings ppp;
  bool carrier_detect = true;  // the line has a DCD that follows the carrier
  conf::FlowControl flow = conf::FlowControl::rts_cts;
  // Where pppd dials itself.
  std::string device;
  std::optional<unsigned> speed;
  std::vector<std::string> connect;
};

LinkOptions link_options(const std::string& link, const conf::PppSettings& ppp, const conf::ModemProfile& modem);

// What link a pppd is ours by: pppd writes its pid into /run/ppp-NAME.pid.
std::string link_name(const std::string& link);

// Everything that an ordinary user may not say on the command line, and what else is the same for every call.
std::string peers_text(const LinkOptions& options);

// Where pppd finds that text.
struct OptionsPlace {
  enum class Kind { peers, file };  // "call NAME" for everybody, "file PATH" for root
  Kind kind = Kind::peers;
  std::string name;
};

// secret_descriptor: the password is read there to its end.
std::vector<std::string> pppd_command(const conf::PppSettings& ppp, const OptionsPlace& place, int log_descriptor,
                                      std::optional<int> secret_descriptor);

}  // namespace pppctl::ppp
