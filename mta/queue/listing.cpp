#include "mta/queue/listing.h"

#include <fcntl.h>

#include <algorithm>
#include <map>

#include "base/clock.h"
#include "base/directory.h"
#include "base/io.h"
#include "base/log.h"
#include "conf/routes.h"
#include "mta/mail/maildir_scan.h"
#include "mta/mail/queue_entry.h"
#include "mta/mail/spool_file.h"
#include "mta/mail/spool_journal.h"

namespace mta {
namespace {

struct Totals {
  std::size_t count = 0;
  std::uint64_t octets = 0;
};

std::string counted(const Totals& totals, const std::string& thing) {
  return std::to_string(totals.count) + " " + thing + (totals.count == 1 ? "" : "s") + ", " +
         std::to_string(totals.octets) + " bytes";
}

// "NAME  SIZE bytes  DATE  <SENDER>"
std::string block_line(const std::string& name, std::uint64_t octets, std::int64_t date, const std::string& sender) {
  return base::escape(name) + "  " + std::to_string(octets) + " bytes  " + base::rfc5322_date(date) + "  <" +
         base::escape(sender) + ">";
}

std::string recipient_line(const std::string& address, const std::string& state, const std::string& text) {
  return "    " + base::escape(address) + "  " + state + (text.empty() ? "" : ": " + base::escape(text));
}

std::string state_word(const mail::Recipient& recipient) {
  switch (recipient.state) {
    case mail::RecipientState::waiting:
      return recipient.text.empty() ? "waiting" : "deferred";
    case mail::RecipientState::placing:
      return "being delivered";
    case mail::RecipientState::done:
      return "done";
    case mail::RecipientState::failed:
      return "failed";
  }
  return "waiting";
}

Totals list_queue(const conf::Places& places, std::vector<std::string>& lines) {
  Totals totals;
  auto queue = base::Directory::open(places.queue_dir());
  auto names = queue ? queue->list("new") : base::Result<std::vector<std::string>>(queue.error());
  if (!names) {
    // No queue yet is an empty queue.
    if (names.error().error != ENOENT) lines.push_back("queue: " + names.error().text);
    return totals;
  }
  std::sort(names->begin(), names->end());  // names begin with their time: oldest first
  for (const auto& name : *names) {
    if (name.starts_with('.')) continue;
    const auto entry = mail::EntryFile::open(*queue, "new/" + name, false);
    if (!entry) {
      if (entry.error().error == ENOENT) continue;  // done meanwhile
      lines.push_back(base::escape(name) + "  cannot be read: " + entry.error().text);
      ++totals.count;
      continue;
    }
    ++totals.count;
    totals.octets += entry->header().message_bytes;
    lines.push_back(block_line(name, entry->header().message_bytes, entry->header().birth, entry->state().sender));
    for (const auto& recipient : entry->state().recipients) {
      lines.push_back(recipient_line(recipient.address, state_word(recipient), recipient.text));
    }
  }
  return totals;
}

// Submissions that the queue manager has not taken yet. They are strangers' files until it has looked at them, so they
// are counted and not opened; whoever may not list the directory is told nothing.
Totals list_drop(const conf::Places& places, std::vector<std::string>& lines) {
  Totals totals;
  const auto drop = base::Directory::open(places.drop_dir());
  const auto names = drop ? drop->list() : base::Result<std::vector<std::string>>(drop.error());
  if (!names) return totals;
  for (const auto& name : *names) {
    const auto st = drop->stat(name);
    if (!st || !S_ISREG(st->st_mode)) continue;
    ++totals.count;
    totals.octets += static_cast<std::uint64_t>(st->st_size);
  }
  if (totals.count > 0) lines.push_back("drop directory: " + counted(totals, "submission") + ", not taken yet");
  return totals;
}

struct SpoolPlace {
  std::string name;
  std::string path;
  std::vector<std::string> prefixes;  // of the routes that lead here
};

std::string spool_state(const mail::MaildirFile& file, const mail::SpoolPast* past) {
  if (past == nullptr) return "waiting";
  if (past->is_done) return "sent, still to be removed";
  const auto& hold = past->hold;
  // A hold is for the file as it was: one that has changed since is looked at again.
  const bool held = hold && hold->mtime_seconds == file.mtime_seconds &&
                    hold->mtime_nanoseconds == file.mtime_nanoseconds && hold->octets == file.octets;
  if (held) return "held: " + base::escape(hold->reason);
  if (past->is_unknown) return "unknown outcome: the line broke before the answer; will be sent again";
  if (!past->last_answer) return "waiting";
  const std::string word = past->last_answer->status == 'D' ? "refused: " : "deferred: ";
  return word + base::escape(past->last_answer->text);
}

base::Result<std::string> read_head(const base::Directory& spool, const std::string& path) {
  auto fd = spool.open_file(path, O_RDONLY | O_NOFOLLOW);
  if (!fd) return fd.error();
  std::string head(mail::max_spool_head_bytes, '\0');
  const auto n = base::read_at(*fd, head, 0);
  if (!n) return n.error();
  head.resize(*n);
  return head;
}

// The head by the first of the prefixes that fits; by none, with the recipient as it is written.
base::Result<mail::SpoolFile> parse_head(const std::string& head, const SpoolPlace& place, bool& has_route) {
  for (const auto& prefix : place.prefixes) {
    auto parsed = mail::parse_spool_file(head, prefix);
    has_route = !parsed || parsed->has_prefix;
    if (has_route) return parsed;
  }
  has_route = false;
  return mail::parse_spool_file(head, "");
}

void list_spool_file(const base::Directory& spool, const SpoolPlace& place, const mail::MaildirFile& file,
                     const mail::SpoolHistory& history, std::vector<std::string>& lines) {
  const auto head = read_head(spool, std::string(file.path));
  if (!head && head.error().error == ENOENT) return;  // sent meanwhile
  bool has_route = true;
  const auto parsed = head ? parse_head(*head, place, has_route) : base::Result<mail::SpoolFile>(head.error());
  lines.push_back(block_line(std::string(file.path), file.octets, file.mtime_seconds, parsed ? parsed->sender.to_envelope() : "?"));
  if (!parsed) {
    lines.push_back("    cannot be sent: " + parsed.error().text);
    return;
  }
  const std::string state =
      has_route ? spool_state(file, history.find(mail::unique_name(file.path))) : "no route's prefix fits: not sent";
  lines.push_back(recipient_line(parsed->recipient.to_envelope(), state, ""));
}

Totals list_spool(const SpoolPlace& place, std::vector<std::string>& lines) {
  Totals totals;
  const auto complain = [&](const base::Failure& failure) {
    if (failure.error != ENOENT) lines.push_back("spool " + place.name + ": " + failure.text);
  };
  const auto spool = base::Directory::open(place.path);
  if (!spool) {
    complain(spool.error());
    return totals;
  }
  const auto scan = mail::scan_maildir(*spool);
  if (!scan) {
    complain(scan.error());
    return totals;
  }
  const auto history = mail::SpoolJournal(*spool).read();
  if (scan->files.empty() && scan->warnings.empty() && history) return totals;
  for (const auto& file : scan->files) {
    ++totals.count;
    totals.octets += file.octets;
  }
  lines.push_back("spool " + place.name + " (" + place.path + "): " + counted(totals, "message"));
  if (!history) lines.push_back("    its journal cannot be read, so states are not known: " + history.error().text);
  for (const auto& warning : scan->warnings) lines.push_back("    " + warning);
  const mail::SpoolHistory known = history ? *history : mail::SpoolHistory();
  for (const auto& file : scan->files) list_spool_file(*spool, place, file, known, lines);
  return totals;
}

// The spools that routes lead to, in the routes' order, then those that only stand on disk.
std::vector<SpoolPlace> find_spools(const conf::Places& places, std::vector<std::string>& lines) {
  std::vector<SpoolPlace> spools;
  std::map<std::string, std::size_t> by_path;
  const auto place_at = [&](const std::string& path, const std::string& name) -> SpoolPlace& {
    const auto [found, fresh] = by_path.emplace(path, spools.size());
    if (fresh) spools.push_back({name, path, {}});
    return spools[found->second];
  };
  const auto routes = conf::load_routes(places);
  if (!routes) lines.push_back("routes: " + routes.error().text);
  if (routes) {
    for (const auto& route : routes->all()) place_at(route.spool, route.spool_name).prefixes.push_back(route.prefix);
  }
  const auto root = base::Directory::open(places.spool_root());
  auto names = root ? root->list() : base::Result<std::vector<std::string>>(root.error());
  if (!names) {
    if (names.error().error != ENOENT) lines.push_back("spools: " + names.error().text);
    return spools;
  }
  std::sort(names->begin(), names->end());
  for (const auto& name : *names) {
    const auto st = root->stat(name);
    if (st && S_ISDIR(st->st_mode)) place_at(places.spool_dir(name), name);
  }
  // Without a route, or without readable routes, every prefix is as good as another.
  for (auto& spool : spools) {
    if (spool.prefixes.empty()) spool.prefixes.emplace_back();
  }
  return spools;
}

}  // namespace

std::vector<std::string> list_lines(const conf::Places& places) {
  std::vector<std::string> lines;
  const Totals queue = list_queue(places, lines);
  const Totals dropped = list_drop(places, lines);
  Totals spooled;
  for (const auto& spool : find_spools(places, lines)) {
    const Totals one = list_spool(spool, lines);
    spooled.count += one.count;
    spooled.octets += one.octets;
  }
  const std::string in_drop = dropped.count > 0 ? "; drop directory " + counted(dropped, "submission") : "";
  lines.push_back("total: queue " + counted(queue, "message") + "; spools " + counted(spooled, "message") + in_drop);
  return lines;
}

}  // namespace mta
