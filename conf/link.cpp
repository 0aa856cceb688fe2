#include "conf/link.h"

#include <algorithm>

#include "conf/dial_string.h"
#include "conf/named_file.h"

namespace conf {
namespace {

constexpr std::size_t max_choices = 16;  // of modems, of numbers

void take(TomlTable& table, std::string_view key, std::string& into) {
  if (auto value = table.text(key)) into = *value;
}

void take(TomlTable& table, std::string_view key, std::chrono::milliseconds& into) {
  if (const auto value = table.duration(key)) into = *value;
}

const std::vector<std::string>& kind_words() {
  static const std::vector<std::string> words{"ppp", "line", "command", "always"};
  return words;
}

const std::vector<std::string>& job_words() {
  static const std::vector<std::string> words{"flush", "fetch", "turn", "hook"};
  return words;
}

std::vector<std::string> some(TomlTable& table, std::string_view key, Need need) {
  auto values = table.text_or_texts(key, need);
  if (values && values->empty()) table.complain(key, "is an empty list");
  if (values && values->size() > max_choices) table.complain(key, "has more than " + std::to_string(max_choices));
  return values.value_or(std::vector<std::string>{});
}

template <class Enum>
Enum meaning(const std::vector<std::string>& words, const std::string& word) {
  return static_cast<Enum>(std::find(words.begin(), words.end(), word) - words.begin());
}

}  // namespace

std::optional<Job> parse_job(std::string_view word) {
  const auto& words = job_words();
  if (std::find(words.begin(), words.end(), word) == words.end()) return {};
  return meaning<Job>(words, std::string(word));
}

LinkProfile read_link(TomlTable& table) {
  LinkProfile link;
  const auto kind = table.choice("kind", kind_words(), Need::required);
  if (kind) link.kind = meaning<LinkKind>(kind_words(), *kind);
  if (auto routes = table.texts("routes", Need::required)) {
    link.routes = std::move(*routes);
    if (link.routes.empty()) table.complain("routes", "names no spool");
  }
  if (const auto jobs = table.choices("jobs", job_words())) {
    link.jobs.clear();
    for (const auto& job : *jobs) link.jobs.push_back(meaning<Job>(job_words(), job));
  }
  const bool dials = kind && (link.kind == LinkKind::line || link.kind == LinkKind::ppp);
  const auto need = dials ? Need::required : Need::optional;
  link.modems = some(table, "modem", need);
  if (!link.modems.empty()) link.modem = link.modems.front();
  link.phones = some(table, "phone", need);
  if (!link.phones.empty()) link.phone = link.phones.front();
  for (const auto& phone : link.phones) {
    if (phone.empty()) table.complain("phone", "is empty");
    if (!is_dial_string(phone)) table.complain("phone", "is no dial string: digits, *, #, + and V.250's modifiers");
  }
  take(table, "chat", link.chat);
  take(table, "tariff", link.tariff);
  take(table, "account", link.account);
  if (auto* caps = table.table("caps")) {
    link.caps = read_caps(*caps);
    if (link.tariff.empty()) table.complain("caps", "needs a tariff: without one nothing costs anything");
  }
  if (const auto reliable = table.boolean("reliable")) link.reliable = *reliable;
  link.trust_clock = table.choice("clock", {"trust"}).has_value();
  take(table, "silence", link.silence);
  take(table, "grace", link.grace);
  take(table, "redial", link.redial);
  if (auto* ppp = table.table("ppp")) {
    link.ppp = read_ppp(*ppp);
    if (kind && link.kind != LinkKind::ppp) table.complain("ppp", "is for links of kind ppp");
  }
  link.when = read_link_policy(table);
  if (auto* command = table.table("command", link.kind == LinkKind::command ? Need::required : Need::optional)) {
    link.command = read_command(*command);
    if (kind && link.kind != LinkKind::command) table.complain("command", "is for links of kind command");
  }
  const bool has_hook = std::find(link.jobs.begin(), link.jobs.end(), Job::hook) != link.jobs.end();
  if (auto* hook = table.table("hook", has_hook ? Need::required : Need::optional)) {
    link.hook = read_hook(*hook);
    if (!has_hook) table.complain("hook", "is for links with the job hook");
  }
  return link;
}

base::Result<LinkProfile> load_link(const Places& places, const std::string& name) {
  auto path = named_file(places.links_dir(), name, "link");
  if (!path) return path.error();
  auto file = TomlFile::load(*path);
  if (!file) return file.error();
  auto link = read_link(file->top());
  if (auto done = file->finish(); !done) return done.error();
  link.name = name;
  if (link.account.empty()) link.account = name;
  link.file = *path;
  return link;
}

}  // namespace conf
