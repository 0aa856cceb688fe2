#include "mta/mail/maildir_scan.h"

#include <algorithm>
#include <tuple>

#include "mta/mail/maildir.h"

namespace mail {
namespace {

base::Result<void> scan_folder(const base::Directory& maildir, const std::string& folder, const KeepPath& keep,
                               MaildirScan& scan) {
  std::string path;
  return maildir.each(folder, [&](std::string_view name) {
    if (name.front() == '.') return;
    ((path = folder) += '/') += name;
    const auto st = maildir.stat(path);
    if (!st) {
      if (st.error().error != ENOENT) scan.warnings.push_back(st.error().text);
      return;
    }
    if (!S_ISREG(st->st_mode)) {
      scan.warnings.push_back(path + " is no regular file: left alone");
      return;
    }
    scan.files.push_back(
        {keep(path), st->st_mtim.tv_sec, st->st_mtim.tv_nsec, static_cast<std::uint64_t>(st->st_size)});
  });
}

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

std::string_view unique_name(std::string_view path) { return base_name(file_name(path)); }

bool is_older(const MaildirFile& a, const MaildirFile& b) {
  const auto time = [](const MaildirFile& file) { return std::tuple(file.mtime_seconds, file.mtime_nanoseconds); };
  const auto name = [](const MaildirFile& file) { return std::tuple(file_name(file.path), file.path); };
  return time(a) != time(b) ? time(a) < time(b) : name(a) < name(b);
}

base::Result<MaildirScan> scan_maildir(const base::Directory& maildir, const KeepPath& keep) {
  MaildirScan scan;
  for (const char* folder : {"new", "cur"}) {
    if (auto done = scan_folder(maildir, folder, keep, scan); !done) return done.error();
  }
  std::sort(scan.files.begin(), scan.files.end(), is_older);
  return scan;
}

base::Result<MaildirScan> scan_maildir(const base::Directory& maildir) {
  TextStore paths;
  auto scan = scan_maildir(maildir, [&](std::string_view path) { return paths.keep(path); });
  if (scan) scan->paths = std::move(paths);
  return scan;
}

void sweep_tmp(const base::Directory& maildir, std::int64_t now) {
  const auto names = maildir.list("tmp");
  if (!names) return;  // a maildir without tmp/ can still be emptied
  for (const auto& name : *names) {
    if (name.front() == '.') continue;
    const std::string path = "tmp/" + name;
    const auto st = maildir.stat(path);
    if (!st || st->st_atim.tv_sec > now - tmp_lifetime_seconds) continue;
    // One that cannot be removed now will be stale at the next scan too.
    [[maybe_unused]] auto removed = maildir.unlink(path);
  }
}

}  // namespace mail
