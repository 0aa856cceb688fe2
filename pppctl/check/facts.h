// What was seen of this host, as plain values: what the judgments (judge.h) are made from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace pppctl::check {

// Who looks: what may be done is asked for him.
struct Self {
  unsigned uid = 0;
  std::string user;
};

struct PathFacts {
  std::string path;
  int error = 0;  // of stat(2); 0: it is there
  bool is_folder = false;
  bool is_file = false;
  unsigned uid = 0;
  std::string owner;
  unsigned mode = 0;       // permission bits
  bool may_use = false;    // a file: read; a folder: write and search
  std::string named_by{};  // which file of the configuration names it
};

struct PortFacts {
  std::string modem;                     // the profile
  std::string port;                      // as the profile names it
  std::string device;                    // without links; empty: it is not there
  std::optional<base::Failure> failure;  // why it is not there or may not be opened, "; " and what to do
  std::vector<std::string> lasting_names;
};

struct LockFacts {
  std::string device;
  std::string lock_dir;
  int dir_error = 0;  // why no lock file can be made there
  bool is_held = false;
  bool is_alive = false;
  std::int64_t pid = 0;
  std::string program, file;
};

// What `modemctl status` has told.
struct ModemFacts {
  std::string modem;
  int status = 0;
  std::string said;  // its last word on standard error
  std::optional<std::string> sim;
  bool has_pin_file = false;
};

struct SpoolFacts {
  std::string route;
  PathFacts top;
  std::vector<PathFacts> parts;  // tmp, new, cur
  bool is_one_device = true;     // a rename from tmp to new needs that
  std::uint64_t malformed = 0;   // files in .offhook/bad
};

struct SpaceFacts {
  std::string path;
  std::uint64_t octets_free = 0, octets_total = 0;
  std::uint64_t inodes_free = 0, inodes_total = 0;  // total 0: the file system has no such bound
};

struct ClockFacts {
  std::int64_t now = 0;
  std::optional<std::int64_t> floor;  // none: never written
  bool is_trusted_by_link = false;
};

// A line that calls `pppctl session`.
struct CronLine {
  std::string file;
  std::size_t line = 0;
  std::string link;
  bool is_read = true;  // cron takes no file of cron.d with a dot in its name
};

struct ScheduleFacts {
  std::vector<CronLine> cron;
  std::vector<std::string> unreadable;  // crontabs that may not be read
  std::optional<std::int64_t> daemon;   // pid of `pppctl daemon`
};

struct ModemManagerFacts {
  std::optional<std::int64_t> pid;
  std::string device;
  std::string vendor, product;  // of a USB device; empty: it is none
  bool has_rule = false;        // a rule keeps it off this device
};

struct PppFacts {
  std::string program;  // pppd's path; empty: not found
  bool may_dial = false;
  bool has_driver = false;   // the kernel's
  bool needs_peers = false;  // root's pppd takes a file that is written anew for each call
  bool fits = true;          // the peers file is what the profiles say now, as far as it may be read
  PathFacts peers;
};

}  // namespace pppctl::check
