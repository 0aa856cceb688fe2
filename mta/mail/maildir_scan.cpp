#include "mta/mail/maildir_scan.h"

#include <algorithm>
#include <tuple>

#include "mta/mail/maildir.h"

namespace mail {
namespace {

base::Result<void> scan_folder(const base::Directory& maildir, const std::string& folder, MaildirScan& scan) {
  const auto names = maildir.list(folder);
  if (!names) return names.error();
  for (const auto& name : *names) {
    if (name.front() == '.') continue;
    const std::string path = folder + "/" + name;
    const auto st = maildir.stat(path);
    if (!st) {
      if (st.error().error != ENOENT) scan.warnings.push_back(st.error().text);
      continue;
    }
    if (!S_ISREG(st->st_mode)) {
      scan.warnings.push_back(path + " is no regular file: left alone");
      continue;
    }
    scan.files.push_back({path, st->st_mtim.tv_sec, st->st_mtim.tv_nsec, static_cast<std::uint64_t>(st->st_size)});
  }
  return {};
}

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

std::string_view unique_name(std::string_view path) { return base_name(file_name(path)); }

bool is_older(const MaildirFile& a, const MaildirFile& b) {
  const auto key = [](const MaildirFile& file) {
    return std::tuple(file.mtime_seconds, file.mtime_nanoseconds, file_name(file.path), std::string_view(file.path));
  };
  return key(a) < key(b);
}

base::Result<MaildirScan> scan_maildir(const base::Directory& maildir) {
  MaildirScan scan;
  for (const char* folder : {"new", "cur"}) {
    if (auto done = scan_folder(maildir, folder, scan); !done) return done.error();
  }
  std::sort(scan.files.begin(), scan.files.end(), is_older);
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
