#include "serialmail/server_memory.h"

#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "serialmail/server_note.h"

namespace serialmail {
namespace {

void warn(const base::Result<void>& done) {
  if (!done) base::log(base::Level::warning, "what the server took is not remembered: " + done.error().text);
}

}  // namespace

ServerMemory::ServerMemory(const base::Directory& maildir, const char* note, std::string address, unsigned port)
    : maildir_(maildir), note_(note), address_(std::move(address)), port_(port) {
  const auto now = base::read_clock().wall_seconds;
  auto kept = read_server_note(maildir_, note_);
  if (address_.empty() || port_ == 0 || !kept || !kept->holds(address_, port_, now, server_kept)) return;
  is_fresh_ = kept->holds(address_, port_, now, server_renewed_after);
  server_ = std::move(kept->text);
}

void ServerMemory::keep(const std::string& server) {
  if (address_.empty() || port_ == 0 || (is_fresh_ && server == server_)) return;
  const ServerNote note{base::read_clock().wall_seconds, address_, port_, server};
  if (note.format().size() > max_server_note_bytes) return;
  warn(write_server_note(maildir_, note_, note));
  server_ = server;
  is_fresh_ = true;
}

void ServerMemory::forget() {
  if (server_.empty()) return;
  server_.clear();
  warn(remove_server_note(maildir_, note_));
}

}  // namespace serialmail
