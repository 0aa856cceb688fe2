#include "mta/sendmail/submit.h"

#include <pwd.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <set>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "conf/control.h"
#include "mta/mail/address.h"
#include "mta/mail/envelope.h"
#include "mta/mail/submission.h"
#include "mta/net/queue_program.h"
#include "mta/sendmail/text_intake.h"

namespace mta {
namespace {

struct Hosts {
  mail::HostDefaults defaults;
  std::string id_host;
};

template <class T>
using Outcome = tl::expected<T, SendmailFailure>;

Outcome<Hosts> read_hosts(const conf::Places& places) {
  const conf::Control control(places);
  Hosts hosts;
  const std::array<std::pair<const char*, std::string*>, 4> wanted{{{"defaulthost", &hosts.defaults.default_host},
                                                                    {"defaultdomain", &hosts.defaults.default_domain},
                                                                    {"plusdomain", &hosts.defaults.plus_domain},
                                                                    {"idhost", &hosts.id_host}}};
  for (const auto& [name, value] : wanted) {
    auto setting = control.setting(name);
    if (!setting) {
      const bool permanent = setting.error().kind == base::FailureKind::permanent;
      return sendmail_failure(permanent ? Sysexit::configuration : Sysexit::temporary, setting.error().text);
    }
    *value = std::move(*setting);
  }
  return hosts;
}

// USER and LOGNAME first: the password file may be a directory service, which needs the network and may make us wait.
std::string login_name() {
  for (const char* variable : {"USER", "LOGNAME"}) {
    const char* name = std::getenv(variable);
    if (name != nullptr && *name != '\0') return name;
  }
  const passwd* entry = ::getpwuid(::getuid());
  return entry != nullptr && *entry->pw_name != '\0' ? entry->pw_name : "anonymous";
}

std::string message_id(const base::ClockReading& now, const std::string& host) {
  std::uint64_t random = 0;
  // Without random octets time and pid remain, which is what qmail makes do with.
  [[maybe_unused]] const auto got = ::getrandom(&random, sizeof random, 0);
  return std::to_string(now.wall_seconds) + "." + std::to_string(::getpid()) + "." + std::to_string(random) + "@" +
         host;
}

Outcome<std::string> envelope_sender(const SendmailOptions& options, const mail::Author& author,
                                     const mail::HostDefaults& defaults) {
  if (!options.sender) return author.address;
  const std::string& text = *options.sender;
  if (text.empty() || text == "<>") return std::string();
  const bool sane = mail::check_envelope_address(text) == mail::EnvelopeVerdict::complete;
  // #@[] and pre@host-@[] are qmail's special senders and no RFC 5322 addresses.
  if (sane && text.ends_with("@[]")) return text;
  auto parsed =
      sane ? mail::parse_address_list(text, defaults) : base::permanent("too long, or with a control character");
  if (parsed && parsed->size() == 1) return std::move(parsed->front());
  return sendmail_failure(Sysexit::usage, "sender '" + base::escape(text.substr(0, 100)) +
                                              "': " + (parsed ? "one address is needed" : parsed.error().text));
}

Outcome<std::vector<std::string>> argument_recipients(const SendmailOptions& options,
                                                      const mail::HostDefaults& defaults) {
  std::vector<std::string> recipients;
  for (const auto& argument : options.recipients) {
    const auto control = [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == 127; };
    auto parsed = std::any_of(argument.begin(), argument.end(), control)
                      ? base::permanent("a control character in an address")
                      : mail::parse_address_list(argument, defaults);
    if (!parsed) {
      return sendmail_failure(Sysexit::no_user,
                              "recipient '" + base::escape(argument.substr(0, 100)) + "': " + parsed.error().text);
    }
    std::move(parsed->begin(), parsed->end(), std::back_inserter(recipients));
  }
  return recipients;
}

// Each address once: a person who is named twice gets the mail once.
void drop_doubles(std::vector<std::string>& recipients) {
  std::set<std::string> seen;
  std::erase_if(recipients, [&](const std::string& recipient) { return !seen.insert(recipient).second; });
}

// Standard input as LF text, block by block.
class Input {
 public:
  Input(const base::Fd& fd, bool dot_ends) : fd_(fd), intake_(dot_ends) {}

  // False: the message has ended, and text holds its last piece.
  Outcome<bool> next(std::string& text) {
    text.clear();
    const auto n = base::read_some(fd_, block_);
    if (!n) return sendmail_failure(Sysexit::io_error, "read message: " + n.error().text);
    if (*n == 0) {
      intake_.finish(text);
      return false;
    }
    if (auto fed = intake_.feed({block_.data(), *n}, text); !fed)
      return sendmail_failure(Sysexit::data, fed.error().text);
    return !intake_.ended();
  }

 private:
  const base::Fd& fd_;
  TextIntake intake_;
  std::array<char, 65536> block_{};
};

Sysexit sysexit_of(const base::Failure& failure) {
  return failure.kind == base::FailureKind::permanent ? Sysexit::unavailable : Sysexit::temporary;
}

}  // namespace

SendmailOutcome submit_message(const SendmailOptions& options, const conf::Places& places, const base::Fd& input_fd) {
  if (options.recipients.empty() && !options.header_recipients) {
    return sendmail_failure(Sysexit::usage, "no recipients (name them, or use -t)");
  }
  const auto hosts = read_hosts(places);
  if (!hosts) return tl::unexpected(hosts.error());
  const auto now = base::read_clock();
  const mail::Author author{login_name() + "@" + mail::complete_host("", hosts->defaults), options.full_name};
  if (mail::check_envelope_address(author.address) != mail::EnvelopeVerdict::complete) {
    return sendmail_failure(Sysexit::usage, "USER or LOGNAME is no user's name");
  }
  const auto sender = envelope_sender(options, author, hosts->defaults);
  if (!sender) return tl::unexpected(sender.error());
  auto recipients = argument_recipients(options, hosts->defaults);
  if (!recipients) return tl::unexpected(recipients.error());

  Input input(input_fd, options.dot_ends);
  mail::HeaderReader reader;
  std::string text;
  bool more = true;
  while (more && !reader.complete()) {
    const auto next = input.next(text);
    if (!next) return tl::unexpected(next.error());
    more = *next;
    if (auto fed = reader.feed(text); !fed) return sendmail_failure(Sysexit::data, fed.error().text);
  }
  // What the last block held beyond the header must not be lost when both ended with it.
  reader.end();
  auto header = reader.take_header();
  if (options.header_recipients) {
    auto named = mail::header_recipients(header, hosts->defaults);
    if (!named) return sendmail_failure(Sysexit::data, named.error().text);
    std::move(named->begin(), named->end(), std::back_inserter(*recipients));
  }
  drop_doubles(*recipients);
  if (recipients->empty()) return sendmail_failure(Sysexit::data, "no recipients in the message's header");
  mail::complete_header(header, {author, base::rfc5322_date(now.wall_seconds), message_id(now, hosts->id_host)});

  auto queue = net::QueueProgram::start();
  if (!queue) return sendmail_failure(Sysexit::os_error, queue.error().text);
  auto written = queue->write(mail::format_header(header) + "\n" + reader.take_body());
  while (written && more) {
    const auto next = input.next(text);
    if (!next) return tl::unexpected(next.error());
    more = *next;
    written = queue->write(text);
  }
  if (!written) return sendmail_failure(sysexit_of(written.error()), written.error().text);
  auto queued = queue->finish(*sender, *recipients);
  if (!queued) {
    return sendmail_failure(sysexit_of(queued.error()), net::queue_failure_text(queued.error(), *queue));
  }
  return {};
}

}  // namespace mta
