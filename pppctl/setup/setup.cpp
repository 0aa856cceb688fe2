#include "pppctl/setup/setup.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/child.h"
#include "base/directory.h"
#include "base/log.h"
#include "base/stop_signals.h"
#include "conf/modem.h"
#include "conf/named_file.h"
#include "conf/text.h"
#include "pppctl/ask_program.h"
#include "pppctl/check/check.h"
#include "pppctl/print.h"
#include "pppctl/setup/answers.h"
#include "pppctl/setup/files.h"

namespace pppctl {
namespace setup {
namespace {

constexpr std::chrono::seconds probe_limit{120};
constexpr mode_t secret_mode = 0600, file_mode = 0644, folder_mode = 0755, secret_folder_mode = 0700;

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }
std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// Beside the programs' folder, lib/offhook/bin.
std::string installed_examples() {
  const auto own = base::sibling_program("pppctl");
  return own.find('/') == std::string::npos ? "/usr/share/offhook/examples"
                                            : folder_of(own) + "/../../../share/offhook/examples";
}

class Setup {
 public:
  Setup(const SetupOrder& order, const conf::Places& places, AnswerSource& source, base::StopSignals& stop)
      : order_(order), places_(places), source_(source), stop_(stop) {
    if (order_.examples.empty()) order_.examples = installed_examples();
  }

  base::Result<std::string> run() {
    if (auto known = learn(); !known) return known.error();
    if (auto asked = ask_all(); !asked) return asked.error();
    auto present = look();
    if (!present) return present.error();
    auto files = files_of(answers_, secrets_, known_, *present);
    if (auto checked = drop_same(files); !checked) return checked.error();
    for (const auto& file : files) {
      if (auto written = write(file); !written) return written.error();
      if (auto said = print("wrote " + places_.config + "/" + file.path + "\n"); !said) return said.error();
    }
    return answers_["link"];
  }

 private:
  base::Result<void> learn() {
    const auto modems = conf::names_in(places_.modems_dir(), ".toml");
    if (!modems) return modems.error();
    for (const auto& name : *modems) {
      const auto modem = conf::load_modem(places_, name, conf::Need::optional);
      if (modem) (modem->port.empty() ? known_.bases : known_.modems).push_back(name);
    }
    conf::Places examples = places_;
    examples.config = order_.examples;
    for (const auto& name : conf::names_in(examples.modems_dir(), ".toml").value_or(std::vector<std::string>())) {
      const auto modem = conf::load_modem(examples, name, conf::Need::optional);
      const bool is_known = std::find(known_.bases.begin(), known_.bases.end(), name) != known_.bases.end();
      if (modem && modem->port.empty() && !is_known) known_.bases.push_back(name);
    }
    known_.tariffs = conf::names_in(places_.tariffs_dir(), ".toml").value_or(std::vector<std::string>());
    known_.has_name = base::read_file(places_.control_file("me"), conf::max_config_file_bytes).has_value();
    // A file of answers that tells of a thing means it to be as it tells, also where one of that name is there.
    if (source_.has("port")) known_.modems.clear();
    if (source_.has("price")) known_.tariffs.clear();
    if (source_.has("name")) known_.has_name = false;
    constexpr const char* lasting = "/dev/serial/by-id";
    for (const auto& name : conf::names_in(lasting, "").value_or(std::vector<std::string>()))
      known_.ports.push_back(std::string(lasting) + "/" + name);
    return {};
  }

  base::Result<void> ask_all() {
    if (!order_.link.empty()) {
      const auto link = accept({"link", "Name of the link", Kind::text, "", {}}, order_.link);
      if (!link) return link.error();
      answers_["link"] = *link;
    }
    while (const auto question = next_question(answers_, known_)) {
      if (auto kept = keep_answer(*question); !kept) return kept;
      if (question->key != "port") continue;
      if (auto probed = probe(); !probed) return probed;
    }
    return source_.finish();
  }

  base::Result<void> keep_answer(const Question& question) {
    if (question.kind == Kind::secret) {
      auto secret = source_.secret(question);
      if (!secret) return secret.error();
      answers_[question.key].clear();
      secrets_[question.key] = std::move(*secret);
      return {};
    }
    auto answer = source_.answer(question);
    if (!answer) return answer.error();
    answers_[question.key] = std::move(*answer);
    return {};
  }

  // What the modem says of itself are the standards of the questions that follow.
  base::Result<void> probe() {
    if (source_.has("base")) return {};
    const auto wanted = source_.confirm("Ask the modem there what it is (a minute at most)", true);
    if (!wanted) return wanted.error();
    if (!*wanted) return {};
    const auto answer =
        ask_program({base::sibling_program("modemctl"), "probe", answers_["port"], "--json"}, probe_limit, stop_);
    if (!answer && answer.error().error == EINTR) return answer.error();
    const auto told = answer ? nlohmann::json::parse(answer->output, nullptr, false) : nlohmann::json();
    if (!told.is_object()) return {};
    if (told.contains("inherits") && told["inherits"].is_string()) note_base(told["inherits"].get<std::string>());
    if (told.contains("speed") && told["speed"].is_number_unsigned())
      known_.probed["speed"] = std::to_string(told["speed"].get<std::uint64_t>());
    return {};
  }

  void note_base(const std::string& name) {
    if (std::find(known_.bases.begin(), known_.bases.end(), name) != known_.bases.end()) known_.probed["base"] = name;
  }

  base::Result<Present> look() {
    Present present;
    present.config = places_.config;
    const auto routes = conf::read_config_file(places_.routes_file());
    if (!routes) return routes.error();
    present.routes = routes->value_or("");
    const auto base_name = answers_.find("base");
    if (base_name == answers_.end() || base_name->second == none) return present;
    const auto name = "/" + base_name->second + ".toml";
    const auto own = conf::read_config_file(places_.modems_dir() + name);
    if (!own) return own.error();
    if (*own) return present;
    const auto example = conf::read_config_file(order_.examples + "/modems" + name);
    if (!example) return example.error();
    present.base_text = example->value_or("");
    return present;
  }

  // What is there as it would be written needs no writing; what is there otherwise needs a yes.
  base::Result<void> drop_same(std::vector<File>& files) {
    std::string others;
    for (auto file = files.begin(); file != files.end();) {
      auto old = conf::read_config_file(places_.config + "/" + file->path);
      if (!old) return old.error();
      const bool is_same = *old && **old == file->content();
      if (*old && !file->secret.empty()) base::wipe(**old);
      if (is_same) {
        file = files.erase(file);
        continue;
      }
      if (*old && !is_addition(*file, **old))
        others += (others.empty() ? "" : ", ") + places_.config + "/" + file->path;
      ++file;
    }
    if (others.empty() || order_.replace) return {};
    const auto allowed = source_.confirm("Write over " + base::escape(others), false);
    if (!allowed) return allowed.error();
    if (*allowed) return {};
    return base::permanent("nothing was written: " + base::escape(others) + " would be changed; --replace allows it");
  }

  static bool is_addition(const File& file, const std::string& old) {
    return file.path == "routes" && file.text.starts_with(old);
  }

  base::Result<void> write(const File& file) const {
    const auto path = places_.config + "/" + file.path;
    const bool is_secret = !file.secret.empty();
    if (auto made = base::make_path(folder_of(path), is_secret ? secret_folder_mode : folder_mode); !made) return made;
    const auto folder = base::Directory::open(folder_of(path));
    if (!folder) return folder.error();
    return base::replace_file(*folder, name_of(path), file.content(), is_secret ? secret_mode : file_mode);
  }

  SetupOrder order_;
  const conf::Places& places_;
  AnswerSource& source_;
  base::StopSignals& stop_;
  Known known_;
  Answers answers_;
  Secrets secrets_;
};

std::string next_steps(const std::string& link) {
  return "\nNext: `pppctl session " + link + " --always` makes a call and tells each step of it; then, by cron,\n" +
         "    */15 * * * * offhook pppctl session " + link + "\n";
}

}  // namespace
}  // namespace setup

base::Result<int> run_setup(const SetupOrder& order, const conf::Places& places) {
  auto stop = base::StopSignals::watch();
  if (!stop) return stop.error();
  auto source = order.answers.empty() ? setup::person(*stop) : setup::answer_file(order.answers);
  if (!source) return source.error();
  const auto link = setup::Setup(order, places, **source, *stop).run();
  if (!link) return link.error();
  const auto reports = check::check_all(places, *link, true, *stop);
  if (!reports) return reports.error();
  if (auto said = print("\n" + check::report_text(*reports)); !said) return said.error();
  const int status = check::exit_status(*reports);
  if (auto said =
          print(status == 0 ? setup::next_steps(*link) : "\nNext: see to that, then `pppctl check " + *link + "`\n");
      !said)
    return said.error();
  return status;
}

}  // namespace pppctl
