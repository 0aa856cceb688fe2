// Makes a pty pass for a serial device with modem lines, so that libserialport opens it unchanged. Preloaded, or linked
// into a test:
//
//     OFFHOOK_SHIM_PORT=/dev/ttyEMU0=LINK   the device's name, and where the pty is to be found at each opening
//     OFFHOOK_SHIM_LINES=FILE               8 octets: the lines that the modem drives, and at 4 those that we drive,
//     both as
//                                           TIOCM_ bits in a little-endian 32-bit word
//
// It answers for the device in /dev and its entry in /sys/class/tty, and the modem lines' ioctls on descriptors that
// were opened by that name. As a driver does it raises DTR and RTS at the opening, and drops them at the last close
// under HUPCL; a process that is killed cannot do that: whoever holds the master sees the pty's close.
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

// The names by which older objects and fortified ones call the same functions.
extern "C" {
int shim_old_lstat(int version, const char* path, struct stat* st) asm("__lxstat");
int shim_open_2(const char* path, int flags) asm("__open_2");
ssize_t shim_readlink_chk(const char* path, char* into, size_t size, size_t room) asm("__readlink_chk");
char* shim_realpath_chk(const char* path, char* into, size_t room) asm("__realpath_chk");
}

namespace {

constexpr std::string_view dev = "/dev/";
constexpr std::string_view class_folder = "/sys/class/tty/";
constexpr std::string_view class_target = "../../devices/platform/emulated/tty/";
constexpr std::uint32_t driven_by_us = TIOCM_DTR | TIOCM_RTS;
constexpr off_t modem_word = 0, our_word = 4;
constexpr int look_every_ms = 5;
constexpr std::size_t max_descriptors = 1024;

template <class Function>
Function* next(Function* /*for its type*/, const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

struct Mapping {
  std::string device;
  std::string link;
};

std::optional<Mapping> mapping() {
  const char* value = ::getenv("OFFHOOK_SHIM_PORT");
  const char* equals = value ? ::strchr(value, '=') : nullptr;
  if (!equals) return std::nullopt;
  return Mapping{{value, equals}, equals + 1};
}

bool is_device(const char* path) {
  const auto mapped = mapping();
  return mapped && path && mapped->device == path;
}

std::string device_name() { return mapping()->device.substr(dev.size()); }

bool is_class_entry(const char* path) {
  const auto mapped = mapping();
  return mapped && path && mapped->device.starts_with(dev) && path == std::string(class_folder) + device_name();
}

// Which descriptors lead to the device, by the pty's number: a descriptor that was closed unseen may be anything by
// now.
std::array<dev_t, max_descriptors> opened{};

bool is_ours(int fd) {
  if (fd < 0 || static_cast<std::size_t>(fd) >= max_descriptors || !opened[static_cast<std::size_t>(fd)]) return false;
  struct stat st {};
  return ::fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == opened[static_cast<std::size_t>(fd)];
}

int real_open(const char* path, int flags, mode_t mode) { return next(&::open, "open")(path, flags, mode); }
int real_close(int fd) { return next(&::close, "close")(fd); }

class LinesFile {
 public:
  LinesFile() {
    const char* name = ::getenv("OFFHOOK_SHIM_LINES");
    if (name) fd_ = real_open(name, O_RDWR | O_CLOEXEC, 0);
  }
  ~LinesFile() {
    if (fd_ >= 0) real_close(fd_);
  }
  LinesFile(const LinesFile&) = delete;
  LinesFile& operator=(const LinesFile&) = delete;

  [[nodiscard]] std::uint32_t word(off_t at) const {
    std::array<unsigned char, 4> octets{};
    if (::pread(fd_, octets.data(), octets.size(), at) < 0) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = octets.size(); i-- > 0;) value = value << 8U | octets[i];
    return value;
  }
  bool set_ours(std::uint32_t value) const {
    std::array<unsigned char, 4> octets{};
    for (auto& octet : octets) {
      octet = static_cast<unsigned char>(value & 0xffU);
      value >>= 8U;
    }
    return ::pwrite(fd_, octets.data(), octets.size(), our_word) == static_cast<ssize_t>(octets.size());
  }

 private:
  int fd_ = -1;
};

int open_pty(int flags, mode_t mode) {
  const int fd = real_open(mapping()->link.c_str(), flags, mode);
  struct stat st {};
  if (fd < 0 || static_cast<std::size_t>(fd) >= max_descriptors || ::fstat(fd, &st) < 0) return fd;
  opened[static_cast<std::size_t>(fd)] = st.st_rdev;
  const LinesFile lines;
  lines.set_ours(lines.word(our_word) | driven_by_us);
  return fd;
}

// Before the descriptor goes: the last one takes DTR with it.
void before_close(int fd) {
  const auto index = static_cast<std::size_t>(fd);
  const dev_t number = opened[index];
  termios modes{};
  const bool hangs_up = ::tcgetattr(fd, &modes) < 0 || (modes.c_cflag & HUPCL) != 0;
  opened[index] = 0;
  if (hangs_up && std::find(opened.begin(), opened.end(), number) == opened.end()) {
    const LinesFile lines;
    lines.set_ours(lines.word(our_word) & ~driven_by_us);
  }
}

int wait_for_change(std::uint32_t wanted) {
  const LinesFile lines;
  const auto before = lines.word(modem_word);
  while (((lines.word(modem_word) ^ before) & wanted) == 0) {
    if (::poll(nullptr, 0, look_every_ms) < 0) return -1;
  }
  return 0;
}

// Empty: not a request for the modem lines.
std::optional<int> lines_request(unsigned long request, void* argument) {
  const LinesFile lines;
  const auto ours = lines.word(our_word);
  const auto bits = [&] { return static_cast<std::uint32_t>(*static_cast<int*>(argument)) & driven_by_us; };
  bool done = true;
  switch (request) {
    case TIOCMGET:
      *static_cast<int*>(argument) = static_cast<int>((lines.word(modem_word) & ~driven_by_us) | (ours & driven_by_us));
      break;
    case TIOCMSET:
      done = lines.set_ours(bits());
      break;
    case TIOCMBIS:
      done = lines.set_ours(ours | bits());
      break;
    case TIOCMBIC:
      done = lines.set_ours(ours & ~bits());
      break;
    case TIOCMIWAIT:
      return wait_for_change(static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(argument)));
    default:
      return std::nullopt;
  }
  if (!done) errno = EIO;
  return done ? 0 : -1;
}

int class_entry(struct stat* st) {
  *st = {};
  st->st_mode = S_IFLNK | 0777;
  st->st_nlink = 1;
  return 0;
}

ssize_t class_link(char* into, size_t size) {
  const auto target = std::string(class_target) + device_name();
  const auto count = std::min(size, target.size());
  std::memcpy(into, target.data(), count);
  return static_cast<ssize_t>(count);
}

char* device_path(const char* path, char* into) {
  if (!into) return ::strdup(path);
  std::memcpy(into, path, std::strlen(path) + 1);
  return into;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  std::va_list rest;
  va_start(rest, flags);
  const auto mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : mode_t{0};
  va_end(rest);
  return is_device(path) ? open_pty(flags, mode) : real_open(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  std::va_list rest;
  va_start(rest, flags);
  const auto mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : mode_t{0};
  va_end(rest);
  return is_device(path) ? open_pty(flags, mode) : real_open(path, flags | O_LARGEFILE, mode);
}

int shim_open_2(const char* path, int flags) {
  return is_device(path) ? open_pty(flags, 0) : real_open(path, flags, 0);
}

int close(int fd) {
  if (is_ours(fd)) before_close(fd);
  return real_close(fd);
}

int ioctl(int fd, unsigned long request, ...) noexcept {
  std::va_list rest;
  va_start(rest, request);
  void* argument = va_arg(rest, void*);
  va_end(rest);
  if (is_ours(fd)) {
    if (const auto answered = lines_request(request, argument)) return *answered;
  }
  return next(&::ioctl, "ioctl")(fd, request, argument);
}

int stat(const char* path, struct stat* st) noexcept {
  const auto real = next(&::stat, "stat");
  return is_device(path) ? real(mapping()->link.c_str(), st) : real(path, st);
}

int lstat(const char* path, struct stat* st) noexcept {
  if (is_class_entry(path)) return class_entry(st);
  if (is_device(path)) return ::stat(path, st);
  return next(&::lstat, "lstat")(path, st);
}

int shim_old_lstat(int version, const char* path, struct stat* st) {
  if (is_class_entry(path)) return class_entry(st);
  if (is_device(path)) return ::stat(path, st);
  return next(&shim_old_lstat, "__lxstat")(version, path, st);
}

ssize_t readlink(const char* path, char* into, size_t size) noexcept {
  return is_class_entry(path) ? class_link(into, size) : next(&::readlink, "readlink")(path, into, size);
}

ssize_t shim_readlink_chk(const char* path, char* into, size_t size, size_t /*room*/) {
  return ::readlink(path, into, size);
}

char* realpath(const char* path, char* into) noexcept {
  return is_device(path) ? device_path(path, into) : next(&::realpath, "realpath")(path, into);
}

char* shim_realpath_chk(const char* path, char* into, size_t /*room*/) { return ::realpath(path, into); }

}  // extern "C"
