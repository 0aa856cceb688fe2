#include "pppctl/options.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "conf/command_line.h"
#include "conf/nearest.h"
#include "conf/toml.h"
#include "pppctl/session.h"

namespace pppctl {
namespace {

namespace po = boost::program_options;

const conf::Program program{
    "pppctl",
    "session LINK|any [--jobs LIST] [--max-time TIME] [--if-mail WHEN] [--always] [--verbose] | "
    "clear LINK | daemon | up LINK | down LINK | reload | next | status [LINK] [--watch | --json] | history [LINK] "
    "[--last N] [--json] | recover [LINK] | "
    "check [LINK] [--no-modem] [--json] | setup [LINK] [--answers FILE] [--examples DIR] [--replace] | "
    "plan [LINK] [--json] | bill [LINK] [--month YYYY-MM] [--json] | "
    "setup LINK --peers [--peers-dir DIR] | connect LINK | notify pre-up|up|down LINK",
    "Calls other sites, sends the mail that waits for them, hangs up, and keeps the ledger.",
    "0 all went, 100 somebody must change something, 111 mail is left or it failed for now"};

constexpr std::int64_t max_last = 1'000'000;

// Options may stand behind the operands as well: ours are the only ones here, and no operand begins with a dash.
std::vector<const char*> options_first(int argc, const char* const* argv) {
  std::vector<const char*> words(argv, argv + (argc > 0 ? 1 : 0));
  std::vector<const char*> operands;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (!word.starts_with("-")) {
      operands.push_back(argv[i]);
      continue;
    }
    words.push_back(argv[i]);
    static const std::vector<std::string_view> with_value{"--last",     "--answers", "--examples", "--jobs",
                                                          "--max-time", "--if-mail", "--month",    "--peers-dir"};
    const bool takes_value = std::find(with_value.begin(), with_value.end(), word) != with_value.end();
    if (takes_value && i + 1 < argc) words.push_back(argv[++i]);
  }
  words.insert(words.end(), operands.begin(), operands.end());
  return words;
}

base::Failure usage(const std::string& what) {
  return base::permanent(what + " (usage: pppctl " + program.synopsis + ")");
}

struct Word {
  const char* text;
  Command command;
};

constexpr Word command_words[] = {
    {"session", Command::session}, {"status", Command::status},   {"history", Command::history},
    {"bill", Command::bill},       {"recover", Command::recover}, {"check", Command::check},
    {"setup", Command::setup},     {"plan", Command::plan},       {"connect", Command::connect},
    {"notify", Command::notify},   {"clear", Command::clear},     {"daemon", Command::daemon},
    {"up", Command::up},           {"down", Command::down},       {"reload", Command::reload},
    {"next", Command::next},
};

base::Result<Command> command_of(const std::string& word) {
  std::vector<std::string> known;
  for (const auto& each : command_words) {
    if (word == each.text) return each.command;
    known.emplace_back(each.text);
  }
  return usage("unknown command '" + word + "'" + conf::did_you_mean(word, known));
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

struct SessionWords {
  std::string jobs, max_time, if_mail;

  [[nodiscard]] bool are_none() const { return jobs.empty() && max_time.empty() && if_mail.empty(); }
};

base::Result<void> read_session_words(const SessionWords& words, Options& options) {
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

// An option that the command does not know is a mistake, not something to be let go.
base::Result<void> check(const Options& options, bool has_last) {
  const bool is_session = options.command == Command::session;
  const bool lists = options.command == Command::status || options.command == Command::history ||
                     options.command == Command::check || options.command == Command::bill ||
                     options.command == Command::plan;
  const bool has_setup = options.replace || !options.answers.empty() || !options.examples.empty();
  if (options.verbose && !is_session) return usage("--verbose is for session");
  if (options.always && !is_session) return usage("--always is for session");
  if (options.json && !lists) return usage("--json is for status, history, check, plan and bill");
  if (options.no_modem && options.command != Command::check) return usage("--no-modem is for check");
  if (options.watch && (options.command != Command::status || options.json))
    return usage("--watch is for status, and not with --json");
  if (has_setup && options.command != Command::setup) return usage("--answers, --examples and --replace are for setup");
  if (has_last && options.command != Command::history) return usage("--last is for history");
  if (!options.month.empty() && options.command != Command::bill) return usage("--month is for bill");
  if (options.command == Command::connect && options.link.empty()) return usage("connect needs a link");
  if (options.peers && (options.command != Command::setup || options.link.empty() || has_setup))
    return usage("--peers is for setup with a link, and nothing else");
  if (!options.peers_dir.empty() && !options.peers) return usage("--peers-dir is for setup --peers");
  if (is_session && options.link.empty()) return usage("session needs a link, or any");
  const bool needs_link =
      options.command == Command::clear || options.command == Command::up || options.command == Command::down;
  if (needs_link && options.link.empty()) return usage("which link?");
  const bool has_no_link =
      options.command == Command::daemon || options.command == Command::reload || options.command == Command::next;
  if (has_no_link && !options.link.empty()) return usage("daemon, reload and next are for all links");
  return {};
}

}  // namespace

base::Result<Options> parse_options(int argc, const char* const* argv) {
  Options options;
  std::string last;
  SessionWords session;
  po::options_description description("Options");
  description.add_options()("verbose", po::bool_switch(&options.verbose),
                            "session: the timeline on standard error though it is no terminal")(
      "always", po::bool_switch(&options.always), "session: call though no mail waits")(
      "jobs", po::value(&session.jobs)->value_name("LIST"),
      "session: these jobs in place of the link's, as fetch,flush")(
      "max-time", po::value(&session.max_time)->value_name("TIME"),
      "session: begin no message so long after a flush has begun, as 5m")(
      "if-mail", po::value(&session.if_mail)->value_name("WHEN"),
      "session: call only if the link's times and pauses allow it and its mail is due, or any waits, or one of "
      "older=30m,messages=10,octets=200k,priority=4 holds: due, any or conditions")(
      "json", po::bool_switch(&options.json), "status, history, check, plan, bill: as JSON")(
      "watch", po::bool_switch(&options.watch), "status: again every second, on a terminal")(
      "no-modem", po::bool_switch(&options.no_modem), "check: leave out what needs the port")(
      "answers", po::value(&options.answers)->value_name("FILE"), "setup: take the answers from this file")(
      "examples", po::value(&options.examples)->value_name("DIR"), "setup: where the examples are")(
      "replace", po::bool_switch(&options.replace), "setup: write over files that are there")(
      "peers", po::bool_switch(&options.peers), "setup: write what pppd is given for the link")(
      "peers-dir", po::value(&options.peers_dir)->value_name("DIR"), "setup: into this folder, not /etc/ppp/peers")(
      "last", po::value(&last)->value_name("N"), "history: the last N calls; 10 if not given")(
      "month", po::value(&options.month)->value_name("YYYY-MM"), "bill: the month; that of now if not given");
  const auto words = options_first(argc, argv);
  const auto parsed = conf::parse_command_line(program, description, static_cast<int>(words.size()), words.data());
  if (!parsed) return parsed.error();
  options.shown = parsed->shown;
  if (options.shown) return options;
  if (parsed->operands.empty()) return usage("what is to be done?");
  const auto command = command_of(parsed->operands[0]);
  if (!command) return command.error();
  options.command = *command;
  if (options.command == Command::notify) {
    if (parsed->operands.size() != 3) return usage("notify needs an event and a link");
    options.event = parsed->operands[1];
    options.link = parsed->operands[2];
    return options;
  }
  if (parsed->operands.size() > 2) return usage("one link at a time");
  if (parsed->operands.size() == 2) options.link = parsed->operands[1];
  if (!last.empty()) {
    const auto value = number(last);
    if (!value) return value.error();
    options.last = *value;
  }
  if (auto checked = check(options, !last.empty()); !checked) return checked.error();
  if (!session.are_none() && options.command != Command::session) {
    return usage("--jobs, --max-time and --if-mail are for session");
  }
  if (auto read = read_session_words(session, options); !read) return read.error();
  return options;
}

}  // namespace pppctl
