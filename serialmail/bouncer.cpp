#include "serialmail/bouncer.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/clock.h"
#include "base/io.h"
#include "conf/control.h"
#include "mta/mail/maildir_scan.h"
#include "mta/mail/spool_file.h"
#include "mta/net/queue_program.h"

namespace serialmail {
namespace {

constexpr std::size_t block_bytes = 65536;

base::Result<void> copy_message(const base::Fd& file, std::uint64_t offset, net::QueueProgram& queue) {
  std::array<char, block_bytes> block;
  for (;;) {
    const auto n = base::read_at(file, block, offset);
    if (!n) return n.error();
    if (*n == 0) return {};
    if (auto written = queue.write({block.data(), *n}); !written) return written;
    offset += *n;
  }
}

// What may stand left of the @ of a Message-ID without quoting.
std::string message_id(std::string_view unique_name) {
  std::string id = "bounce." + std::string(unique_name);
  std::replace_if(
      id.begin(), id.end(),
      [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '-'; }, '_');
  return id;
}

}  // namespace

base::Result<mail::BounceHost> read_bounce_host() {
  const conf::Control control(conf::Places::from_environment());
  mail::BounceHost host;
  std::string to;
  std::string at;
  const std::pair<const char*, std::string*> wanted[] = {
      {"bouncefrom", &host.from}, {"bouncehost", &host.host}, {"doublebounceto", &to}, {"doublebouncehost", &at}};
  for (const auto& [name, value] : wanted) {
    auto setting = control.setting(name);
    if (!setting) return base::temporary("unable to read control files: " + setting.error().text);
    *value = std::move(*setting);
  }
  host.double_to = to + "@" + at;
  return host;
}

base::Result<std::optional<pid_t>> bounce(const base::Directory& maildir, const Refusal& refusal,
                                          const mail::BounceHost& host, std::int64_t now) {
  const auto file = maildir.open_file(refusal.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!file) return file.error();
  std::string head(mail::max_spool_head_bytes, '\0');
  const auto n = base::read_at(*file, head, 0);
  if (!n) return n.error();
  head.resize(*n);
  const auto parsed = mail::parse_spool_file(head, refusal.prefix);
  if (!parsed || !parsed->has_prefix) return base::permanent("bad file format");
  const std::string sender = parsed->sender.to_envelope();
  if (mail::bounce_kind(sender) == mail::BounceKind::discard) return std::optional<pid_t>();

  std::string reason = refusal.text;
  if (refusal.is_expired) reason += "\nI'm not going to try again; this message has been refused for too long.";
  const auto note = mail::make_bounce(host, "maildirbounce", sender, {{parsed->recipient.to_envelope(), reason}},
                                      base::rfc5322_date(now), message_id(mail::unique_name(refusal.path)));
  const auto queue_failed = [](const base::Failure& failure) { return base::temporary("qq failed: " + failure.text); };
  auto queue = net::QueueProgram::start();
  if (!queue) return queue_failed(queue.error());
  if (auto written = queue->write(note.text); !written) return queue_failed(written.error());
  if (auto copied = copy_message(*file, parsed->body_offset, *queue); !copied) return queue_failed(copied.error());
  const auto pid = queue->finish(note.sender, {note.recipient});
  if (!pid) return base::temporary("qq failed: " + net::queue_failure_text(pid.error(), *queue));
  return std::optional<pid_t>(*pid);
}

}  // namespace serialmail
