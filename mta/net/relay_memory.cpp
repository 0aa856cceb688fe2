#include "mta/net/relay_memory.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/io.h"
#include "base/log.h"
#include "base/private_file.h"
#include "base/secret.h"
#include "conf/text.h"

namespace net {
namespace {

constexpr const char* address_name = "address";
constexpr const char* ticket_name = "ticket";
constexpr const char* parked_name = "parked";
constexpr mode_t folder_mode = 0700;
constexpr mode_t file_mode = 0600;
constexpr std::size_t max_file_bytes = 64 * 1024;

void warn(const conf::RelayProfile& relay, const base::Failure& failure) {
  base::log(base::Level::warning, "relay " + relay.name + ": going on without its memory: " + failure.text);
}

constexpr std::int64_t nanoseconds = 1'000'000'000;

// When the file's content or rights were changed last, in nanoseconds; 0 where there is none.
std::int64_t changed_at(const std::string& path) {
  struct stat st {};
  return !path.empty() && ::stat(path.c_str(), &st) == 0 ? st.st_ctim.tv_sec * nanoseconds + st.st_ctim.tv_nsec : 0;
}

}  // namespace

RelayMemory RelayMemory::open(const conf::Places& places, const conf::RelayProfile& relay) {
  RelayMemory memory(relay);
  const auto path = places.relay_state_dir(relay.name);
  const auto made = base::make_path(path, folder_mode);
  auto folder = made ? base::Directory::open(path) : base::Result<base::Directory>(made.error());
  if (folder) {
    memory.folder_ = std::move(*folder);
  } else {
    warn(relay, folder.error());
  }
  return memory;
}

std::string RelayMemory::read(const char* name) const {
  if (!folder_) return {};
  const auto fd = base::open_private_file(folder_->path() + "/" + name);
  if (!fd) return {};
  auto text = base::read_all(*fd, max_file_bytes, name);
  return text ? std::move(*text) : std::string();
}

void RelayMemory::write(const char* name, std::string_view bytes) {
  if (!folder_) return;
  // Flushes of two spools may use one relay at the same time.
  if (::flock(folder_->fd().get(), LOCK_EX) < 0) return warn(relay_, base::system_failure("lock " + folder_->path()));
  const auto written = base::replace_file(*folder_, name, bytes, file_mode);
  ::flock(folder_->fd().get(), LOCK_UN);
  if (!written) warn(relay_, written.error());
}

std::optional<KnownAddress> RelayMemory::address() const {
  const auto text = read(address_name);
  const auto words = conf::words_of(conf::without_trailing_blanks(text));
  if (words.size() != 2) return std::nullopt;
  const auto host = conf::parse_relay_host(words[0], 0);
  if (!host || std::find(relay_.hosts.begin(), relay_.hosts.end(), *host) == relay_.hosts.end()) return std::nullopt;
  return KnownAddress{*host, std::string(words[1])};
}

void RelayMemory::remember_address(const KnownAddress& known) {
  const auto line = known.host.text() + " " + known.address + "\n";
  if (read(address_name) != line) write(address_name, line);
}

std::string RelayMemory::ticket_key(const conf::RelayHost& host) const {
  return host.text() + " " + std::to_string(changed_at(relay_.ca)) + " " + relay_.ca + "\n";
}

std::string RelayMemory::ticket(const conf::RelayHost& host) const {
  auto text = read(ticket_name);
  const auto key = ticket_key(host);
  std::string ticket = text.starts_with(key) ? text.substr(key.size()) : "";
  base::wipe(text);
  return ticket;
}

void RelayMemory::remember_ticket(const conf::RelayHost& host, std::string_view ticket) {
  if (ticket.empty()) return;
  const auto key = ticket_key(host);
  std::string text;
  text.reserve(key.size() + ticket.size());
  text.append(key).append(ticket);
  write(ticket_name, text);
  base::wipe(text);
}

std::optional<std::string> RelayMemory::parked(std::int64_t now) const {
  if (!folder_) return std::nullopt;
  const auto since = changed_at(folder_->path() + "/" + parked_name);
  const auto age = now - since / nanoseconds;
  const bool is_recent = since != 0 && age >= 0 && age < std::chrono::seconds(parking_time).count();
  const bool is_changed = changed_at(relay_.file) > since || (relay_.auth && changed_at(relay_.auth->secret) > since);
  if (!is_recent || is_changed) return std::nullopt;
  const auto text = read(parked_name);
  return text.substr(0, text.find('\n'));
}

void RelayMemory::park(const std::string& why) { write(parked_name, why + "\n"); }

void RelayMemory::unpark() { forget(parked_name); }

void RelayMemory::forget_ticket() { forget(ticket_name); }

void RelayMemory::forget(const char* name) {
  if (folder_ && folder_->exists(name)) [[maybe_unused]]
    const auto removed = folder_->unlink(name);
}

}  // namespace net
