#include "modem/emulator/lines_file.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <utility>

#include "base/fd.h"

namespace emulator {
namespace {

constexpr std::size_t file_bytes = 8;
static_assert(std::atomic_ref<std::uint32_t>::is_always_lock_free);

std::atomic_ref<std::uint32_t> word(void* memory, std::size_t index) {
  return std::atomic_ref<std::uint32_t>(static_cast<std::uint32_t*>(memory)[index]);
}

}  // namespace

base::Result<LinesFile> LinesFile::open(const std::string& file) {
  auto fd = base::open_file(file, O_RDWR | O_CREAT, 0666);
  if (!fd) return fd.error();
  if (::ftruncate(fd->get(), file_bytes) < 0) return base::system_failure("size " + file);
  void* memory = ::mmap(nullptr, file_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd->get(), 0);
  if (memory == MAP_FAILED) return base::system_failure("map " + file);
  return LinesFile(memory);
}

LinesFile::LinesFile(LinesFile&& other) noexcept : memory_(std::exchange(other.memory_, nullptr)) {}

LinesFile& LinesFile::operator=(LinesFile&& other) noexcept {
  std::swap(memory_, other.memory_);
  return *this;
}

LinesFile::~LinesFile() {
  if (memory_ != nullptr) ::munmap(memory_, file_bytes);
}

bool LinesFile::dtr() const { return (word(memory_, 1).load() & TIOCM_DTR) != 0; }

void LinesFile::set(bool clear_to_send, bool carrier, bool data_set_ready, bool ring) {
  std::uint32_t bits = clear_to_send ? TIOCM_CTS : 0;
  if (carrier) bits |= TIOCM_CAR;
  if (data_set_ready) bits |= TIOCM_DSR;
  if (ring) bits |= TIOCM_RNG;
  word(memory_, 0).store(bits);
}

}  // namespace emulator
