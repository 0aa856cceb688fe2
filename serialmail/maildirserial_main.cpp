#include <unistd.h>

#include <chrono>
#include <iostream>

#include "base/log.h"
#include "base/run.h"
#include "base/status_line.h"
#include "conf/sender_priority.h"
#include "serialmail/bouncer.h"
#include "serialmail/flush.h"
#include "serialmail/flush_summary.h"
#include "serialmail/maildirserial_options.h"
#include "serialmail/plan.h"

namespace {

// What of the settings needs neither lock nor line.
base::Result<serialmail::FlushSettings> read_settings(const serialmail::MaildirserialOptions& options) {
  auto senders = conf::load_sender_priorities(conf::Places::from_environment());
  if (!senders) return senders.error();
  return serialmail::FlushSettings{
      options.prefix, {}, options.lifetime, std::move(*senders), options.order, options.client_report_descriptor,
      options.line};
}

base::Result<base::Directory> open_maildir(const std::string& path) {
  auto maildir = base::Directory::open(path);
  if (!maildir) return base::system_failure("unable to open " + path, maildir.error().error);
  return maildir;
}

base::Result<int> flush(const serialmail::MaildirserialOptions& options, serialmail::Report& report,
                        serialmail::FlushEnd& end) {
  auto settings = read_settings(options);
  if (!settings) return settings.error();
  if (options.bounces) {
    auto host = serialmail::read_bounce_host();
    if (!host) return host.error();
    settings->bounce_host = std::move(*host);
  }
  const auto maildir = open_maildir(options.maildir);
  if (!maildir) return maildir.error();
  // The client runs in the maildir too: the names that it is given are relative.
  if (::fchdir(maildir->fd().get()) < 0) return base::system_failure("unable to chdir to " + options.maildir);
  auto signals = base::StopSignals::watch();
  if (!signals) return signals.error();
  serialmail::Flush run(*maildir, *settings, options.client, report, *signals);
  auto status = run.run();
  end.totals = run.totals();
  end.kept_back = run.kept_back();
  return status;
}

base::Result<void> print(const std::string& text) {
  std::cout << text << std::flush;
  return std::cout ? base::Result<void>() : base::temporary("unable to write output");
}

base::Result<int> print_plan(const serialmail::MaildirserialOptions& options) {
  const auto settings = read_settings(options);
  if (!settings) return settings.error();
  const auto maildir = open_maildir(options.maildir);
  if (!maildir) return maildir.error();
  const auto plan = serialmail::make_plan(*maildir, *settings, *options.plan);
  if (!plan) return plan.error();
  if (auto printed = print(*plan); !printed) return printed.error();
  return 0;
}

base::Result<int> run(int argc, const char* const* argv) {
  const auto options = serialmail::parse_maildirserial_options(argc, argv);
  if (!options) return options.error();
  if (options->shown) return 0;
  if (options->plan) return print_plan(*options);
  auto report = serialmail::Report::to(options->report_descriptor);
  if (!report) return report.error();
  const bool is_for_people = options->summary || base::has_status_line();
  serialmail::FlushTally tally;
  if (options->report_descriptor || options->json || is_for_people) report->tell(tally);
  serialmail::FlushEnd end;
  const auto begun = std::chrono::steady_clock::now();
  auto status = flush(*options, *report, end);
  end.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
  end.line = tally.line();
  end.exit_status = status ? *status : base::exit_status(status.error());
  if (!status) end.failure = status.error().text;
  report->end(end.totals, end.kept_back, end.exit_status);
  if (is_for_people) {
    for (const auto& line : serialmail::summary_lines(end)) base::log(base::Level::info, line);
  }
  if (!options->json) return status;
  // Whoever reads it may have gone: what became of the mail stays as it is.
  if (auto printed = print(serialmail::summary_json(end) + "\n"); !printed) {
    base::log(base::Level::warning, printed.error().text);
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  return base::run_with_status("maildirserial", [&] { return run(argc, argv); });
}
