#include "base/log.h"
#include "modem/at_secret.h"
#include "modem/ctl/commands.h"
#include "modem/ctl/output.h"
#include "modem/ctl/session.h"

namespace modem {

base::Result<void> init_command(const CtlOptions& options) {
  const auto profile = conf::load_modem(conf::Places::from_environment(), options.target);
  if (!profile) return profile.error();
  if (auto asks = refuse_null_modem(*profile); !asks) return asks;
  std::string device;
  auto done = with_modem(*profile, [&](Modem& modem, base::StopSignals&) -> base::Result<void> {
    device = modem.port().device();
    if (auto ready = modem.prepare(Use::command); !ready) return failure_of(ready.error());
    return {};
  });
  if (!done) return done;
  std::vector<std::string> sent;
  for (const auto& line : profile->init) sent.push_back(without_secret(line));
  if (options.json) {
    print_json({{"profile", profile->name}, {"device", device}, {"init", sent}});
    return {};
  }
  Rows rows{{"modem", profile->name}, {"device", device}, {"state", "answers AT, on-hook"}};
  for (const auto& line : sent) rows.emplace_back(rows.size() == 3 ? "answered OK" : "", line);
  print_rows(rows);
  return {};
}

}  // namespace modem
