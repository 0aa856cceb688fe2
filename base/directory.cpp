#include "base/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <memory>

#include "base/io.h"

namespace base {
namespace {

constexpr int open_directory_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

struct CloseDir {
  void operator()(DIR* dir) const { ::closedir(dir); }
};

Result<Fd> open_at(const Fd& directory, const std::string& name, int flags, mode_t mode, const std::string& shown) {
  for (;;) {
    const int raw = ::openat(directory.get(), name.c_str(), flags | O_CLOEXEC, mode);
    if (raw >= 0) return Fd(raw);
    if (errno != EINTR) return system_failure("open " + shown);
  }
}

}  // namespace

std::string Directory::full(std::string_view name) const {
  return name == "." ? path_ : path_ + "/" + std::string(name);
}

Result<Directory> Directory::open(const std::string& path) {
  auto fd = base::open_file(path, open_directory_flags);
  if (!fd) return fd.error();
  return Directory(std::move(*fd), path);
}

Result<Directory> Directory::open_unreadable(const std::string& path) {
  auto fd = base::open_file(path, O_PATH | O_DIRECTORY);
  if (!fd) return fd.error();
  return Directory(std::move(*fd), path);
}

Result<Directory> Directory::sub(const std::string& name) const {
  auto fd = open_at(fd_, name, open_directory_flags, 0, full(name));
  if (!fd) return fd.error();
  return Directory(std::move(*fd), full(name));
}

Result<Fd> Directory::open_file(const std::string& name, int flags, mode_t mode) const {
  return open_at(fd_, name, flags, mode, full(name));
}

Result<Fd> Directory::create_exclusive(const std::string& name, mode_t mode) const {
  return open_at(fd_, name, O_RDWR | O_CREAT | O_EXCL, mode, full(name));
}

Result<void> Directory::make(const std::string& name, mode_t mode) const {
  if (::mkdirat(fd_.get(), name.c_str(), mode) < 0 && errno != EEXIST)
    return system_failure("make directory " + full(name));
  return {};
}

Result<void> Directory::rename(const std::string& from, const std::string& to) const {
  if (::renameat(fd_.get(), from.c_str(), fd_.get(), to.c_str()) < 0)
    return system_failure("rename " + full(from) + " to " + to);
  return {};
}

Result<void> Directory::rename_new(const std::string& from, const std::string& to) const {
  if (::renameat2(fd_.get(), from.c_str(), fd_.get(), to.c_str(), RENAME_NOREPLACE) == 0) return {};
  if (errno != EINVAL && errno != ENOSYS) return system_failure("rename " + full(from) + " to " + to);
  // A file system without RENAME_NOREPLACE: link refuses an existing name too.
  if (::linkat(fd_.get(), from.c_str(), fd_.get(), to.c_str(), 0) < 0)
    return system_failure("link " + full(from) + " to " + to);
  return unlink(from);
}

Result<void> Directory::unlink(const std::string& name) const {
  if (::unlinkat(fd_.get(), name.c_str(), 0) < 0) return system_failure("unlink " + full(name));
  return {};
}

Result<struct stat> Directory::stat(const std::string& name) const {
  struct stat st {};
  if (::fstatat(fd_.get(), name.c_str(), &st, AT_SYMLINK_NOFOLLOW) < 0) return system_failure("stat " + full(name));
  return st;
}

bool Directory::exists(const std::string& name) const {
  return ::faccessat(fd_.get(), name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

Result<void> Directory::each(const std::string& name, const std::function<void(std::string_view)>& visit) const {
  auto fd = open_at(fd_, name, open_directory_flags, 0, full(name));
  if (!fd) return fd.error();
  const int raw = fd->release();  // fdopendir takes it over
  const std::unique_ptr<DIR, CloseDir> dir(::fdopendir(raw));
  if (!dir) {
    const int error = errno;
    ::close(raw);
    return system_failure("read directory " + full(name), error);
  }
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(dir.get());
    if (!entry) break;
    const std::string_view found(entry->d_name);
    if (found != "." && found != "..") visit(found);
  }
  if (errno != 0) return system_failure("read directory " + full(name));
  return {};
}

Result<std::vector<std::string>> Directory::list(const std::string& name) const {
  std::vector<std::string> names;
  if (auto read = each(name, [&](std::string_view found) { names.emplace_back(found); }); !read) return read.error();
  return names;
}

Result<void> Directory::sync(const std::string& name) const {
  auto fd = open_at(fd_, name, open_directory_flags, 0, full(name));
  if (!fd) return fd.error();
  return base::sync(*fd, full(name));
}

Result<void> make_path(const std::string& path, mode_t mode) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (::mkdir(part.c_str(), mode) == 0) {
      auto made = Directory::open(part);
      if (!made) return made.error();
      if (auto synced = made->sync(".."); !synced) return synced;
    } else if (errno != EEXIST) {
      return system_failure("make directory " + part);
    }
    if (slash == std::string::npos) return {};
  }
}

Result<void> replace_file(const Directory& directory, const std::string& name, std::string_view bytes, mode_t mode) {
  const std::string temporary_name = name + ".tmp";
  auto file = directory.open_file(temporary_name, O_WRONLY | O_CREAT | O_TRUNC, mode);
  if (!file) return file.error();
  const auto step = [&]() -> Result<void> {
    if (auto r = write_all(*file, bytes); !r)
      return system_failure("write " + directory.path() + "/" + name, r.error().error);
    if (auto r = sync(*file, directory.path() + "/" + name); !r) return r;
    if (auto r = close(std::move(*file), name); !r) return r;
    if (auto r = directory.rename(temporary_name, name); !r) return r;
    return directory.sync();
  };
  auto done = step();
  if (!done) [[maybe_unused]]
    auto removed = directory.unlink(temporary_name);
  return done;
}

void forget_file(const std::string& path) {
  for (const auto& name : {path, path + ".tmp"}) [[maybe_unused]] const int gone = ::unlink(name.c_str());
}

Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  auto fd = open_file(path, O_RDONLY);
  if (!fd) return fd.error();
  return read_all(*fd, max_bytes, path);
}

Result<std::string> read_file(const Directory& directory, const std::string& name, std::size_t max_bytes) {
  auto fd = directory.open_file(name, O_RDONLY);
  if (!fd) return fd.error();
  return read_all(*fd, max_bytes, directory.path() + "/" + name);
}

}  // namespace base
