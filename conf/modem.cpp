#include "conf/modem.h"

#include "conf/inheritance.h"
#include "conf/named_file.h"
#include "conf/port_name.h"

namespace conf {
namespace {

constexpr std::int64_t max_speed = 4'000'000;
constexpr std::int64_t max_rings = 20;
constexpr std::size_t max_command_bytes = 255;  // V.250 gives no bound; no modem takes a longer line

void take(TomlTable& table, std::string_view key, std::string& into) {
  if (auto value = table.text(key)) into = *value;
}

void take(TomlTable& table, std::string_view key, std::chrono::milliseconds& into) {
  if (const auto value = table.duration(key)) into = *value;
}

void take_command(TomlTable& table, std::string_view key, std::string& into) {
  take(table, key, into);
  if (!is_command_line(into))
    table.complain(key, "is no command line of a modem: printable ASCII, at most 255 characters");
}

// Octets alone: the server has the port's speed and its lines for itself. What a base says of them holds for other
// ports.
void leave_lines_to_server(TomlTable& table, ModemProfile& modem) {
  for (const auto* key : {"speed", "flow"}) {
    if (table.has_own(key)) table.complain(key, "is the server's to set over tcp:, see rfc2217:");
  }
  if (modem.hangup == HangUp::dtr && table.has_own("hangup"))
    table.complain("hangup", "cannot be \"dtr\" over tcp:, which has no such line");
  modem.speed.reset();
  modem.flow = FlowControl::none;
  modem.hangup = HangUp::escape;
}

}  // namespace

bool is_command_line(std::string_view text) {
  if (text.size() > max_command_bytes) return false;
  for (const char c : text) {
    if (c < ' ' || c > '~') return false;
  }
  return true;
}

std::optional<FlowControl> parse_flow(std::string_view text) {
  if (text == "none") return FlowControl::none;
  if (text == "rts/cts") return FlowControl::rts_cts;
  if (text == "xon/xoff") return FlowControl::xon_xoff;
  return std::nullopt;
}

ModemProfile read_modem(TomlTable& table, Need need_of_port) {
  ModemProfile modem;
  const auto port = table.text("port", need_of_port);
  const auto port_name = parse_port_name(port.value_or("/dev"));
  if (!port_name) table.complain("port", port_name.error().text);
  const bool is_raw = port_name && port_name->kind == PortKind::tcp;
  modem.port = port.value_or("");
  if (const auto speed = table.integer("speed", 50, max_speed)) modem.speed = static_cast<unsigned>(*speed);
  if (const auto flow = table.choice("flow", {"none", "rts/cts", "xon/xoff"}))
    modem.flow = parse_flow(*flow).value_or(modem.flow);
  if (auto init = table.texts("init")) modem.init = std::move(*init);
  for (const auto& line : modem.init) {
    if (!is_command_line(line)) table.complain("init", "holds what is no command line of a modem");
  }
  take_command(table, "dial", modem.dial);
  take_command(table, "answer", modem.answer);
  take_command(table, "escape_off", modem.escape_off);
  if (const auto how = table.choice("hangup", {"dtr", "escape"})) {
    modem.hangup = *how == "dtr" ? HangUp::dtr : HangUp::escape;
  }
  if (is_raw) leave_lines_to_server(table, modem);
  if (const auto wired = table.boolean("carrier_detect")) modem.carrier_detect = *wired;
  if (const auto rings = table.integer("rings", 1, max_rings)) modem.rings = static_cast<int>(*rings);
  take(table, "settle", modem.settle);
  take(table, "command_timeout", modem.command_timeout);
  take(table, "command_pause", modem.command_pause);
  take(table, "reset_pause", modem.reset_pause);
  take(table, "pace", modem.pace);
  take(table, "dtr_low", modem.dtr_low);
  take(table, "carrier_off", modem.carrier_off);
  take(table, "guard_time", modem.guard_time);
  take(table, "connect_timeout", modem.connect_timeout);
  take(table, "lock_dir", modem.lock_dir);
  if (!modem.lock_dir.starts_with('/')) table.complain("lock_dir", "is no absolute path");
  return modem;
}

base::Result<ModemProfile> load_modem(const Places& places, const std::string& name, Need port) {
  auto path = named_file(places.modems_dir(), name, "modem");
  if (!path) return path.error();
  auto file = load_with_bases(*path, "modem profile");
  if (!file) return file.error();
  auto modem = read_modem(file->top(), port);
  if (auto done = file->finish(); !done) return done.error();
  modem.name = name;
  modem.file = *path;
  return modem;
}

}  // namespace conf
