#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/clock.h"
#include "base/directory.h"
#include "conf/clock_file.h"
#include "conf/named_file.h"
#include "conf/text.h"
#include "pppctl/check/collect.h"
#include "pppctl/check/judge.h"
#include "pppctl/ppp/peers.h"

namespace pppctl::check {
namespace {

constexpr std::size_t max_host_file = 256 * 1024;
constexpr std::size_t max_cmdline = 4096;
constexpr std::size_t max_environment = 128 * 1024;

std::optional<std::string> text_of(const std::string& path, std::size_t max_bytes = max_host_file) {
  auto text = base::read_file(path, max_bytes);
  return text ? std::optional(std::move(*text)) : std::nullopt;
}

std::string first_line(const std::string& path) {
  const auto text = text_of(path).value_or("");
  return text.substr(0, text.find('\n'));
}

// Processes for which the test is true; their folder below /proc is given.
std::optional<std::int64_t> find_process(const Host& host, const std::function<bool(const std::string&)>& is_it) {
  const auto proc = base::Directory::open(host.root + "/proc");
  const auto names = proc ? proc->list() : base::Result<std::vector<std::string>>(proc.error());
  if (!names) return {};
  for (const auto& name : *names) {
    const auto pid = conf::decimal(name);
    if (pid && is_it(host.root + "/proc/" + name)) return static_cast<std::int64_t>(*pid);
  }
  return {};
}

std::vector<std::string> words_between_nuls(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto end = std::min(text.find('\0'), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

// A daemon of ours works on the same configuration; another's is none of our business.
bool is_daemon(const std::string& folder, const conf::Places& places) {
  const auto argv = words_between_nuls(text_of(folder + "/cmdline", max_cmdline).value_or(""));
  const auto is_pppctl = [](const std::string& word) { return word == "pppctl" || word.ends_with("/pppctl"); };
  const auto program = std::find_if(argv.begin(), argv.end(), is_pppctl);
  if (program == argv.end() || std::find(program, argv.end(), "daemon") == argv.end()) return false;
  const auto environment = text_of(folder + "/environ", max_environment);
  if (!environment) return true;
  std::string config = conf::Places().config;
  for (const auto& entry : words_between_nuls(*environment)) {
    constexpr std::string_view name = "OFFHOOK_CONFIG=";
    if (entry.size() > name.size() && entry.starts_with(name)) config = entry.substr(name.size());
  }
  return config == places.config;
}

void add_crontab(const Host& host, const std::string& path, ScheduleFacts& facts) {
  const auto text = base::read_file(host.root + path, max_host_file);
  if (!text) {
    if (text.error().error != ENOENT) facts.unreadable.push_back(path);
    return;
  }
  for (auto& line : cron_lines(*text, path)) facts.cron.push_back(std::move(line));
}

void add_crontabs(const Host& host, const std::string& folder, ScheduleFacts& facts) {
  const auto names = conf::names_in(host.root + folder, "");
  if (!names) {
    facts.unreadable.push_back(folder);
    return;
  }
  for (const auto& name : *names) add_crontab(host, folder + "/" + name, facts);
}

}  // namespace

SpaceFacts look_at_space(const std::string& path) {
  SpaceFacts facts;
  facts.path = path;
  struct statvfs st {};
  if (::statvfs(path.c_str(), &st) < 0) {
    facts.octets_free = UINT64_MAX;  // a folder that is not there is another's finding
    return facts;
  }
  facts.octets_free = st.f_bavail * st.f_frsize;
  facts.octets_total = st.f_blocks * st.f_frsize;
  facts.inodes_free = st.f_favail;
  facts.inodes_total = st.f_files;
  return facts;
}

ClockFacts look_at_clock(const conf::Places& places) {
  ClockFacts facts;
  facts.now = base::read_clock().wall_seconds;
  facts.floor = conf::read_clock_floor(places);
  return facts;
}

ScheduleFacts look_at_schedule(const Host& host, const conf::Places& places) {
  ScheduleFacts facts;
  add_crontab(host, "/etc/crontab", facts);
  add_crontabs(host, "/etc/cron.d", facts);
  add_crontabs(host, "/var/spool/cron/crontabs", facts);
  add_crontabs(host, "/var/spool/cron", facts);
  std::erase(facts.unreadable, "/var/spool/cron/crontabs");
  facts.daemon = find_process(host, [&](const std::string& folder) { return is_daemon(folder, places); });
  return facts;
}

ModemManagerFacts look_at_modem_manager(const Host& host, const std::string& device) {
  ModemManagerFacts facts;
  facts.pid =
      find_process(host, [](const std::string& folder) { return first_line(folder + "/comm") == "ModemManager"; });
  facts.device = device;
  const auto name = device.substr(device.rfind('/') + 1);
  std::error_code error;
  // From the tty up to the USB device that it is a part of.
  auto folder = std::filesystem::canonical(host.root + "/sys/class/tty/" + name + "/device", error);
  while (!error && folder.has_relative_path() && facts.vendor.empty()) {
    facts.vendor = first_line(folder.string() + "/idVendor");
    facts.product = first_line(folder.string() + "/idProduct");
    folder = folder.parent_path();
  }
  for (const char* rules : {"/etc/udev/rules.d", "/run/udev/rules.d", "/usr/lib/udev/rules.d", "/lib/udev/rules.d"}) {
    const auto names = conf::names_in(host.root + rules, ".rules");
    if (!names) continue;
    for (const auto& file : *names) {
      const auto text = text_of(host.root + rules + "/" + file + ".rules");
      facts.has_rule = facts.has_rule || (text && keeps_modem_manager_off(*text, name, facts.vendor, facts.product));
    }
  }
  return facts;
}

PppFacts look_at_ppp(const Host& host, const ppp::LinkOptions& options) {
  PppFacts facts;
  struct stat st {};
  const auto pppd = host.root + options.ppp.pppd;
  if (::stat(pppd.c_str(), &st) == 0) {
    facts.program = options.ppp.pppd;
    const bool becomes_root = (st.st_mode & S_ISUID) != 0 && st.st_uid == 0;
    facts.may_dial = ::access(pppd.c_str(), X_OK) == 0 && (becomes_root || ::geteuid() == 0);
  }
  facts.has_driver = ::stat((host.root + "/dev/ppp").c_str(), &st) == 0 ||
                     ::stat((host.root + "/sys/module/ppp_generic").c_str(), &st) == 0;
  facts.needs_peers = ::geteuid() != 0;
  facts.peers = look_at_path(host.root + ppp::peers_dir + "/" + ppp::peers_name(options.link));
  if (const auto text = text_of(facts.peers.path)) facts.fits = *text == ppp::peers_text(options);
  return facts;
}

}  // namespace pppctl::check
