// An open directory and what is done with names below it. Names are relative and never leave it by our own doing.
#pragma once

#include <sys/stat.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace base {

class Directory {
 public:
  static Result<Directory> open(const std::string& path);
  // One that may be written and searched but not read (a drop directory): no list() and no sync() here.
  static Result<Directory> open_unreadable(const std::string& path);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const Fd& fd() const { return fd_; }

  [[nodiscard]] Result<Directory> sub(const std::string& name) const;
  [[nodiscard]] Result<Fd> open_file(const std::string& name, int flags, mode_t mode = 0) const;
  // O_CREAT | O_EXCL, for writing and reading.
  [[nodiscard]] Result<Fd> create_exclusive(const std::string& name, mode_t mode = 0600) const;
  [[nodiscard]] Result<void> make(const std::string& name, mode_t mode) const;  // an existing directory is no failure
  // Replaces an existing target, as rename(2).
  [[nodiscard]] Result<void> rename(const std::string& from, const std::string& to) const;
  // Fails with error EEXIST where the target exists.
  [[nodiscard]] Result<void> rename_new(const std::string& from, const std::string& to) const;
  [[nodiscard]] Result<void> unlink(const std::string& name) const;
  [[nodiscard]] Result<struct stat> stat(const std::string& name) const;  // not through a symbolic link
  [[nodiscard]] bool exists(const std::string& name) const;
  // Names without . and ..; order is the file system's. each() has one at a time and none in memory.
  [[nodiscard]] Result<void> each(const std::string& name, const std::function<void(std::string_view)>& visit) const;
  [[nodiscard]] Result<std::vector<std::string>> list(const std::string& name = ".") const;
  // fsync of the named directory below (or itself): makes names durable.
  [[nodiscard]] Result<void> sync(const std::string& name = ".") const;

 private:
  Directory(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  [[nodiscard]] std::string full(std::string_view name) const;

  Fd fd_;
  std::string path_;
};

// Creates the directory and its parents, durably; an existing one is no failure.
Result<void> make_path(const std::string& path, mode_t mode);

// Writes NAME anew by way of NAME.tmp: sync, rename, sync of the directory. A crash leaves the old file or the new one.
// One writer at a time: the caller sees to it.
Result<void> replace_file(const Directory& directory, const std::string& name, std::string_view bytes,
                          mode_t mode = 0644);

// Removes what replace_file() writes: the file, and the NAME.tmp of a writer that died at it.
void forget_file(const std::string& path);

// The whole file; one longer than max_bytes is a permanent failure. A missing file fails with error ENOENT.
Result<std::string> read_file(const std::string& path, std::size_t max_bytes);
Result<std::string> read_file(const Directory& directory, const std::string& name, std::size_t max_bytes);

}  // namespace base
