// A descriptor with one owner. Everything opened here is close-on-exec.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <string>
#include <utility>

#include "base/result.h"

namespace base {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int raw) : raw_(raw) {}  // takes ownership
  Fd(Fd&& other) noexcept : raw_(std::exchange(other.raw_, -1)) {}
  Fd& operator=(Fd&& other) noexcept;
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd();  // closes without looking at the result: for paths that already failed, or for reading

  [[nodiscard]] int get() const { return raw_; }  // stays ours; lives for one line
  [[nodiscard]] bool valid() const { return raw_ >= 0; }
  int release() { return std::exchange(raw_, -1); }
  void reset();

 private:
  int raw_ = -1;
};

// close(2) on what was written: late write errors (NFS, quota) surface here.
Result<void> close(Fd fd, std::string_view name);

// open(2) with O_CLOEXEC; the failure names the path.
Result<Fd> open_file(const std::string& path, int flags, mode_t mode = 0);

struct Pipe {
  Fd read;
  Fd write;
};
Result<Pipe> make_pipe();

// Refuses a descriptor that is not open (a program started without its 0, 1 or 6, 7): a later open would take its
// place.
Result<Fd> inherit(int raw, std::string_view what);

Result<void> set_nonblocking(const Fd& fd, bool on);

}  // namespace base
