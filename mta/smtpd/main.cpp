// mta-smtpd: one SMTP session on descriptors 0 and 1. Configuration that cannot be read is told to the client as 421.
#include <sys/stat.h>

#include <cstdlib>

#include "base/io.h"
#include "base/run.h"
#include "conf/places.h"
#include "mta/smtpd/options.h"
#include "mta/smtpd/session.h"

namespace mta {
namespace {

constexpr std::chrono::seconds farewell_timeout{30};

std::optional<std::string> environment_value(const char* name) {
  const char* value = std::getenv(name);
  return value ? std::optional<std::string>(value) : std::nullopt;
}

// A deadline on a write means something only where the write does not block; a terminal or pipe is somebody else's,
// too.
base::Result<void> prepare(const base::Fd& fd) {
  struct stat st {};
  if (::fstat(fd.get(), &st) < 0 || !S_ISSOCK(st.st_mode)) return {};
  return base::set_nonblocking(fd, true);
}

base::Result<void> serve() {
  const auto from = base::inherit(0, "from the client");
  if (!from) return from.error();
  const auto to = base::inherit(1, "to the client");
  if (!to) return to.error();
  if (auto set = prepare(*to); !set) return set;
  const auto places = conf::Places::from_environment();
  auto setup = read_setup(conf::Control(places), environment_value, places);
  if (!setup) {
    constexpr std::string_view farewell = "421 4.3.5 unable to read the configuration\r\n";
    [[maybe_unused]] auto told = base::write_all(*to, farewell, base::Deadline::after(farewell_timeout));
    return setup.error();
  }
  return SmtpdSession(std::move(*setup), *from, *to).run();
}

}  // namespace
}  // namespace mta

int main(int argc, char** argv) {
  return base::run("mta-smtpd", [&]() -> base::Result<void> {
    const auto options = mta::parse_smtpd_options(argc, argv);
    if (!options) return options.error();
    if (options->shown) return {};
    return mta::serve();
  });
}
