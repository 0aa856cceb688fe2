#include "conf/modem.h"

#include "base/log.h"
#include "conf/inheritance.h"
#include "conf/named_file.h"
#include "conf/port_name.h"

namespace conf {
namespace {

constexpr std::int64_t max_speed = 4'000'000;
constexpr std::int64_t max_rings = 20;
constexpr std::size_t max_command_bytes = 255;  // V.250 gives no bound; no modem takes a longer line
constexpr std::size_t max_list = 32;            // of command lines, of texts, of a program's words
constexpr std::string_view no_command = "is no command line of a modem: printable ASCII, at most 255 characters";

void take(TomlTable& table, std::string_view key, std::string& into) {
  if (auto value = table.text(key)) into = *value;
}

void take(TomlTable& table, std::string_view key, std::chrono::milliseconds& into) {
  if (const auto value = table.duration(key)) into = *value;
}

void take_command(TomlTable& table, std::string_view key, std::string& into) {
  take(table, key, into);
  if (!is_command_line(into)) table.complain(key, std::string(no_command));
}

void take_list(TomlTable& table, std::string_view key, std::vector<std::string>& into) {
  if (auto list = table.texts(key)) into = std::move(*list);
  if (into.size() > max_list) table.complain(key, "holds more than " + std::to_string(max_list) + " strings");
}

void take_commands(TomlTable& table, std::string_view key, std::vector<std::string>& into) {
  take_list(table, key, into);
  for (const auto& line : into) {
    if (!is_command_line(line))
      table.complain(key, "holds '" + base::escape(line) + "', which " + std::string(no_command));
  }
}

ModemKind kind_of(const std::string& word) {
  if (word == "3gpp") return ModemKind::cellular;
  if (word == "iridium") return ModemKind::iridium;
  return word == "null" ? ModemKind::null : ModemKind::hayes;
}

void read_commands(TomlTable& table, ModemProfile& modem) {
  take_commands(table, "init", modem.init);
  take_command(table, "dial", modem.dial);
  take_command(table, "answer", modem.answer);
  take_command(table, "hangup_command", modem.hangup_command);
  take_command(table, "escape_off", modem.escape_off);
  take_command(table, "reset", modem.reset);
  take_command(table, "report", modem.report);
  take_commands(table, "identify", modem.identify);
  take_list(table, "matches", modem.matches);
  for (const auto& text : modem.matches) {
    if (text.empty() || !is_command_line(text)) table.complain("matches", "holds what no modem says of itself");
  }
  if (modem.kind == ModemKind::cellular || modem.kind == ModemKind::iridium) modem.restart = "AT+CFUN=1,1";
  take_command(table, "restart", modem.restart);
}

// What a base says to modems is passed over.
void read_null_modem(TomlTable& table, ModemProfile& modem) {
  for (const auto* key : {"init", "dial", "answer", "hangup_command", "escape_off", "reset", "report", "identify",
                          "matches", "restart"}) {
    if (table.has_own(key)) table.complain(key, "means nothing to kind \"null\", which takes no commands");
  }
  for (auto* list : {&modem.init, &modem.identify, &modem.matches}) list->clear();
  for (auto* line : {&modem.dial, &modem.answer, &modem.hangup_command, &modem.escape_off, &modem.reset, &modem.report,
                     &modem.restart}) {
    line->clear();
  }
  if (modem.hangup == HangUp::escape && table.has_own("hangup"))
    table.complain("hangup", "cannot be \"escape\" where kind is \"null\", which takes no commands");
  modem.hangup = HangUp::dtr;
}

void read_recovery(TomlTable& table, ModemProfile& modem) {
  take_list(table, "power_hook", modem.power_hook);
  for (const auto& word : modem.power_hook) {
    if (word.find('\0') != std::string::npos) table.complain("power_hook", "holds a NUL");
  }
  if (!modem.power_hook.empty() && !modem.power_hook.front().starts_with('/'))
    table.complain("power_hook", "begins with no absolute path of a program");
  take(table, "power_timeout", modem.power_timeout);
  take(table, "restart_time", modem.restart_time);
  take(table, "recovery_interval", modem.recovery_interval);
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
  if (const auto kind = table.choice("kind", {"hayes", "3gpp", "iridium", "null"})) modem.kind = kind_of(*kind);
  read_commands(table, modem);
  if (const auto how = table.choice("hangup", {"dtr", "escape"})) {
    modem.hangup = *how == "dtr" ? HangUp::dtr : HangUp::escape;
  }
  if (is_raw) leave_lines_to_server(table, modem);
  if (modem.kind == ModemKind::null) read_null_modem(table, modem);
  modem.carrier_detect = modem.kind != ModemKind::null;
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
  read_recovery(table, modem);
  if (!modem.lock_dir.starts_with('/')) table.complain("lock_dir", "is no absolute path");
  if (auto* cellular = table.table("cellular")) modem.cellular = read_cellular(*cellular);
  const bool is_cellular = modem.kind == ModemKind::cellular || modem.kind == ModemKind::iridium;
  if (table.has_own("cellular") && !is_cellular)
    table.complain("cellular", "means nothing but to kind \"3gpp\" and \"iridium\"");
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
  modem.cellular.pin_file = places.named_path(modem.cellular.pin_file);
  modem.cellular.memory = places.modem_state_dir();
  return modem;
}

}  // namespace conf
