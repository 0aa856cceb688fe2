// What waits in a maildir, in the order in which it is sent; and the broom for tmp/.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/directory.h"
#include "base/result.h"
#include "mta/mail/text_store.h"

namespace mail {

struct MaildirFile {
  std::string_view path;  // "new/NAME" or "cur/NAME"; another's to keep
  std::int64_t mtime_seconds = 0;
  std::int64_t mtime_nanoseconds = 0;  // below a second
  std::uint64_t octets = 0;
};

struct MaildirScan {
  std::vector<MaildirFile> files;     // oldest first: by mtime, then by base name
  std::vector<std::string> warnings;  // one line each: what is in the way and is not mail
  TextStore paths;                    // of the files, if nobody else keeps them
};

// Where a path is kept that is read into a buffer.
using KeepPath = std::function<std::string_view(std::string_view)>;

// The unique name of "new/NAME:2,S", which stays when a mail reader moves the file or sets flags: NAME.
std::string_view unique_name(std::string_view path);

// Oldest first. Two files of one moment go by name, so that the order is the same in every run.
bool is_older(const MaildirFile& a, const MaildirFile& b);

// new/ and cur/ without dot names. Only regular files are mail; a file that goes away meanwhile is none either.
base::Result<MaildirScan> scan_maildir(const base::Directory& maildir);
base::Result<MaildirScan> scan_maildir(const base::Directory& maildir, const KeepPath& keep);

// Removes what has not been accessed for 36 hours from tmp/; dot names are left alone. Not to be called while the clock
// is in doubt: a file that is being written would be taken for an old one.
void sweep_tmp(const base::Directory& maildir, std::int64_t now);

}  // namespace mail
