#include "modem/ctl/answered_call.h"

#include <pwd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include "base/bug.h"
#include "base/log.h"
#include "modem/tty_program.h"

namespace modem {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// RFC 5321 §4.5.3.2.7: a server waits five minutes for a command; a line that is silent for longer is left.
constexpr std::chrono::minutes max_silence{10};
constexpr milliseconds grace{5000};
// A program that ends at once is run again slower and slower, and not for ever.
constexpr milliseconds quick{1000};
constexpr int max_quick_ends = 5;
constexpr milliseconds first_pause{250};
constexpr milliseconds look_at_line{50};
constexpr milliseconds write_limit{5000};  // for a prompt: a line that takes no octets has no caller

base::Result<std::optional<std::pair<uid_t, gid_t>>> ids_of(const std::string& account) {
  using Ids = std::optional<std::pair<uid_t, gid_t>>;
  if (account.empty()) return Ids();
  std::array<char, 4096> room;
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwnam_r(account.c_str(), &entry, room.data(), room.size(), &found) != 0 || !found)
    return base::permanent("the login table names the account " + account + ", which is not there");
  return Ids(std::in_place, found->pw_uid, found->pw_gid);
}

bool is_pppd(const std::string& program) { return program.substr(program.rfind('/') + 1) == "pppd"; }

}  // namespace

base::Failure AnsweredCall::stopped() {
  return {base::FailureKind::temporary, "stopped by signal " + std::to_string(stop_.first()), EINTR};
}

base::Result<RelayOutcome> AnsweredCall::run_once(const std::vector<std::string>& program, const Ids& ids) {
  RelayOrder order;
  order.argv = program;
  order.ids = ids;
  order.silence = max_silence;
  order.grace = grace;
  record_.program = program;
  auto outcome = relay_.run(order);
  record_.octets = relay_.total();
  if (!outcome) {
    record_.reason = outcome.error().text;
    return outcome;
  }
  ++record_.passes;
  record_.end = outcome->program;
  record_.reason = outcome->text;
  if (outcome->end == RelayEnd::stopped) return stopped();
  return outcome;
}

base::Result<void> AnsweredCall::run_again(const std::vector<std::string>& program) {
  auto pause = first_pause;
  for (int quick_ends = 0;;) {
    const auto began = Clock::now();
    const auto outcome = run_once(program, {});
    if (!outcome) return outcome.error();
    if (outcome->end != RelayEnd::program_ended) return {};
    // A pass that moved something was one, however fast.
    const bool was_quick = Clock::now() - began < quick && outcome->counts.received == 0;
    quick_ends = was_quick ? quick_ends + 1 : 0;
    pause = was_quick ? std::min(2 * pause, milliseconds(std::chrono::minutes(1))) : first_pause;
    if (quick_ends >= max_quick_ends) {
      record_.reason = "the program ended at once " + std::to_string(quick_ends) + " times in a row";
      return {};
    }
    const auto there = wait_on_line(was_quick ? pause : milliseconds(0));
    if (!there) return there.error();
    if (!*there) {
      record_.reason = "carrier lost";
      return {};
    }
  }
}

base::Result<bool> AnsweredCall::wait_on_line(milliseconds time) {
  const auto until = base::Deadline::after(time);
  while (!modem_.carrier_lost()) {
    if (until.passed()) return true;
    if (auto waited = base::pause(base::earlier(until, base::Deadline::after(look_at_line)), &stop_); !waited)
      return waited.error();
  }
  return false;
}

base::Result<void> AnsweredCall::log_in(const std::string& table_file, const std::string& prompt) {
  // Read anew at each call: who was let in this morning may not be any more.
  const auto table = conf::load_login(table_file);
  if (!table) return table.error();
  const auto done = ask_name(prompt);
  if (!done) return done.error();
  switch (done->end) {
    case LoginEnd::ppp:
      return run_entry(table->for_ppp(), std::string(conf::ppp_pattern));
    case LoginEnd::name:
      return run_entry(table->find(done->name), done->name);
    case LoginEnd::refused:
      record_.reason = "no user name was given";
      return {};
    case LoginEnd::late:
      if (record_.reason.empty()) record_.reason = "no user name was given in time";
      return {};
  }
  base::bug("LoginEnd: bad value");
}

base::Result<LoginDialogue::Done> AnsweredCall::ask_name(const std::string& prompt) {
  LoginDialogue dialogue(prompt);
  base::Deadline deadline;
  for (auto actions = dialogue.start();;) {
    for (auto& action : actions) {
      if (auto* done = std::get_if<LoginDialogue::Done>(&action)) return std::move(*done);
      if (auto* arm = std::get_if<LoginDialogue::Arm>(&action)) {
        deadline = base::Deadline::after(arm->within);
        continue;
      }
      const auto& bytes = std::get<LoginDialogue::Write>(action).bytes;
      const auto sent = modem_.port().write(bytes, base::Deadline::after(write_limit), &stop_);
      if (!sent && sent.error().error == EINTR) return sent.error();
      if (!sent) {
        record_.reason = "carrier lost";
        return LoginDialogue::Done{LoginEnd::late, {}};
      }
    }
    const auto octet = read_octet(deadline);
    if (!octet) return octet.error();
    actions = *octet ? dialogue.on(LoginDialogue::Octet{**octet}) : dialogue.on(LoginDialogue::Expired{});
  }
}

base::Result<std::optional<unsigned char>> AnsweredCall::read_octet(const base::Deadline& deadline) {
  std::array<char, 1> octet{};
  for (;;) {
    const auto look = base::earlier(deadline, base::Deadline::after(look_at_line));
    const auto n = modem_.port().read(octet, look, &stop_);
    if (n && *n == 1) return std::optional(static_cast<unsigned char>(octet[0]));
    if (!n && n.error().error == EINTR) return n.error();
    const bool is_over = (n && *n == 0) || (!n && n.error().error != ETIMEDOUT) || modem_.carrier_lost();
    if (is_over) record_.reason = "carrier lost";
    if (is_over || deadline.passed()) return std::optional<unsigned char>();
  }
}

base::Result<void> AnsweredCall::run_entry(const conf::LoginEntry* entry, const std::string& name) {
  record_.user = name;
  if (!entry || entry->program.empty()) {
    record_.reason = entry ? "the login table lets this user not in" : "the login table has no line for this user";
    return {};
  }
  record_.entry = entry->pattern;
  base::log(base::Level::info, "call " + std::to_string(record_.number) + ": user " + name + ", " + entry->program[0]);
  const auto ids = ids_of(entry->account);
  if (!ids) return ids.error();
  const auto program = conf::words_for(*entry, name);
  if (entry->has_terminal) return run_with_terminal(program, *ids);
  const auto outcome = run_once(program, *ids);
  if (!outcome) return outcome.error();
  if (outcome->end == RelayEnd::program_ended) let_last_octets_leave(modem_, stop_);
  if (record_.reason.empty()) record_.reason = "the program has ended";
  return {};
}

base::Result<void> AnsweredCall::run_with_terminal(const std::vector<std::string>& program, const Ids& ids) {
  TtyOrder order{program, TtyUse::login, ids};
  if (is_pppd(program[0])) {
    order.use = TtyUse::raw;
    // Detached it would be no child of ours; the lock is ours already; and its standard output is the line.
    for (const auto* word : {"nodetach", "nolock", "logfd", "2"}) order.argv.emplace_back(word);
  }
  record_.program = order.argv;
  const auto outcome = run_on_tty(modem_, stop_, order);
  if (!outcome) return outcome.error();
  record_.passes = 1;
  record_.end = outcome->program;
  record_.reason = outcome->text.empty() ? "the program has ended" : outcome->text;
  if (outcome->stopped) return stopped();
  return {};
}

}  // namespace modem
