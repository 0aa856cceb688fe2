#include "modem/ctl/session.h"

#include "conf/port_name.h"
#include "modem/ctl/commands.h"
#include "modem/ctl/target.h"

namespace modem {

base::Result<conf::ModemProfile> find_modem(const CtlOptions& options) {
  if (!names_port(options.target)) {
    auto profile = conf::load_modem(conf::Places::from_environment(), options.target);
    if (!profile) return profile;
    if (options.flow || (options.speed && profile->speed))
      return base::permanent(profile->file + " says speed and flow control: no --speed and --flow beside it");
    if (options.speed) profile->speed = options.speed;
    return profile;
  }
  const auto port = find_port(options.target);
  if (!port) return port.error();
  conf::ModemProfile profile;
  profile.name = options.target;
  profile.file = "the options";
  profile.port = port->port;
  profile.lock_dir = port->lock_dir;
  profile.speed = options.speed;
  profile.flow = options.flow.value_or(conf::FlowControl::none);
  const auto name = conf::parse_port_name(port->port);
  if (name && name->kind == conf::PortKind::tcp) {
    if (options.speed || options.flow)
      return base::permanent("speed and flow control are the server's to set over tcp:, see rfc2217:");
    profile.hangup = conf::HangUp::escape;
  }
  return profile;
}

base::Result<void> refuse_null_modem(const conf::ModemProfile& profile) {
  if (profile.kind != conf::ModemKind::null) return {};
  return base::permanent(profile.file + ": a null modem takes no commands; `modemctl status` shows its lines");
}

base::Result<void> with_modem(const conf::ModemProfile& profile, const Work& work) {
  // From here on no signal leaves the line off-hook and the port locked; every step has its end.
  auto stop = base::StopSignals::watch();
  if (!stop) return stop.error();
  auto modem = Modem::open(profile, "modemctl", &*stop, upkeep());
  if (!modem) return failure_of(modem.error());
  auto done = base::pause(base::Deadline::after(profile.settle), &*stop);
  if (done) done = work(*modem, *stop);
  if (auto closed = modem->close(); !closed && done) return failure_of(closed.error());
  return done;
}

base::Result<void> with_awake_modem(const CtlOptions& options, const Work& work) {
  const auto profile = find_modem(options);
  if (!profile) return profile.error();
  if (auto asks = refuse_null_modem(*profile); !asks) return asks;
  return with_modem(*profile, [&](Modem& modem, base::StopSignals& stop) -> base::Result<void> {
    if (auto awake = modem.wake(); !awake) return failure_of(awake.error());
    return work(modem, stop);
  });
}

}  // namespace modem
