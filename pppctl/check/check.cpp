#include "pppctl/check/check.h"

#include <algorithm>
#include <iterator>

#include "base/directory.h"
#include "base/stop_signals.h"
#include "conf/check.h"
#include "conf/named_file.h"
#include "pppctl/check/collect.h"
#include "pppctl/check/judge.h"
#include "pppctl/plan.h"
#include "pppctl/print.h"

namespace pppctl {
namespace check {
namespace {

void add(Findings& all, Findings more) { std::move(more.begin(), more.end(), std::back_inserter(all)); }

Findings host_findings(const conf::Places& places) {
  const auto self = this_user();
  Findings findings = judge_configuration(conf::check_config(places));
  for (const auto& path : look_at_configuration(places)) add(findings, judge_configuration_path(path, self));
  for (const auto& path : look_at_secrets(places)) add(findings, judge_secret(path, self));
  for (const auto& folder : {places.state, places.run}) add(findings, judge_folder(look_at_path(folder), self));
  for (const auto& folder : {places.state, places.spool_root()}) add(findings, judge_space(look_at_space(folder)));
  if (self.uid == 0 && places.config == conf::Places().config) {
    findings.push_back({Severity::note, "permissions", "looked at as root, who may do everything",
                        "as the gateway's user: setpriv --reuid offhook-line --init-groups pppctl check"});
  }
  return findings;
}

class LinkCheck {
 public:
  LinkCheck(const conf::Places& places, std::string name, bool ask_modems, base::StopSignals& stop)
      : places_(places), name_(std::move(name)), ask_modems_(ask_modems), stop_(stop) {}

  base::Result<Findings> run() {
    const auto link = conf::load_link(places_, name_);
    if (!link) return take(judge_configuration({link.error().text}));
    const auto plan = load_plan(places_, name_);
    if (!plan) take(judge_configuration({plan.error().text}));
    check_script(*link);
    if (plan) {
      for (const auto& job : plan->jobs)
        if (!job.spool.empty()) take(judge_spool(look_at_spool(job.route, job.spool), this_user()));
    }
    if (link->kind == conf::LinkKind::ppp) {
      const auto modem = conf::load_modem(places_, link->modem);
      if (modem) take(judge_ppp(name_, look_at_ppp({}, ppp::link_options(name_, link->ppp, *modem))));
    }
    auto clock = look_at_clock(places_);
    clock.is_trusted_by_link = link->trust_clock || link->tariff.empty();
    take(judge_clock(clock));
    take(judge_schedule(name_, look_at_schedule({}, places_)));
    const auto& command = link->command;
    for (const auto* program : {&command.up, &command.down, &command.probe, &link->hook}) {
      if (!program->argv.empty()) take(judge_program(look_at_path(program->argv.front(), link->file)));
    }
    for (const auto& modem : link->modems) {
      if (auto checked = check_modem(modem); !checked) return checked.error();
    }
    return findings_;
  }

 private:
  Findings take(Findings more) {
    add(findings_, std::move(more));
    return findings_;
  }

  void check_script(const conf::LinkProfile& link) {
    if (link.chat.empty()) return;
    const auto path = places_.chat_dir() + "/" + link.chat;
    if (const auto text = base::read_file(path, chat::max_script_bytes)) take(judge_script(*text, path, link.phone));
  }

  base::Result<void> check_modem(const std::string& name) {
    const auto modem = conf::load_modem(places_, name);
    if (!modem) return {};  // found with the configuration
    const auto port = look_at_port(*modem);
    take(judge_port(port));
    const auto lock = look_at_lock(*modem);
    take(judge_lock(lock));
    take(judge_modem_manager(look_at_modem_manager({}, port.device)));
    if (modem->kind == conf::ModemKind::null || port.failure || lock.dir_error != 0) return {};
    if (!ask_modems_ || lock.is_alive) {
      take({{Severity::note, "modem", "modem " + name + " was not asked whether it answers", ""}});
      return {};
    }
    const auto answer = ask_modem(*modem, stop_);
    if (answer) {
      take(judge_modem(*answer));
    } else if (answer.error().error == EINTR) {
      return answer.error();
    } else {
      take({{Severity::temporary, "modem", "modem " + name + " was not asked: " + answer.error().text, ""}});
    }
    return {};
  }

  const conf::Places& places_;
  std::string name_;
  bool ask_modems_;
  base::StopSignals& stop_;
  Findings findings_;
};

// What the configuration as a whole has told already is not told again.
void drop_known(Findings& findings, const Findings& known) {
  std::erase_if(findings, [&](const Finding& finding) {
    return std::any_of(known.begin(), known.end(), [&](const Finding& other) { return other.text == finding.text; });
  });
}

}  // namespace

base::Result<std::vector<Report>> check_all(const conf::Places& places, const std::string& link, bool ask_modems,
                                            base::StopSignals& stop) {
  auto links = conf::names_in(places.links_dir(), ".toml");
  if (!links) return links.error();
  if (!link.empty()) {
    if (const auto file = conf::named_file(places.links_dir(), link, "link"); !file) return file.error();
    links = std::vector<std::string>{link};
  }
  std::vector<Report> reports{{"", host_findings(places)}};
  if (links->empty()) {
    reports.front().findings.push_back({Severity::permanent, "configuration",
                                        "there is no link in " + places.links_dir(), "`pppctl setup` writes one"});
  }
  for (const auto& name : *links) {
    auto findings = LinkCheck(places, name, ask_modems, stop).run();
    if (!findings) return findings.error();
    drop_known(*findings, reports.front().findings);
    reports.push_back({name, std::move(*findings)});
  }
  return reports;
}

}  // namespace check

base::Result<int> run_check(const Options& options, const conf::Places& places) {
  auto stop = base::StopSignals::watch();
  if (!stop) return stop.error();
  const auto reports = check::check_all(places, options.link, !options.no_modem, *stop);
  if (!reports) return reports.error();
  const auto printed = print(options.json ? check::report_json(*reports) : check::report_text(*reports));
  if (!printed) return printed.error();
  return check::exit_status(*reports);
}

}  // namespace pppctl
