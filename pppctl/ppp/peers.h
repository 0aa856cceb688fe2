// The file that pppd takes a link's options from.
#pragma once

#include <string>

#include "base/result.h"
#include "modem/outcome.h"
#include "pppctl/ppp/pppd_options.h"

namespace pppctl::ppp {

inline constexpr const char* peers_dir = "/etc/ppp/peers";  // where pppd looks for what it is to call

// Below a folder of peers; others' files have other names.
std::string peers_name(const std::string& link);
// What root's pppd is given, in the run folder.
std::string options_name(const std::string& link);

// Root's pppd takes any file: it is written anew for each call into the run folder. For everybody else it is the peers
// file, which root has written: not there, or not what the profile says now, is a stop.
modem::Outcome<OptionsPlace> place_options(const LinkOptions& options, const std::string& run_dir,
                                           const std::string& peers_folder = peers_dir);

// Atomically, mode 0640, for the group that the folder belongs to (root's is "dip" in Debian). The file's path.
base::Result<std::string> write_peers_file(const LinkOptions& options, const std::string& peers_folder);

}  // namespace pppctl::ppp
