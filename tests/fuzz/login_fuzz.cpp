// Any octets as a login table, and as what a caller sends before he has a program: a fault on one line, or a table
// whose programs stand as they were written; a name of the safe set, or none, and nothing of the caller's comes back
// but that.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "conf/login.h"
#include "modem/login_dialogue.h"

namespace {

using modem::LoginDialogue;

void require(bool held) {
  if (!held) std::abort();
}

void check_entry(const conf::LoginEntry& entry) {
  if (entry.program.empty()) return;  // nobody is let in
  require(entry.program.front().starts_with('/'));
  const auto words = conf::words_for(entry, "anna");
  require(words.size() == entry.program.size());
  require(std::find(words.begin(), words.end(), "@") == words.end());
}

void check_table(std::string_view text) {
  const auto table = conf::LoginTable::parse(text, "login");
  if (!table) {
    const auto& said = table.error().text;
    return require(said.starts_with("login:") && said.find_first_of("\n\r") == std::string::npos);
  }
  for (const std::string_view name : std::to_array<std::string_view>({"anna", "a.b", "x@y", "*", conf::ppp_pattern})) {
    const auto* entry = table->find(name);
    if (entry) check_entry(*entry);
    require(!entry || entry->pattern != conf::ppp_pattern);
  }
  if (const auto* entry = table->for_ppp()) require(entry->program.empty() || entry->has_terminal);
}

void check_dialogue(std::string_view octets) {
  LoginDialogue dialogue("login: ");
  std::size_t written = 0;
  bool is_over = false;
  const auto take = [&](const std::vector<LoginDialogue::Action>& actions) {
    for (const auto& action : actions) {
      require(!is_over);
      if (const auto* write = std::get_if<LoginDialogue::Write>(&action)) written += write->bytes.size();
      const auto* done = std::get_if<LoginDialogue::Done>(&action);
      if (!done) continue;
      is_over = true;
      require(conf::is_login_name(done->name) == (done->end == modem::LoginEnd::name));
    }
  };
  take(dialogue.start());
  for (std::size_t i = 0; i < octets.size() && !is_over; ++i) {
    take(dialogue.on(LoginDialogue::Octet{static_cast<unsigned char>(octets[i])}));
  }
  if (!is_over) take(dialogue.on(LoginDialogue::Expired{}));
  require(is_over && written <= 64 * (octets.size() + LoginDialogue::max_tries + 1));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_table(text);
  check_dialogue(text);
  return 0;
}
