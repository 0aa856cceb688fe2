// sendmail, also as mailq: what local programs call. Never waits for a line and asks no name server.
#include <cstdlib>
#include <exception>

#include "base/child.h"
#include "base/log.h"
#include "base/run.h"
#include "conf/places.h"
#include "mta/queue/qmgr_client.h"
#include "mta/sendmail/mailq.h"
#include "mta/sendmail/options.h"
#include "mta/sendmail/submit.h"

namespace mta {
namespace {

// SMTP with the caller's own rights: mail from this machine may go anywhere and be of any size.
SendmailOutcome speak_smtp() {
  ::setenv("RELAYCLIENT", "", 1);
  ::setenv("DATABYTES", "0", 1);
  return sendmail_failure(Sysexit::os_error, base::replace_process({base::sibling_program("mta-smtpd")}).text);
}

SendmailOutcome run_queue(const conf::Places& places) {
  if (auto poked = poke_qmgr(places); !poked) return sendmail_failure(Sysexit::temporary, poked.error().text);
  return {};
}

SendmailOutcome deliver(const SendmailOptions& options, const conf::Places& places) {
  auto input = base::inherit(0, "message");
  if (!input) return sendmail_failure(Sysexit::io_error, input.error().text);
  return submit_message(options, places, *input);
}

SendmailOutcome sendmail(int argc, char** argv) {
  const auto options = parse_sendmail_options(argc, argv);
  if (!options) return sendmail_failure(Sysexit::usage, options.error().text);
  const auto places = conf::Places::from_environment();
  switch (options->mode) {
    case SendmailMode::deliver:
      return deliver(*options, places);
    case SendmailMode::smtp:
      return speak_smtp();
    case SendmailMode::list:
      return print_queue(places);
    case SendmailMode::run_queue:
      return run_queue(places);
    case SendmailMode::shown:
      return {};
  }
  return {};
}

}  // namespace
}  // namespace mta

int main(int argc, char** argv) {
  return base::run_with_status("sendmail", [&]() -> base::Result<int> {
    mta::SendmailFailure failure{mta::Sysexit::temporary, ""};
    try {
      const auto done = mta::sendmail(argc, argv);
      if (done) return 0;
      failure = done.error();
    } catch (const std::exception& e) {
      failure.text = std::string("unexpected: ") + e.what();
    }
    base::log(base::Level::fatal, failure.text);
    return static_cast<int>(failure.exit);
  });
}
