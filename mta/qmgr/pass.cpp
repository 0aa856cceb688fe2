#include "mta/qmgr/pass.h"

#include <algorithm>
#include <map>
#include <vector>

#include "base/log.h"
#include "mta/mail/maildir.h"

namespace mta {
namespace {

using mail::RecipientState;

struct Placement {  // one file on its way into a maildir
  std::size_t index = 0;
  std::string maildir;
  mail::MaildirKind kind = mail::MaildirKind::mailbox;
  std::string name;
  std::string delivered_to;
  bool failed = false;
};

struct Trouble {
  base::FailureKind kind = base::FailureKind::temporary;
  std::string text;  // with an enhanced status code (RFC 3463) in front
};

class Pass {
 public:
  Pass(const Store& store, const Rules& rules, const PassInput& input, mail::EntryFile entry)
      : store_(store), rules_(rules), input_(input), entry_(std::move(entry)) {}

  PassResult run();

 private:
  void resolve_placing();
  void resolve(std::size_t index);
  void route_waiting();
  void route(std::size_t index);
  void place_local(std::size_t index, const conf::Destination& destination, const conf::Local& local);
  void write_files();
  bool write_file(Placement& placement);
  void sync_folders(std::string_view part);
  bool record_names();
  void move_files();
  void record_outcomes();
  bool settle_bounce(PassResult& result);

  void defer(std::size_t index, std::string text);
  void fail(std::size_t index, std::string text);
  bool record(const std::vector<mail::Fields>& records);
  const base::Directory* maildir(const std::string& path);
  void say(std::string_view text) const { base::log(base::Level::info, input_.id + ": " + std::string(text)); }
  void warn(std::string_view text) const { base::log(base::Level::warning, input_.id + ": " + std::string(text)); }
  [[nodiscard]] const mail::Recipient& recipient(std::size_t index) const { return entry_.state().recipients[index]; }

  const Store& store_;
  const Rules& rules_;
  const PassInput& input_;
  mail::EntryFile entry_;
  std::map<std::string, base::Directory> maildirs_;
  std::vector<Placement> placements_;
  std::vector<std::size_t> arrived_;         // their file is in new/, durably
  std::map<std::size_t, Trouble> troubles_;  // of this pass, by recipient
};

const base::Directory* Pass::maildir(const std::string& path) {
  if (const auto found = maildirs_.find(path); found != maildirs_.end()) return &found->second;
  auto opened = base::Directory::open(path);
  if (!opened) {
    warn(opened.error().text);
    return nullptr;
  }
  return &maildirs_.emplace(path, std::move(*opened)).first->second;
}

bool Pass::record(const std::vector<mail::Fields>& records) {
  if (records.empty()) return true;
  if (auto written = entry_.record(records); !written) {
    warn(written.error().text);
    return false;
  }
  return true;
}

void Pass::defer(std::size_t index, std::string text) {
  troubles_[index] = {base::FailureKind::temporary, std::move(text)};
}

void Pass::fail(std::size_t index, std::string text) {
  troubles_[index] = {base::FailureKind::permanent, std::move(text)};
}

// Names that stood in the entry when we were stopped between the two halves of a delivery.
void Pass::resolve_placing() {
  for (std::size_t index = 0; index < entry_.state().recipients.size(); ++index) {
    if (recipient(index).state == RecipientState::placing) resolve(index);
  }
}

void Pass::resolve(std::size_t index) {
  const auto& one = recipient(index);
  const auto* folder = maildir(one.maildir);
  if (!folder) return;  // stays as it is: to deliver anew now could be a second time
  const auto where = mail::look_for(*folder, one.unique_name);
  if (!where) return warn(where.error().text);
  switch (*where) {
    case mail::Whereabouts::in_tmp:
      placements_.push_back({index, one.maildir, mail::MaildirKind::mailbox, one.unique_name, "", false});
      return;
    case mail::Whereabouts::delivered:
      // We were stopped before new/ was known to be synced, or a reader has moved the file on since.
      for (const auto* part : {"new", "cur"}) {
        if (auto synced = folder->sync(part); !synced) return warn(synced.error().text);
      }
      arrived_.push_back(index);
      return;
    case mail::Whereabouts::gone:
      // Sooner than tmp/'s 36 hours it can only have been delivered and then read or sent on. How long it was needs a
      // clock that is believed.
      if (input_.clock.trust() != mail::ClockTrust::trusted) return;
      if (input_.clock.age(one.placed_at) < mail::tmp_lifetime_seconds) {
        arrived_.push_back(index);
      } else {
        say("delivery to <" + one.address + "> was never finished, starting anew");
        route(index);
      }
      return;
  }
}

void Pass::route_waiting() {
  for (std::size_t index = 0; index < entry_.state().recipients.size(); ++index) {
    if (recipient(index).state == RecipientState::waiting) route(index);
  }
}

void Pass::route(std::size_t index) {
  const auto destination = conf::route_recipient(recipient(index).address, rules_.routing);
  if (const auto* local = std::get_if<conf::Local>(&destination.where)) {
    place_local(index, destination, *local);
  } else if (const auto* spool = std::get_if<conf::Spool>(&destination.where)) {
    placements_.push_back(
        {index, spool->route.spool, mail::MaildirKind::spool, "", spool->route.prefix + destination.recipient, false});
  } else if (rules_.routing.routes.all().empty()) {
    // More likely a configuration in the making than mail that nobody can ever want to send.
    defer(index, "4.3.5 no routes are configured");
  } else {
    fail(index, "5.4.4 no route leads to this domain");
  }
}

void Pass::place_local(std::size_t index, const conf::Destination& destination, const conf::Local& local) {
  if (!local.user) return fail(index, "5.1.1 no such mailbox here");
  if (local.user->uid != input_.uid) {
    return defer(index, "4.3.5 mailbox of uid " + std::to_string(local.user->uid) +
                            ", but the queue manager runs as uid " + std::to_string(input_.uid));
  }
  placements_.push_back(
      {index, local.user->home + "/Maildir", mail::MaildirKind::mailbox, "", destination.recipient, false});
}

bool Pass::write_file(Placement& placement) {
  if (!maildirs_.contains(placement.maildir)) {
    if (auto made = mail::make_maildir(placement.maildir, placement.kind); !made) {
      defer(placement.index, "4.2.0 " + made.error().text);
      return false;
    }
  }
  const auto* folder = maildir(placement.maildir);
  if (!folder) {
    defer(placement.index, "4.2.0 cannot open " + placement.maildir);
    return false;
  }
  placement.name = mail::format_unique_name({base::read_clock(), input_.pid, input_.id, placement.index, rules_.host});
  const auto sender = mail::verp_sender(entry_.state().sender, recipient(placement.index).address);
  const mail::Source message{entry_.fd(), entry_.header().message_offset(), entry_.header().message_bytes};
  auto written = mail::write_to_tmp(*folder, placement.name, mail::envelope_lines(sender, placement.delivered_to),
                                    message, placement.kind);
  if (!written) {
    defer(placement.index, "4.3.1 " + written.error().text);
    return false;
  }
  return true;
}

void Pass::write_files() {
  for (auto& placement : placements_) {
    if (placement.name.empty()) placement.failed = !write_file(placement);
  }
}

// The names in tmp/ have to survive a power cut before the entry says that they are there; those in new/ before it says
// that they are delivered.
void Pass::sync_folders(std::string_view part) {
  std::map<std::string, std::optional<std::string>> synced;  // maildir -> what went wrong
  for (auto& placement : placements_) {
    if (placement.failed) continue;
    const auto [entry, first] = synced.try_emplace(placement.maildir);
    if (first) {
      const auto* folder = maildir(placement.maildir);
      auto done = folder ? folder->sync(std::string(part))
                         : base::Result<void>(base::temporary("cannot open " + placement.maildir));
      if (!done) entry->second = done.error().text;
    }
    if (entry->second) {
      placement.failed = true;
      warn(*entry->second);
      if (part == "tmp" && recipient(placement.index).state != RecipientState::placing)
        defer(placement.index, "4.3.0 " + *entry->second);
    }
  }
}

bool Pass::record_names() {
  std::vector<mail::Fields> records;
  for (const auto& placement : placements_) {
    if (placement.failed || recipient(placement.index).unique_name == placement.name) continue;
    records.push_back(
        mail::placing_record(placement.index, input_.now.wall_seconds, placement.maildir, placement.name));
  }
  if (record(records)) return true;
  for (auto& placement : placements_) {
    if (placement.failed || recipient(placement.index).unique_name == placement.name) continue;
    placement.failed = true;
    // If the record might reach the disk all the same, its file must be there too: tmp/'s 36 hours will take it.
    if (const auto* folder = maildir(placement.maildir); folder && !entry_.uncertain()) {
      static_cast<void>(folder->unlink("tmp/" + placement.name));
    }
  }
  return false;
}

void Pass::move_files() {
  for (auto& placement : placements_) {
    if (placement.failed) continue;
    const auto* folder = maildir(placement.maildir);
    auto moved = folder ? mail::move_to_new(*folder, placement.name)
                        : base::Result<void>(base::temporary("cannot open " + placement.maildir));
    if (!moved) {
      placement.failed = true;
      warn(moved.error().text);
    }
  }
  sync_folders("new");
  for (const auto& placement : placements_) {
    if (placement.failed) continue;
    arrived_.push_back(placement.index);
    say("to <" + recipient(placement.index).address + ">: in " + placement.maildir + "/new/" + placement.name);
  }
}

void Pass::record_outcomes() {
  const auto now = input_.now.wall_seconds;
  std::vector<mail::Fields> records;
  for (const auto index : arrived_) records.push_back(mail::done_record(index, now));
  const bool trusted = input_.clock.trust() == mail::ClockTrust::trusted;
  const auto first = entry_.state().first_deferral;
  const bool too_old = first && input_.clock.age(*first) > rules_.queue_lifetime;
  for (const auto& [index, trouble] : troubles_) {
    const auto& address = recipient(index).address;
    if (trouble.kind == base::FailureKind::permanent || too_old) {
      const std::string text =
          too_old && trouble.kind == base::FailureKind::temporary
              ? trouble.text + "\nI'm not going to try again; this message has been in the queue too long."
              : trouble.text;
      records.push_back(mail::failed_record(index, now, text));
      say("to <" + address + ">: failed: " + trouble.text);
    } else {
      // The same trouble once more is not worth a synced write: only the first one starts the lifetime.
      if (!first || recipient(index).text != trouble.text)
        records.push_back(mail::deferred_record(index, now, trusted, trouble.text));
      say("to <" + address + ">: deferred: " + trouble.text);
    }
  }
  record(records);
}

// True when nothing more is owed to the sender.
bool Pass::settle_bounce(PassResult& result) {
  const auto& state = entry_.state();
  if (!state.any_failed() || state.bounced) return true;
  if (mail::bounce_kind(state.sender) == mail::BounceKind::discard) {
    say("double bounce failed, discarding");
    return true;
  }
  const std::string bounce_id = input_.id + "-b";
  const auto commit = [&]() -> base::Result<void> {
    if (store_.has(bounce_id)) return store_.sync_names();  // committed before a crash
    std::vector<mail::FailedRecipient> failed;
    for (const auto& one : state.recipients) {
      if (one.state == RecipientState::failed) failed.push_back({one.address, one.text});
    }
    const auto date = base::rfc5322_date(input_.now.wall_seconds);
    const auto bounce =
        mail::make_bounce(rules_.bounce_host, "Offhook", mail::bounce_address(state.sender), failed, date, bounce_id);
    auto writer = store_.create(bounce_id);
    if (!writer) return writer.error();
    const auto fill = [&]() -> base::Result<void> {
      const std::string received = "Received: (offhook " + bounce_id + " invoked for bounce); " + date + "\n";
      if (auto r = writer->append_message(received + bounce.text); !r) return r;
      if (auto r = mail::copy_message(entry_, *writer); !r) return r;
      const std::string envelope = "F" + bounce.sender + '\0' + "T" + bounce.recipient + std::string(2, '\0');
      const bool trusted = input_.clock.trust() == mail::ClockTrust::trusted;
      if (auto r = writer->finish(envelope, {0, 0, 0, input_.now.wall_seconds, trusted, input_.uid}); !r) return r;
      if (auto r = store_.sync_file(*writer, bounce_id); !r) return r;
      if (auto r = store_.publish(bounce_id); !r) return r;
      return store_.sync_names();
    };
    auto filled = fill();
    if (!filled) store_.discard(bounce_id);
    return filled;
  };
  if (auto committed = commit(); !committed) {
    warn("bounce: " + committed.error().text);
    return false;
  }
  if (!record({mail::bounced_record(input_.now.wall_seconds)})) return false;
  say("bounced as " + bounce_id);
  result.bounce_id = bounce_id;
  return true;
}

PassResult Pass::run() {
  resolve_placing();
  route_waiting();
  write_files();
  sync_folders("tmp");
  if (record_names()) move_files();
  record_outcomes();
  PassResult result;
  result.birth = entry_.header().birth;
  result.birth_trusted = entry_.header().birth_trusted;
  result.owner = entry_.header().uid;
  if (!entry_.state().all_settled() || !settle_bounce(result)) return result;
  if (auto removed = store_.remove(input_.id); !removed) {
    warn(removed.error().text);
    return result;
  }
  say("done");
  result.outcome = PassOutcome::finished;
  return result;
}

}  // namespace

PassResult run_pass(const Store& store, const Rules& rules, const PassInput& input) {
  auto entry = store.entry(input.id, input.verify);
  if (!entry) {
    PassResult result;
    if (entry.error().error == ENOENT) {
      result.outcome = PassOutcome::finished;
      return result;
    }
    const bool damaged = entry.error().kind == base::FailureKind::permanent;
    base::log(damaged ? base::Level::error : base::Level::warning, input.id + ": " + entry.error().text);
    result.outcome = damaged ? PassOutcome::damaged : PassOutcome::waiting;
    return result;
  }
  return Pass(store, rules, input, std::move(*entry)).run();
}

}  // namespace mta
