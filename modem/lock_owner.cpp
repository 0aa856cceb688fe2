#include "modem/lock_owner.h"

#include <fcntl.h>

#include <array>
#include <sstream>

#include "base/clock.h"
#include "base/io.h"
#include "base/process_stat.h"

namespace modem {
namespace {

constexpr std::size_t max_note_bytes = 256;
constexpr std::size_t max_comm_bytes = 4096;

std::string note_name(const std::string& lock) { return "." + lock + ".owner"; }

}  // namespace

std::string program_of(pid_t pid) {
  auto name = base::read_file("/proc/" + std::to_string(pid) + "/comm", max_comm_bytes).value_or("");
  if (!name.empty() && name.back() == '\n') name.pop_back();
  return name;
}

void note_owner(const base::Directory& directory, const std::string& name, const std::string& program, pid_t pid) {
  const auto stat = base::process_stat(pid);
  const auto boot = base::boot_id();
  const auto lock = directory.stat(name);
  if (!stat || boot.empty() || !lock) return;
  forget_owner(directory, name);
  const auto file = directory.create_exclusive(note_name(name), 0644);
  if (!file) return;
  const std::string text = std::to_string(pid) + " " + std::to_string(stat->start_ticks) + " " + boot + " " +
                           std::to_string(lock->st_ino) + " " + program + "\n";
  if (!base::write_all(*file, text) || ::fchmod(file->get(), 0644) < 0) forget_owner(directory, name);
}

void forget_owner(const base::Directory& directory, const std::string& name) {
  [[maybe_unused]] const auto removed = directory.unlink(note_name(name));
}

std::optional<LockOwner> read_owner(const base::Directory& directory, const std::string& name,
                                    const struct stat& lock) {
  const auto file = directory.open_file(note_name(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  struct stat st {};
  // Anybody can leave a note in a folder that all may write to: only the lock's own maker is believed.
  if (!file || ::fstat(file->get(), &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != lock.st_uid) return std::nullopt;
  std::array<char, max_note_bytes> room;
  const auto count = base::read_at(*file, room, 0);
  if (!count) return std::nullopt;
  LockOwner owner;
  std::istringstream fields(std::string(room.data(), *count));
  if (!(fields >> owner.pid >> owner.started >> owner.boot >> owner.inode)) return std::nullopt;
  fields >> owner.program;
  if (owner.inode != lock.st_ino) return std::nullopt;
  return owner;
}

bool is_another_process(const LockOwner& owner) {
  const auto boot = base::boot_id();
  if (!boot.empty() && boot != owner.boot) return true;
  const auto stat = base::process_stat(owner.pid);
  return stat && stat->start_ticks != owner.started;
}

}  // namespace modem
