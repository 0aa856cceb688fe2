#include "conf/toml.h"

#include <toml++/toml.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/log.h"
#include "conf/nearest.h"
#include "conf/text.h"

namespace conf {
namespace {

struct Fault {
  std::string file;
  std::size_t line;
  std::string text;
};

std::string shown(const Fault& fault) {
  return fault.file + ":" + std::to_string(std::max<std::size_t>(fault.line, 1)) + ": " + fault.text;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

using Place = toml::source_region;

void inherit_table(toml::table& own, toml::table& base) {
  for (auto& [key, node] : base) {
    auto* there = own.get(key);
    if (there == nullptr) {
      // Moved, for a copy of a node forgets where it stood.
      node.visit([&, name = toml::key(key)](auto& value) { own.insert(name, std::move(value)); });
    } else if (there->is_table() && node.is_table()) {
      inherit_table(*there->as_table(), *node.as_table());
    }
  }
}

std::string type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a floating-point number";
    case toml::node_type::boolean:
      return "a boolean";
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
      return "a date or time";
    case toml::node_type::none:
      break;
  }
  return "nothing";
}

}  // namespace

struct TomlTable::State {
  const toml::table* table = nullptr;
  std::string file;  // that the table begins in
  std::string path;  // "job[2].", in front of a key's name
  std::vector<Fault>* faults = nullptr;
  std::vector<std::string> asked;
  std::map<const toml::node*, std::unique_ptr<TomlTable>> children;

  // A table that dotted keys have made, and one without any key, has no place of its own.
  std::string file_of(const Place& place) const { return place.path ? *place.path : file; }

  Fault fault_at(const Place& place, std::string_view key, const std::string& what) const {
    return {file_of(place), place.begin.line, path + base::escape(key) + " " + what};
  }

  void complain(const Place& place, std::string_view key, const std::string& what) const {
    faults->push_back(fault_at(place, key, what));
  }

  const Place& place_of(std::string_view key) const {
    const toml::node* node = table->get(key);
    return (node != nullptr ? *node : *table).source();
  }

  // The key's value, or nothing; a required one that is missing is a fault.
  const toml::node* find(std::string_view key, Need need) {
    asked.emplace_back(key);
    const toml::node* node = table->get(key);
    if (node == nullptr && need == Need::required) complain(table->source(), key, "is missing");
    return node;
  }

  TomlTable* child(const toml::table& node, const std::string& name) {
    auto& slot = children[&node];
    if (!slot) {
      slot.reset(new TomlTable);
      *slot->state_ = State{&node, file, path + name + ".", faults, {}, {}};
    }
    return slot.get();
  }

  void collect_unknown() const {
    for (const auto& [key, node] : *table) {
      const std::string name(key.str());
      if (std::find(asked.begin(), asked.end(), name) == asked.end()) {
        complain(key.source(), name, "is no key that is known here" + did_you_mean(name, asked));
      }
    }
    for (const auto& [node, table_below] : children) table_below->state_->collect_unknown();
  }

  // A string that a parser understands; what says what it must be.
  template <class T>
  std::optional<T> parsed(std::string_view key, Need need, std::optional<T> (*parse)(std::string_view),
                          const std::string& what) {
    const toml::node* node = find(key, need);
    if (node == nullptr) return std::nullopt;
    const auto text = node->value_exact<std::string>();
    if (!text) {
      complain(node->source(), key, "must be " + what + ", not " + type_name(*node));
      return std::nullopt;
    }
    auto value = parse(*text);
    if (!value) complain(node->source(), key, "must be " + what + ", not \"" + base::escape(*text) + "\"");
    return value;
  }
};

struct TomlFile::State {
  std::string file;
  toml::table root;
  std::vector<Fault> faults;
  std::unique_ptr<TomlTable> top;
};

TomlTable::TomlTable() : state_(std::make_unique<State>()) {}
TomlTable::~TomlTable() = default;
TomlFile::TomlFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
TomlFile::TomlFile(TomlFile&&) noexcept = default;
TomlFile& TomlFile::operator=(TomlFile&&) noexcept = default;
TomlFile::~TomlFile() = default;

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::int64_t milliseconds;
  };
  static constexpr Unit units[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
  constexpr std::uint64_t most = 1'000'000'000;  // of any unit: more than anybody means, and no product overflows
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = decimal(text.substr(0, digits));
  if (!number || *number > most) return std::nullopt;
  for (const auto& unit : units) {
    if (text.substr(digits) == unit.name)
      return std::chrono::milliseconds(static_cast<std::int64_t>(*number) * unit.milliseconds);
  }
  return std::nullopt;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t unit = 1;
  if (!text.empty()) {
    constexpr std::string_view letters = "kMG";
    if (const std::size_t power = letters.find(text.back()); power != std::string_view::npos) {
      unit = std::uint64_t{1} << (10 * (power + 1));
      text.remove_suffix(1);
    }
  }
  const auto number = decimal(text);
  if (!number || *number > std::numeric_limits<std::uint64_t>::max() / unit) return std::nullopt;
  return *number * unit;
}

std::optional<std::int64_t> parse_amount(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  constexpr std::size_t places = 9;
  const std::size_t dot = text.find('.');
  const auto whole = decimal(text.substr(0, dot));
  std::string fraction(dot == std::string_view::npos ? "0" : text.substr(dot + 1));
  if (!whole || fraction.empty() || fraction.size() > places) return std::nullopt;
  fraction.resize(places, '0');
  const auto nano = decimal(fraction);
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max() / nano_units - 1);
  if (!nano || *whole > most) return std::nullopt;
  const auto value = static_cast<std::int64_t>(*whole) * nano_units + static_cast<std::int64_t>(*nano);
  return negative ? -value : value;
}

std::optional<std::string> TomlTable::text(std::string_view key, Need need) {
  const toml::node* node = state_->find(key, need);
  if (node == nullptr) return std::nullopt;
  auto value = node->value_exact<std::string>();
  if (!value) state_->complain(node->source(), key, "must be a string, not " + type_name(*node));
  return value;
}

std::optional<std::int64_t> TomlTable::integer(std::string_view key, std::int64_t least, std::int64_t greatest,
                                               Need need) {
  const toml::node* node = state_->find(key, need);
  if (node == nullptr) return std::nullopt;
  const auto value = node->value_exact<std::int64_t>();
  if (value && *value >= least && *value <= greatest) return value;
  const std::string found = value ? std::to_string(*value) : type_name(*node);
  state_->complain(
      node->source(), key,
      "must be an integer from " + std::to_string(least) + " to " + std::to_string(greatest) + ", not " + found);
  return std::nullopt;
}

std::optional<bool> TomlTable::boolean(std::string_view key, Need need) {
  const toml::node* node = state_->find(key, need);
  if (node == nullptr) return std::nullopt;
  const auto value = node->value_exact<bool>();
  if (!value) state_->complain(node->source(), key, "must be true or false, not " + type_name(*node));
  return value;
}

std::optional<std::chrono::milliseconds> TomlTable::duration(std::string_view key, Need need) {
  return state_->parsed(key, need, parse_duration, R"(a duration ("500ms", "30s", "5m", "2h", "1d"))");
}

std::optional<std::uint64_t> TomlTable::size(std::string_view key, Need need) {
  return state_->parsed(key, need, parse_size, R"(a size ("800", "10k", "2M", "1G"))");
}

std::optional<std::int64_t> TomlTable::amount(std::string_view key, Need need) {
  const toml::node* node = state_->table->get(key);
  if (node != nullptr && node->is_integer()) {
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / nano_units - 1;
    const auto whole = integer(key, -most, most, need);
    if (!whole) return std::nullopt;
    return *whole * nano_units;
  }
  return state_->parsed(key, need, parse_amount, R"(an amount as a string ("0.0625": at most nine decimals))");
}

std::optional<std::vector<std::string>> TomlTable::texts(std::string_view key, Need need) {
  const toml::node* node = state_->find(key, need);
  if (node == nullptr) return std::nullopt;
  const toml::array* array = node->as_array();
  std::vector<std::string> values;
  if (array != nullptr) {
    for (const auto& element : *array) {
      if (auto value = element.value_exact<std::string>()) values.push_back(std::move(*value));
    }
  }
  if (array != nullptr && values.size() == array->size()) return values;
  state_->complain(node->source(), key,
                   "must be an array of strings" + (array == nullptr ? ", not " + type_name(*node) : ""));
  return std::nullopt;
}

std::optional<std::vector<std::string>> TomlTable::text_or_texts(std::string_view key, Need need) {
  const toml::node* node = state_->find(key, need);
  if (node == nullptr) return std::nullopt;
  if (node->is_array()) return texts(key);
  auto value = text(key);
  if (!value) return std::nullopt;
  return std::vector<std::string>{std::move(*value)};
}

std::optional<std::string> TomlTable::choice(std::string_view key, const std::vector<std::string>& words, Need need) {
  auto value = text(key, need);
  if (!value || std::find(words.begin(), words.end(), *value) != words.end()) return value;
  complain(key,
           "must be one of " + joined(words) + ", not \"" + base::escape(*value) + "\"" + did_you_mean(*value, words));
  return std::nullopt;
}

std::optional<std::vector<std::string>> TomlTable::choices(std::string_view key, const std::vector<std::string>& words,
                                                           Need need) {
  auto values = texts(key, need);
  if (!values) return values;
  for (const auto& value : *values) {
    if (std::find(words.begin(), words.end(), value) != words.end()) continue;
    complain(key, "may hold " + joined(words) + ", not \"" + base::escape(value) + "\"" + did_you_mean(value, words));
    return std::nullopt;
  }
  return values;
}

TomlTable* TomlTable::table(std::string_view key, Need need) {
  const toml::node* node = state_->find(key, need);
  if (node == nullptr) return nullptr;
  if (const toml::table* below = node->as_table()) return state_->child(*below, std::string(key));
  state_->complain(node->source(), key, "must be a table, not " + type_name(*node));
  return nullptr;
}

std::vector<TomlTable*> TomlTable::tables(std::string_view key, Need need) {
  std::vector<TomlTable*> out;
  const toml::node* node = state_->find(key, need);
  if (node == nullptr) return out;
  const toml::array* array = node->as_array();
  if (array == nullptr || !array->is_homogeneous(toml::node_type::table)) {
    state_->complain(node->source(), key, "must be tables, written as [[" + std::string(key) + "]]");
    return out;
  }
  for (std::size_t i = 0; i < array->size(); ++i) {
    out.push_back(state_->child(*array->get(i)->as_table(), std::string(key) + "[" + std::to_string(i + 1) + "]"));
  }
  return out;
}

std::vector<std::string> TomlTable::keys() const {
  std::vector<std::string> names;
  for (const auto& [key, node] : *state_->table) names.emplace_back(key.str());
  return names;
}

void TomlTable::complain(std::string_view key, const std::string& what) {
  state_->complain(state_->place_of(key), key, what);
}

base::Failure TomlTable::failure(std::string_view key, const std::string& what) const {
  return base::permanent(shown(state_->fault_at(state_->place_of(key), key, what)));
}

bool TomlTable::has_own(std::string_view key) const {
  const toml::node* node = state_->table->get(key);
  return node != nullptr && state_->file_of(node->source()) == state_->file;
}

base::Result<TomlFile> TomlFile::parse(std::string_view text, const std::string& file) {
  auto state = std::make_unique<State>();
  state->file = file;
  try {
    state->root = toml::parse(text, std::string_view(file));
  } catch (const toml::parse_error& e) {
    return fault(file, e.source().begin.line, base::escape(e.description()));
  }
  state->top.reset(new TomlTable);
  *state->top->state_ = TomlTable::State{&state->root, file, "", &state->faults, {}, {}};
  return TomlFile(std::move(state));
}

base::Result<TomlFile> TomlFile::load(const std::string& path) {
  auto text = read_config_file(path);
  if (!text) return text.error();
  if (!*text) return base::permanent("open " + path + ": there is no such file");
  return parse(**text, path);
}

TomlTable& TomlFile::top() { return *state_->top; }

void TomlFile::inherit(TomlFile base) {
  inherit_table(state_->root, base.state_->root);
  auto& met = base.state_->faults;
  std::move(met.begin(), met.end(), std::back_inserter(state_->faults));
}

std::vector<std::string> TomlFile::faults() const {
  const auto before = state_->faults.size();
  state_->top->state_->collect_unknown();
  auto all = state_->faults;
  state_->faults.resize(before);  // asked again later, it would find them once more
  const auto order = [&](const Fault& fault) { return std::tuple(fault.file != state_->file, fault.file, fault.line); };
  std::stable_sort(all.begin(), all.end(), [&](const Fault& a, const Fault& b) { return order(a) < order(b); });
  std::vector<std::string> lines;
  for (const auto& one : all) lines.push_back(shown(one));
  return lines;
}

base::Result<void> TomlFile::finish() const {
  const auto lines = faults();
  if (lines.empty()) return {};
  const std::string others = lines.size() > 1 ? " (and " + std::to_string(lines.size() - 1) + " more)" : "";
  return base::permanent(lines.front() + others);
}

}  // namespace conf
