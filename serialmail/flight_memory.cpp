#include "serialmail/flight_memory.h"

#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "serialmail/server_note.h"

namespace serialmail {
namespace {

constexpr const char* note_name = "flights";

void warn(const base::Result<void>& done) {
  if (!done) base::log(base::Level::warning, "what the server took is not remembered: " + done.error().text);
}

}  // namespace

FlightMemory::FlightMemory(const base::Directory& maildir, std::string address, unsigned port)
    : maildir_(maildir), address_(std::move(address)), port_(port) {
  const auto now = base::read_clock().wall_seconds;
  auto note = read_server_note(maildir_, note_name);
  if (address_.empty() || port_ == 0 || !note || !note->holds(address_, port_, now, flights_kept)) return;
  is_fresh_ = note->holds(address_, port_, now, flights_renewed_after);
  server_ = std::move(note->text);
}

void FlightMemory::keep(const std::string& server) {
  if (address_.empty() || port_ == 0 || (is_fresh_ && server == server_)) return;
  const ServerNote note{base::read_clock().wall_seconds, address_, port_, server};
  if (note.format().size() > max_server_note_bytes) return;
  warn(write_server_note(maildir_, note_name, note));
  server_ = server;
  is_fresh_ = true;
}

void FlightMemory::forget() {
  if (server_.empty()) return;
  server_.clear();
  warn(remove_server_note(maildir_, note_name));
}

}  // namespace serialmail
