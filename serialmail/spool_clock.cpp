#include "serialmail/spool_clock.h"

#include "base/clock.h"
#include "mta/mail/spool_journal.h"

namespace serialmail {
namespace {

constexpr const char* clock_name = "clock";
constexpr std::size_t max_clock_bytes = 64 * 1024;
constexpr mode_t file_bits = 0660;

}  // namespace

SpoolClock SpoolClock::load(const base::Directory& maildir) {
  SpoolClock clock;
  clock.boot_id_ = base::boot_id();
  const auto text = base::read_file(maildir, std::string(mail::spool_folder) + "/" + clock_name, max_clock_bytes);
  if (text) clock.floor_ = mail::ClockFloor::parse(*text);
  clock.observe();
  return clock;
}

void SpoolClock::observe() {
  const auto reading = base::read_clock();
  now_ = reading.wall_seconds;
  floor_.observe(reading, boot_id_);
}

base::Result<void> SpoolClock::save(const base::Directory& maildir) {
  observe();
  const auto folder = mail::make_spool_folder(maildir);
  if (!folder) return folder.error();
  const auto own = folder->stat(".");
  if (!own) return own.error();
  auto saved = base::replace_file(*folder, clock_name, floor_.format(), own->st_mode & file_bits);
  if (saved) floor_.mark_written();
  return saved;
}

}  // namespace serialmail
