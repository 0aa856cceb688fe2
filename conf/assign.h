// config/users/assign in qmail's format (qmail-users): which account and which home a local part belongs to.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "conf/places.h"

namespace conf {

struct Assignment {
  std::string user;
  uid_t uid = 0;
  gid_t gid = 0;
  std::string home;  // absolute
  std::string dash;
  std::string ext;
};

class Users {
 public:
  // Pure. A format error is permanent, with file and line; a file without its final "." line was cut short: one too.
  static base::Result<Users> parse(std::string_view text, std::string_view file);

  // An exact entry, else the wildcard with the longest common beginning, its ext completed by the rest of the local
  // part. Case is ignored in the search and kept in ext. None: nobody of that name.
  [[nodiscard]] std::optional<Assignment> find(std::string_view local) const;

 private:
  std::map<std::string, Assignment, std::less<>> exact_;
  std::map<std::string, Assignment, std::less<>> wildcard_;
};

// A missing file is a file without users.
base::Result<Users> load_users(const Places& places);

}  // namespace conf
