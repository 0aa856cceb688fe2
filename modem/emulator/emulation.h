// The modems and the exchange together, without ptys, sockets and clock: what the shell carries out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "modem/emulator/dce.h"
#include "modem/emulator/exchange.h"

namespace emulator {

struct ModemOptions {
  std::string name;
  DceOptions dce;
};

struct ToTerminal {
  End modem;
  std::string bytes;
};
// Circuit 109 has gone off. What is for the terminal comes after it.
struct CarrierFell {
  End modem;
};
// The device is away, as an unplugged one, or back.
struct DeviceGone {
  End modem;
};
struct DeviceBack {
  End modem;
};
// One line of the log.
struct Record {
  using Value = std::variant<std::string, std::uint64_t, bool>;
  std::string event;
  std::string modem;
  std::vector<std::pair<std::string, Value>> fields;
};
using Output = std::variant<ToTerminal, CarrierFell, DeviceGone, DeviceBack, OpenSocket, CloseSocket, Record>;

class Emulation {
 public:
  // options.modems is set here.
  Emulation(const std::vector<ModemOptions>& modems, const ExchangeOptions& options, PhoneBook book);

  std::vector<Output> octets(Time now, End modem, std::string_view bytes);
  std::vector<Output> dtr(Time now, End modem, bool on);
  // The modem's octets are not read although there may be some.
  std::vector<Output> stalled(Time now, End modem);
  std::vector<Output> socket_opened(Time now, End socket);
  std::vector<Output> socket_failed(Time now, End socket);
  std::vector<Output> socket_octets(Time now, End socket, std::string_view bytes);
  std::vector<Output> socket_ended(Time now, End socket);
  // Whatever time alone brings about; call it after take() too.
  std::vector<Output> advance(Time now);

  // How many octets the modem or the socket may give; no more must be given.
  [[nodiscard]] std::size_t room(Time now, End end) const;
  // Octets of the line for the modem's terminal or for the socket.
  std::string take(Time now, End end, std::size_t max);

  // When advance() is wanted.
  [[nodiscard]] std::optional<Time> due() const;
  [[nodiscard]] std::optional<Time> next_arrival(End end) const;
  [[nodiscard]] std::optional<Time> more_room(Time now, End end) const;

  [[nodiscard]] std::size_t modems() const { return modems_.size(); }
  [[nodiscard]] const Dce& dce(End modem) const { return modems_[modem].dce; }
  [[nodiscard]] const std::string& name(End modem) const { return modems_[modem].name; }

 private:
  struct Modem {
    std::string name;
    Dce dce;
    bool dtr = false;
  };
  void tell(Time now, End modem, const Event& event);
  void carry_out(Time now, std::vector<ExchangeAction> actions);
  void note(End modem, std::string event, std::vector<std::pair<std::string, Record::Value>> fields = {});
  [[nodiscard]] bool is_socket(End end) const { return end >= modems_.size(); }
  std::vector<Output> finish();

  std::vector<Modem> modems_;
  Exchange exchange_;
  std::vector<std::pair<End, std::string>> sockets_;  // what the open ones lead to
  std::vector<Output> outputs_;
};

}  // namespace emulator
