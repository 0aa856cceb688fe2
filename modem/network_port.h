// What both kinds of ports behind a server on the network have in common: a connection in place of a tty.
#pragma once

#include <chrono>
#include <string>

#include "conf/port_name.h"
#include "modem/carrier_text.h"
#include "modem/port.h"

namespace modem {

class NetworkPort : public Port {
 public:
  base::Result<void> flush_input() override;
  // What is on its way to the server cannot be called back.
  base::Result<void> flush_output() override { return {}; }
  base::Result<void> follow_carrier(bool /*on*/) override { return {}; }
  [[nodiscard]] bool must_poll_carrier() const override { return true; }
  bool said_no_carrier() override;
  [[nodiscard]] std::string end_reason() const override { return "the server closed the connection"; }

 protected:
  NetworkPort(base::Fd fd, const conf::PortName& name) : Port(std::move(fd), name.canonical()) {}
  ssize_t take(std::span<char> into) override;
  ssize_t give(std::string_view bytes) override;
  // What has come from the line, on its way to the reader.
  void note(std::string_view octets);

 private:
  CarrierText text_;
};

// The failure is temporary and names the port.
base::Result<base::Fd> connect_server(const conf::PortName& name);

}  // namespace modem
