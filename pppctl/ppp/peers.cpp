#include "pppctl/ppp/peers.h"

#include <grp.h>
#include <unistd.h>

#include <cerrno>

#include "base/directory.h"
#include "base/io.h"

namespace pppctl::ppp {
namespace {

constexpr std::size_t max_peers_bytes = 65536;
constexpr mode_t peers_mode = 0640;
constexpr const char* peers_group = "dip";  // Debian's, of those who may run pppd

modem::Trouble stop(std::string text, const std::string& link) {
  return {modem::Retry::stop, std::move(text), "as root: pppctl setup " + link + " --peers", 0};
}

}  // namespace

std::string peers_name(const std::string& link) { return link_name(link); }
std::string options_name(const std::string& link) { return link_name(link) + ".options"; }

modem::Outcome<OptionsPlace> place_options(const LinkOptions& options, const std::string& run_dir,
                                           const std::string& peers_folder) {
  const auto text = peers_text(options);
  if (::geteuid() == 0) {
    const auto name = options_name(options.link);
    auto made = base::make_path(run_dir, 0755);
    if (made) {
      auto directory = base::Directory::open(run_dir);
      made = directory ? base::replace_file(*directory, name, text, 0600) : base::Result<void>(directory.error());
    }
    if (!made) return modem::fail({modem::Retry::later, made.error().text, "", made.error().error});
    return OptionsPlace{OptionsPlace::Kind::file, run_dir + "/" + name};
  }
  const std::string path = peers_folder + "/" + peers_name(options.link);
  const auto written = base::read_file(path, max_peers_bytes);
  if (!written && written.error().error == ENOENT) {
    return modem::fail(stop("there is no " + path + " for pppd", options.link));
  }
  // Who may not read it leaves it to pppd, which may.
  if (written && *written != text) {
    return modem::fail(stop(path + " is not what the link's and the modem's profile say now", options.link));
  }
  return OptionsPlace{OptionsPlace::Kind::peers, peers_name(options.link)};
}

base::Result<std::string> write_peers_file(const LinkOptions& options, const std::string& peers_folder) {
  const auto directory = base::Directory::open(peers_folder);
  if (!directory) return directory.error();
  const auto name = peers_name(options.link);
  const std::string aside = name + ".tmp";
  if (auto gone = directory->unlink(aside); !gone && gone.error().error != ENOENT) return gone.error();
  auto file = directory->create_exclusive(aside, 0600);
  if (!file) return file.error();
  if (auto written = base::write_all(*file, peers_text(options)); !written) return written.error();
  if (const auto* group = ::getgrnam(peers_group); group && ::geteuid() == 0) {
    if (::fchown(file->get(), 0, group->gr_gid) < 0) return base::system_failure("give " + aside + " to its group");
  }
  if (::fchmod(file->get(), peers_mode) < 0) return base::system_failure("set the mode of " + aside);
  const std::string path = peers_folder + "/" + name;
  if (auto synced = base::sync(*file, path); !synced) return synced.error();
  if (auto closed = base::close(std::move(*file), path); !closed) return closed.error();
  if (auto renamed = directory->rename(aside, name); !renamed) return renamed.error();
  if (auto synced = directory->sync(); !synced) return synced.error();
  return path;
}

}  // namespace pppctl::ppp
