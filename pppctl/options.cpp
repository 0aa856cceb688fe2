#include "pppctl/options.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/bug.h"
#include "conf/command_line.h"
#include "conf/nearest.h"
#include "conf/toml.h"
#include "pppctl/session.h"

namespace pppctl {
namespace {

namespace po = boost::program_options;

enum class LinkOperand { none, optional, required };

// What one writes behind the program's name; a command with two uses has two rows.
struct Use {
  const char* word;
  Command command;
  LinkOperand link;
  const char* operands;
};

constexpr Use uses[] = {
    {"session", Command::session, LinkOperand::required,
     "LINK|any [--jobs LIST] [--max-time TIME] [--if-mail WHEN] [--always] [--verbose]"},
    {"clear", Command::clear, LinkOperand::required, "LINK"},
    {"daemon", Command::daemon, LinkOperand::none, ""},
    {"up", Command::up, LinkOperand::required, "LINK"},
    {"down", Command::down, LinkOperand::required, "LINK"},
    {"reload", Command::reload, LinkOperand::none, ""},
    {"next", Command::next, LinkOperand::none, ""},
    {"status", Command::status, LinkOperand::optional, "[LINK] [--watch | --json]"},
    {"history", Command::history, LinkOperand::optional, "[LINK] [--last N] [--json]"},
    {"recover", Command::recover, LinkOperand::optional, "[LINK]"},
    {"check", Command::check, LinkOperand::optional, "[LINK] [--no-modem] [--json]"},
    {"setup", Command::setup, LinkOperand::optional, "[LINK] [--answers FILE] [--examples DIR] [--replace]"},
    {"plan", Command::plan, LinkOperand::optional, "[LINK] [--json]"},
    {"bill", Command::bill, LinkOperand::optional, "[LINK] [--month YYYY-MM] [--json]"},
    {"setup", Command::setup, LinkOperand::optional, "LINK --peers [--peers-dir DIR]"},
    {"connect", Command::connect, LinkOperand::required, "LINK"},
    {"notify", Command::notify, LinkOperand::required, "pre-up|up|down LINK"},
};

constexpr std::int64_t max_last = 1'000'000;

// No command: of all.
conf::Program program_of(std::optional<Command> command) {
  std::string synopsis;
  for (const auto& use : uses) {
    if (command && use.command != *command) continue;
    if (!synopsis.empty()) synopsis += " | ";
    synopsis += use.word;
    if (*use.operands != 0) synopsis += std::string(" ") + use.operands;
  }
  return {"pppctl", synopsis, "Calls other sites, sends the mail that waits for them, hangs up, and keeps the ledger.",
          "0 all went, 100 somebody must change something, 111 mail is left or it failed for now"};
}

base::Failure usage(const std::string& what) {
  return base::permanent(what + " (usage: pppctl " + program_of({}).synopsis + ")");
}

const Use& use_of(Command command) {
  const auto* found =
      std::find_if(std::begin(uses), std::end(uses), [&](const Use& use) { return use.command == command; });
  if (found == std::end(uses)) base::bug("Command: bad value");
  return *found;
}

base::Result<Command> command_of(const std::string& word) {
  std::vector<std::string> known;
  for (const auto& use : uses) {
    if (word == use.word) return use.command;
    known.emplace_back(use.word);
  }
  return usage("unknown command '" + word + "'" + conf::did_you_mean(word, known));
}

// An option, and the commands that it is for: an option that a command does not know is a mistake, not something to be
// let go.
struct Row {
  const char* name;
  std::vector<Command> commands;
  const po::value_semantic* value;  // given away to the description
  const char* text;
};

// last: what stands before the last of several.
std::string words_of(const std::vector<Command>& commands, const char* last) {
  std::string text;
  for (const auto& command : commands) {
    if (!text.empty()) text += &command == &commands.back() ? last : ", ";
    text += use_of(command).word;
  }
  return text;
}

// The words of the options as they were written, where that is not their meaning.
struct Words {
  std::string last, jobs, max_time, if_mail;
};

class Table {
 public:
  Table(Options& options, Words& words) {
    const auto flag = [](bool& value) { return po::bool_switch(&value); };
    const auto text = [](std::string& value, const char* name) { return po::value(&value)->value_name(name); };
    const std::vector<Command> session{Command::session}, setup{Command::setup};
    rows_ = {
        {"verbose", session, flag(options.verbose), "the timeline on standard error though it is no terminal"},
        {"always", session, flag(options.always), "call though no mail waits"},
        {"jobs", session, text(words.jobs, "LIST"), "these jobs in place of the link's, as fetch,flush"},
        {"max-time", session, text(words.max_time, "TIME"), "begin no message so long after a flush has begun, as 5m"},
        {"if-mail", session, text(words.if_mail, "WHEN"),
         "call only if the link's times and pauses allow it and its mail is due, or any waits, or one of "
         "older=30m,messages=10,octets=200k,priority=4 holds: due, any or conditions"},
        {"json",
         {Command::status, Command::history, Command::check, Command::plan, Command::bill},
         flag(options.json),
         "as JSON"},
        {"watch", {Command::status}, flag(options.watch), "again every second, on a terminal"},
        {"no-modem", {Command::check}, flag(options.no_modem), "leave out what needs the port"},
        {"answers", setup, text(options.answers, "FILE"), "take the answers from this file"},
        {"examples", setup, text(options.examples, "DIR"), "where the examples are"},
        {"replace", setup, flag(options.replace), "write over files that are there"},
        {"peers", setup, flag(options.peers), "write what pppd is given for the link"},
        {"peers-dir", setup, text(options.peers_dir, "DIR"), "into this folder, not /etc/ppp/peers"},
        {"last", {Command::history}, text(words.last, "N"), "the last N calls; 10 if not given"},
        {"month", {Command::bill}, text(options.month, "YYYY-MM"), "the month; that of now if not given"},
    };
    for (const auto& row : rows_) {
      const auto help = words_of(row.commands, ", ") + ": " + row.text;
      all_.add_options()(row.name, row.value, help.c_str());
    }
  }

  [[nodiscard]] const po::options_description& all() const { return all_; }

  [[nodiscard]] po::options_description of(Command command) const {
    po::options_description some("Options");
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (is_for(rows_[i], command)) some.add(all_.options()[i]);
    }
    return some;
  }

  [[nodiscard]] bool takes_value(std::string_view word) const {
    const auto* option = word.starts_with("--") ? all_.find_nothrow(std::string(word.substr(2)), false) : nullptr;
    return option != nullptr && option->semantic()->min_tokens() > 0;
  }

  // The first that is given and not for this command: whom it is for.
  [[nodiscard]] base::Result<void> check(const po::variables_map& given, Command command) const {
    for (const auto& row : rows_) {
      const auto& value = given[row.name];
      if (value.empty() || value.defaulted() || is_for(row, command)) continue;
      return usage(std::string("--") + row.name + " is for " + words_of(row.commands, " and "));
    }
    return {};
  }

 private:
  static bool is_for(const Row& row, Command command) {
    return std::find(row.commands.begin(), row.commands.end(), command) != row.commands.end();
  }

  std::vector<Row> rows_;
  po::options_description all_{"Options"};
};

struct Split {
  std::vector<const char*> words;  // options before operands
  std::string first_operand;
  bool wants_help = false;

  // The command of which alone is to be told.
  [[nodiscard]] std::optional<Command> help_for() const {
    if (!wants_help) return {};
    const auto command = command_of(first_operand);
    return command ? std::optional(*command) : std::nullopt;
  }
};

// Options may stand behind the operands as well: ours are the only ones here, and no operand begins with a dash.
Split options_first(int argc, const char* const* argv, const Table& table) {
  Split split;
  split.words.assign(argv, argv + (argc > 0 ? 1 : 0));
  std::vector<const char*> operands;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (!word.starts_with("-")) {
      operands.push_back(argv[i]);
      continue;
    }
    split.words.push_back(argv[i]);
    split.wants_help = split.wants_help || word == "--help";
    if (table.takes_value(word) && i + 1 < argc) split.words.push_back(argv[++i]);
  }
  if (!operands.empty()) split.first_operand = operands.front();
  split.words.insert(split.words.end(), operands.begin(), operands.end());
  return split;
}

base::Result<std::int64_t> number(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > max_last) {
    return usage("--last: '" + text + "' is no number from 1 to " + std::to_string(max_last));
  }
  return value;
}

base::Result<std::vector<conf::Job>> jobs_of(const std::string& text) {
  std::vector<conf::Job> jobs;
  for (std::string_view rest = text;;) {
    const auto comma = rest.find(',');
    const auto job = conf::parse_job(rest.substr(0, comma));
    if (!job) return usage("--jobs: '" + text + "' is no list of flush, fetch, turn and hook, as in fetch,flush");
    jobs.push_back(*job);
    if (comma == std::string_view::npos) return jobs;
    rest.remove_prefix(comma + 1);
  }
}

base::Result<void> read_session_words(const Words& words, Options& options) {
  if (!words.jobs.empty()) {
    auto jobs = jobs_of(words.jobs);
    if (!jobs) return jobs.error();
    options.jobs = std::move(*jobs);
  }
  if (!words.max_time.empty()) {
    const auto time = conf::parse_duration(words.max_time);
    if (!time || *time < std::chrono::seconds(1))
      return usage("--max-time: '" + words.max_time + "' is no time, as 5m is");
    options.max_time = std::chrono::floor<std::chrono::seconds>(*time);
  }
  if (!words.if_mail.empty()) {
    auto conditions = parse_conditions(words.if_mail);
    if (!conditions) return conditions.error();
    options.if_mail = *conditions;
  }
  if (options.always && options.if_mail) return usage("--always and --if-mail are two different orders");
  if (options.always && options.link == any_link) return usage("--always is for one link");
  return {};
}

// What of an option's own command is no use of it.
base::Result<void> check(const Options& options) {
  const auto& use = use_of(options.command);
  const bool has_setup = options.replace || !options.answers.empty() || !options.examples.empty();
  if (options.watch && options.json) return usage("--watch is not with --json");
  if (options.peers && (options.link.empty() || has_setup))
    return usage("--peers is for setup with a link, and nothing else");
  if (!options.peers_dir.empty() && !options.peers) return usage("--peers-dir is for setup --peers");
  if (use.link == LinkOperand::required && options.link.empty())
    return usage(std::string(use.word) + " needs a link" + (options.command == Command::session ? ", or any" : ""));
  if (use.link == LinkOperand::none && !options.link.empty()) return usage(std::string(use.word) + " is for all links");
  return {};
}

base::Result<void> read_operands(const std::vector<std::string>& operands, Options& options) {
  if (options.command == Command::notify) {
    if (operands.size() != 3) return usage("notify needs an event and a link");
    options.event = operands[1];
  } else if (operands.size() > 2) {
    return usage("one link at a time");
  }
  if (operands.size() > 1) options.link = operands.back();
  return {};
}

}  // namespace

base::Result<Options> parse_options(int argc, const char* const* argv) {
  Options options;
  Words words;
  const Table table(options, words);
  const auto split = options_first(argc, argv, table);
  const auto asked = split.help_for();
  const auto parsed = conf::parse_command_line(program_of(asked), asked ? table.of(*asked) : table.all(),
                                               static_cast<int>(split.words.size()), split.words.data());
  if (!parsed) return parsed.error();
  options.shown = parsed->shown;
  if (options.shown) return options;
  if (parsed->operands.empty()) return usage("what is to be done?");
  const auto command = command_of(parsed->operands[0]);
  if (!command) return command.error();
  options.command = *command;
  if (auto known = table.check(parsed->values, options.command); !known) return known.error();
  if (auto read = read_operands(parsed->operands, options); !read) return read.error();
  if (!words.last.empty()) {
    const auto value = number(words.last);
    if (!value) return value.error();
    options.last = *value;
  }
  if (auto checked = check(options); !checked) return checked.error();
  if (auto read = read_session_words(words, options); !read) return read.error();
  return options;
}

}  // namespace pppctl
