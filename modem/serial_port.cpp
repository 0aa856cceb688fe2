// The one file that knows libserialport.
#include <fcntl.h>
#include <libserialport.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <algorithm>
#include <array>

#include "base/directory.h"
#include "modem/back_ends.h"
#include "modem/device.h"

namespace modem {
namespace {

using namespace std::chrono_literals;

constexpr auto break_time = 300ms;

struct FreePort {
  void operator()(sp_port* port) const { ::sp_free_port(port); }
};
struct FreeConfig {
  void operator()(sp_port_config* config) const { ::sp_free_config(config); }
};
struct FreeList {
  void operator()(sp_port** list) const { ::sp_free_port_list(list); }
};
using PortHandle = std::unique_ptr<sp_port, FreePort>;
using Config = std::unique_ptr<sp_port_config, FreeConfig>;

// The system's error behind a result; what the library itself refuses is an invalid argument.
int error_of(sp_return result) {
  switch (result) {
    case SP_ERR_FAIL:
      return ::sp_last_error_code();
    case SP_ERR_MEM:
      return ENOMEM;
    case SP_ERR_ARG:
    case SP_ERR_SUPP:
    case SP_OK:
      return EINVAL;
  }
  return EINVAL;
}

base::Result<void> checked(sp_return result, const std::string& what) {
  if (result < 0) return base::system_failure(what, error_of(result));
  return {};
}

PortHandle port_by_name(const std::string& device) {
  sp_port* port = nullptr;
  if (::sp_get_port_by_name(device.c_str(), &port) != SP_OK) return nullptr;
  return PortHandle(port);
}

Config new_config() {
  sp_port_config* config = nullptr;
  return ::sp_new_config(&config) == SP_OK ? Config(config) : nullptr;
}

sp_flowcontrol flow_of(conf::FlowControl flow) {
  switch (flow) {
    case conf::FlowControl::none:
      return SP_FLOWCONTROL_NONE;
    case conf::FlowControl::rts_cts:
      return SP_FLOWCONTROL_RTSCTS;
    case conf::FlowControl::xon_xoff:
      return SP_FLOWCONTROL_XONXOFF;
  }
  return SP_FLOWCONTROL_NONE;
}

class SerialPort final : public Port {
 public:
  SerialPort(PortHandle port, int descriptor, FoundDevice found, const PortSettings& settings)
      : Port(base::Fd(descriptor), std::move(found.device)),
        settings_(settings),
        port_(std::move(port)),
        flock_(std::move(found.fd)),
        before_(found.modes) {}
  ~SerialPort() override;

  base::Result<void> configure();

  void unclaim() override;
  base::Result<void> claim() override;
  base::Result<std::optional<ModemLines>> lines() override;
  base::Result<void> set_dtr(bool on) override;
  base::Result<void> follow_carrier(bool on) override;
  [[nodiscard]] bool must_poll_carrier() const override { return follows_; }
  base::Result<void> send_break() override;

 private:
  PortSettings settings_;
  PortHandle port_;
  base::Fd flock_;  // the port opened a second time: the lock goes with it
  LineModes before_;
  bool follows_ = false;
};

SerialPort::~SerialPort() {
  if (claimed_) {
    ::tcflush(fd_.get(), TCIOFLUSH);
    set_hang_up_on_close(before_);
    [[maybe_unused]] const auto restored = write_modes(fd_, before_, device());
    unclaim_device(fd_);
  }
  fd_.release();  // the library closes it
  ::sp_close(port_.get());
}

base::Result<void> SerialPort::configure() {
  const auto config = new_config();
  if (!config) return base::system_failure("set up " + device(), ENOMEM);
  if (settings_.speed) ::sp_set_config_baudrate(config.get(), static_cast<int>(*settings_.speed));
  ::sp_set_config_bits(config.get(), 8);
  ::sp_set_config_parity(config.get(), SP_PARITY_NONE);
  ::sp_set_config_stopbits(config.get(), 1);
  ::sp_set_config_flowcontrol(config.get(), flow_of(settings_.flow));
  if (auto set = checked(::sp_set_config(port_.get(), config.get()), "set up " + device()); !set) return set;
  // What it leaves as it was found or has no word for: IXANY, HUPCL, reads that end only with an octet. And whether the
  // driver took it all.
  auto modes = read_modes(fd_, device());
  if (!modes) return modes.error();
  make_raw(*modes, settings_.flow);
  if (settings_.speed) set_speed(*modes, *settings_.speed);
  return set_modes(fd_, *modes, device());
}

void SerialPort::unclaim() {
  claimed_ = false;
  unclaim_device(fd_);
  free_device(flock_);
}

base::Result<void> SerialPort::claim() {
  if (auto reserved = reserve_device(flock_, device()); !reserved) return reserved;
  if (auto claimed = claim_device(fd_, device()); !claimed) return claimed;
  claimed_ = true;
  return configure();
}

base::Result<std::optional<ModemLines>> SerialPort::lines() {
  const std::string what = "read the modem lines of " + device();
  sp_signal signals{};
  if (auto got = checked(::sp_get_signals(port_.get(), &signals), what); !got) return got.error();
  const auto config = new_config();
  if (!config) return base::system_failure(what, ENOMEM);
  if (auto got = checked(::sp_get_config(port_.get(), config.get()), what); !got) return got.error();
  sp_dtr dtr = SP_DTR_OFF;
  sp_rts rts = SP_RTS_OFF;
  ::sp_get_config_dtr(config.get(), &dtr);
  ::sp_get_config_rts(config.get(), &rts);
  const auto is_on = [&](sp_signal bit) { return (static_cast<unsigned>(signals) & static_cast<unsigned>(bit)) != 0; };
  return std::optional(ModemLines{.dtr = dtr != SP_DTR_OFF,
                                  .rts = rts != SP_RTS_OFF,
                                  .cts = is_on(SP_SIG_CTS),
                                  .dsr = is_on(SP_SIG_DSR),
                                  .dcd = is_on(SP_SIG_DCD),
                                  .ri = is_on(SP_SIG_RI)});
}

base::Result<void> SerialPort::set_dtr(bool on) {
  return checked(::sp_set_dtr(port_.get(), on ? SP_DTR_ON : SP_DTR_OFF), "set DTR of " + device());
}

// The library keeps CLOCAL on, so that no read ever ends with the carrier: whoever follows it must ask.
base::Result<void> SerialPort::follow_carrier(bool on) {
  follows_ = on;
  return {};
}

base::Result<void> SerialPort::send_break() {
  if (auto begun = checked(::sp_start_break(port_.get()), "send a break on " + device()); !begun) return begun;
  [[maybe_unused]] const auto waited = base::pause(base::Deadline::after(break_time), nullptr);
  return checked(::sp_end_break(port_.get()), "end the break on " + device());
}

std::string text_of(const char* text) { return text ? text : ""; }

std::string transport_of(const sp_port* port) {
  switch (::sp_get_port_transport(port)) {
    case SP_TRANSPORT_NATIVE:
      return "native";
    case SP_TRANSPORT_USB:
      return "USB";
    case SP_TRANSPORT_BLUETOOTH:
      return "Bluetooth";
  }
  return {};
}

std::string usb_of(const sp_port* port) {
  int vendor = 0;
  int product = 0;
  if (::sp_get_port_transport(port) != SP_TRANSPORT_USB || ::sp_get_port_usb_vid_pid(port, &vendor, &product) != SP_OK)
    return {};
  std::array<char, 16> ids{};
  ::snprintf(ids.data(), ids.size(), "%04x:%04x", static_cast<unsigned>(vendor) & 0xffffU,
             static_cast<unsigned>(product) & 0xffffU);
  const auto serial = text_of(::sp_get_port_usb_serial(port));
  return ids.data() + (serial.empty() ? serial : " serial " + serial);
}

// Names that stay when the port is plugged in again, with the device that each leads to.
std::vector<std::pair<std::string, std::string>> lasting_names() {
  std::vector<std::pair<std::string, std::string>> found;
  for (const std::string folder : {"/dev/serial/by-id", "/dev/serial/by-path"}) {
    const auto directory = base::Directory::open(folder);
    if (!directory) continue;
    const auto names = directory->list();
    if (!names) continue;
    for (const auto& name : *names) {
      const std::string link = folder + "/" + name;
      if (const auto device = resolve_device(link)) found.emplace_back(link, *device);
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

bool serialport_knows(const std::string& device) { return port_by_name(device) != nullptr; }

base::Result<std::unique_ptr<Port>> open_serialport(FoundDevice found, const PortSettings& settings) {
  auto handle = port_by_name(found.device);
  if (!handle)
    return base::Failure{base::FailureKind::permanent,
                         "open " + found.device + ": libserialport does not know it; the tty back end may", ENOTTY};
  if (const auto opened = ::sp_open(handle.get(), SP_MODE_READ_WRITE); opened != SP_OK) {
    const int error = error_of(opened);
    [[maybe_unused]] const auto restored = write_modes(found.fd, found.modes, found.device);
    return device_failure(found.device, error);
  }
  int descriptor = -1;
  if (::sp_get_port_handle(handle.get(), &descriptor) != SP_OK) {
    ::sp_close(handle.get());
    return device_failure(found.device, ENODEV);
  }
  auto port = std::make_unique<SerialPort>(std::move(handle), descriptor, std::move(found), settings);
  // Version 0.1.1 leaves it to be inherited, and a child of ours would keep the line up.
  if (::fcntl(port->fd().get(), F_SETFD, FD_CLOEXEC) < 0) return base::system_failure("open " + port->device());
  if (auto claimed = claim_device(port->fd(), port->device()); !claimed) return claimed.error();
  if (auto set = port->configure(); !set) return set.error();
  if (auto flushed = port->flush_input(); !flushed) return flushed.error();
  return std::unique_ptr<Port>(std::move(port));
}

std::vector<std::string> lasting_names_of(const std::string& device) {
  std::vector<std::string> links;
  for (auto& [link, leads_to] : lasting_names()) {
    if (leads_to == device) links.push_back(std::move(link));
  }
  return links;
}

base::Result<std::vector<PortInfo>> list_ports() {
  sp_port** found = nullptr;
  if (auto listed = checked(::sp_list_ports(&found), "list the serial ports"); !listed) return listed.error();
  const std::unique_ptr<sp_port*, FreeList> list(found);
  const auto names = lasting_names();
  std::vector<PortInfo> ports;
  for (sp_port* const* port = found; *port; ++port) {
    PortInfo info{text_of(::sp_get_port_name(*port)),
                  text_of(::sp_get_port_description(*port)),
                  transport_of(*port),
                  usb_of(*port),
                  {}};
    // Where it knows none it gives the name again.
    if (info.device.ends_with("/" + info.description)) info.description.clear();
    for (const auto& [link, device] : names) {
      if (device == info.device) info.links.push_back(link);
    }
    ports.push_back(std::move(info));
  }
  std::sort(ports.begin(), ports.end(), [](const auto& a, const auto& b) { return a.device < b.device; });
  return ports;
}

}  // namespace modem
