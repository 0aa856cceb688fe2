#include "serialmail/spool_look.h"

#include <fcntl.h>

#include <array>

#include "base/io.h"
#include "mta/mail/maildir.h"
#include "mta/mail/spool_file.h"
#include "serialmail/body_groups.h"
#include "serialmail/header_priority.h"

namespace serialmail {
namespace {

struct Head {
  mail::SpoolFile envelope;
  int priority = conf::normal_priority;  // of a file with our prefix
};

// What is read of the header after its first octets; most headers end within those.
base::Result<void> read_header(const base::Fd& file, std::string_view begun, std::uint64_t offset,
                               mail::HeaderReader& reader) {
  std::size_t taken = begun.size();
  if (auto fed = reader.feed(begun); !fed) return fed;
  offset += taken;
  std::string block(mail::max_spool_head_bytes, '\0');
  while (!reader.complete() && taken < max_priority_header_bytes) {
    const auto n = base::read_at(file, block, offset);
    if (!n) return n.error();
    if (*n == 0) break;
    taken += *n;
    offset += *n;
    if (auto fed = reader.feed(std::string_view(block).substr(0, *n)); !fed) return fed;
  }
  reader.end();
  return {};
}

base::Result<int> priority_of(const base::Fd& file, std::string_view begun, const mail::SpoolFile& envelope,
                              const conf::SenderPriorities& senders) {
  if (const auto rule = senders.find(envelope.sender.to_envelope())) return *rule;
  begun.remove_prefix(envelope.body_offset);
  if (names_no_priority(begun)) return conf::normal_priority;
  mail::HeaderReader reader;
  if (auto read = read_header(file, begun, envelope.body_offset, reader); !read) return read.error();
  return header_priority(reader.take_header());
}

// Permanent: the file is malformed.
base::Result<Head> read_head(const base::Directory& maildir, const std::string& path, std::string_view prefix,
                             const conf::SenderPriorities& senders) {
  const auto failed = [&](const char* what, const base::Failure& failure) {
    return base::system_failure(what + path, failure.error);
  };
  const auto fd = maildir.open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!fd) return failed("open ", fd.error());
  std::array<char, mail::max_spool_head_bytes> block;
  const auto n = base::read_at(*fd, block, 0);
  if (!n) return failed("read ", n.error());
  const std::string_view begun(block.data(), *n);
  auto envelope = mail::parse_spool_file(begun, prefix);
  if (!envelope) return envelope.error();
  Head head{std::move(*envelope)};
  if (!head.envelope.has_prefix) return head;
  const auto priority = priority_of(*fd, begun, head.envelope, senders);
  if (!priority) return failed("read ", priority.error());
  head.priority = *priority;
  return head;
}

void set_turn(const mail::SpoolPast* past, Candidate& candidate) {
  if (past && past->transid) {
    candidate.standing = Standing::resumable;
  } else if (past && past->cuts > 0) {
    candidate.standing = Standing::cut;
    if (past->cuts > 1) candidate.goes_last = 2;
  }
}

}  // namespace

bool is_unchanged(const mail::JournalHold& hold, const mail::MaildirFile& file) {
  return hold.mtime_seconds == file.mtime_seconds && hold.mtime_nanoseconds == file.mtime_nanoseconds &&
         hold.octets == file.octets;
}

SpoolLook look_at(const base::Directory& maildir, const mail::MaildirFile& file, std::string_view prefix,
                  const conf::SenderPriorities& senders, const mail::SpoolPast* past) {
  using Kind = SpoolLook::Kind;
  SpoolLook look;
  look.candidate.path = file.path;
  look.candidate.octets = file.octets;
  look.candidate.mtime_seconds = file.mtime_seconds;
  look.candidate.mtime_nanoseconds = static_cast<std::int32_t>(file.mtime_nanoseconds);
  const auto is = [&](Kind kind, std::string reason = {}) {
    look.kind = kind;
    look.reason = std::move(reason);
    return look;
  };
  if (past && past->is_done) return is(Kind::done);
  const auto head = read_head(maildir, std::string(file.path), prefix, senders);
  if (!head && head.error().error == ENOENT) return is(Kind::gone);
  if (!head && head.error().kind == base::FailureKind::permanent) return is(Kind::malformed, head.error().text);
  if (!head) return is(Kind::unreadable, head.error().text);
  const auto& envelope = head->envelope;
  if (!envelope.has_prefix) return is(Kind::foreign);
  if (past && past->hold && is_unchanged(*past->hold, file)) return is(Kind::on_hold, past->hold->reason);
  set_turn(past, look.candidate);
  look.recipient = envelope.recipient.to_envelope();
  look.candidate.octets = file.octets > envelope.body_offset ? file.octets - envelope.body_offset : 0;
  const auto sender = envelope.sender.to_envelope();
  look.candidate.likeness =
      likeness_of(sender, look.candidate.octets, mail::entry_id_of(look.candidate.unique()).value_or(""));
  look.candidate.priority = static_cast<std::int8_t>(head->priority);
  return look;
}

}  // namespace serialmail
