#include <unistd.h>

#include "base/run.h"
#include "serialmail/bouncer.h"
#include "serialmail/flush.h"
#include "serialmail/maildirserial_options.h"

namespace {

base::Result<int> flush(const serialmail::MaildirserialOptions& options, serialmail::Report& report,
                        serialmail::Totals& totals) {
  serialmail::FlushSettings settings{options.prefix, {}, options.lifetime};
  if (options.bounces) {
    auto host = serialmail::read_bounce_host();
    if (!host) return host.error();
    settings.bounce_host = std::move(*host);
  }
  const auto maildir = base::Directory::open(options.maildir);
  if (!maildir) return base::system_failure("unable to open " + options.maildir, maildir.error().error);
  // The client runs in the maildir too: the names that it is given are relative.
  if (::fchdir(maildir->fd().get()) < 0) return base::system_failure("unable to chdir to " + options.maildir);
  auto signals = base::StopSignals::watch();
  if (!signals) return signals.error();
  serialmail::Flush run(*maildir, settings, options.client, report, *signals);
  auto status = run.run();
  totals = run.totals();
  return status;
}

base::Result<int> run(int argc, const char* const* argv) {
  const auto options = serialmail::parse_maildirserial_options(argc, argv);
  if (!options) return options.error();
  if (options->shown) return 0;
  auto report = serialmail::Report::to(options->report_descriptor);
  if (!report) return report.error();
  serialmail::Totals totals;
  auto status = flush(*options, *report, totals);
  report->end(totals, status ? *status : base::exit_status(status.error()));
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  return base::run_with_status("maildirserial", [&] { return run(argc, argv); });
}
