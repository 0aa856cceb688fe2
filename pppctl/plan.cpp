#include "pppctl/plan.h"

#include <algorithm>

#include "base/bug.h"
#include "base/directory.h"
#include "base/secret.h"
#include "conf/control.h"
#include "conf/nearest.h"
#include "conf/routes.h"
#include "modem/lock.h"
#include "modem/port.h"

namespace pppctl {
namespace {

constexpr std::uint16_t qmtp_port = 209;
constexpr std::int64_t ms_in_second = 1000;

base::Result<void> check_link(const conf::LinkProfile& link) {
  if (link.jobs.empty()) return base::permanent(link.file + ": jobs is empty: there is nothing to call for");
  for (const auto job : link.jobs) {
    if (job != conf::Job::flush && job != conf::Job::hook) {
      return base::permanent(link.file + ": jobs: \"" + pppctl::word(job) +
                             "\" is not available in this version: only \"flush\" and \"hook\" are");
    }
  }
  return {};
}

base::Result<std::vector<CallJob>> flush_jobs(const conf::Places& places, const conf::LinkProfile& link) {
  const auto routes = conf::load_routes(places);
  if (!routes) return routes.error();
  std::vector<std::string> known;
  for (const auto& route : routes->all()) known.push_back(route.spool_name);
  std::vector<CallJob> jobs;
  for (const auto& name : link.routes) {
    const auto before = jobs.size();
    for (const auto& route : routes->all()) {
      if (route.spool_name != name) continue;
      const auto is_same = [&](const CallJob& job) { return job.spool == route.spool && job.prefix == route.prefix; };
      if (std::none_of(jobs.begin(), jobs.end(), is_same)) {
        jobs.push_back(
            {conf::Job::flush, name, route.spool, route.prefix, route.relay, route.relay_host, route.relay_port});
      }
      if (link.kind != conf::LinkKind::line && route.relay.empty() && route.relay_host.empty()) {
        return base::permanent(places.routes_file() + ":" + std::to_string(route.line) + ": the link '" + link.name +
                               "' leads to a network: the route needs a relay, @NAME or HOST[:PORT]");
      }
    }
    if (std::find(known.begin(), known.end(), name) == known.end() && jobs.size() == before) {
      return base::permanent(link.file + ": routes: no line of " + places.routes_file() + " has the spool '" + name +
                             "'" + conf::did_you_mean(name, known));
    }
  }
  return jobs;
}

base::Result<chat::Script> load_script(const conf::Places& places, const conf::LinkProfile& link) {
  if (link.chat.find('/') != std::string::npos || link.chat.starts_with('.')) {
    return base::permanent(link.file + ": chat: '" + link.chat + "' is no name of a file below " + places.chat_dir());
  }
  const std::string path = places.chat_dir() + "/" + link.chat;
  base::hide_memory();  // it may say a password
  const auto text = base::read_file(path, chat::max_script_bytes);
  if (!text && text.error().error == ENOENT) {
    return base::permanent(link.file + ": chat: there is no script " + path);
  }
  if (!text) return base::permanent(text.error().text);
  return chat::parse_script(*text, path);
}

}  // namespace

std::string word(conf::Job job) {
  switch (job) {
    case conf::Job::flush:
      return "flush";
    case conf::Job::fetch:
      return "fetch";
    case conf::Job::turn:
      return "turn";
    case conf::Job::hook:
      return "hook";
  }
  base::bug("Job: bad value");
}

std::string word(conf::LinkKind kind) {
  switch (kind) {
    case conf::LinkKind::ppp:
      return "ppp";
    case conf::LinkKind::line:
      return "line";
    case conf::LinkKind::command:
      return "command";
    case conf::LinkKind::always:
      return "always";
  }
  base::bug("LinkKind: bad value");
}

base::Result<CallPlan> load_plan(const conf::Places& places, const std::string& name,
                                 const std::vector<conf::Job>& jobs_asked) {
  CallPlan plan;
  auto link = conf::load_link(places, name);
  if (!link) return link.error();
  plan.link = std::move(*link);
  if (!jobs_asked.empty()) plan.link.jobs = jobs_asked;
  if (auto checked = check_link(plan.link); !checked) return checked.error();
  for (const auto& modem_name : plan.link.modems) {
    auto modem = conf::load_modem(places, modem_name);
    if (!modem) return modem.error();
    plan.modems.push_back(std::move(*modem));
  }
  if (!plan.modems.empty()) plan.modem = plan.modems.front();
  if (!plan.link.chat.empty()) {
    auto script = load_script(places, plan.link);
    if (!script) return script.error();
    plan.script = std::move(*script);
  }
  for (const auto job : plan.link.jobs) {
    if (job == conf::Job::flush) {
      auto flushes = flush_jobs(places, plan.link);
      if (!flushes) return flushes.error();
      plan.jobs.insert(plan.jobs.end(), flushes->begin(), flushes->end());
    } else {
      plan.jobs.push_back({job, "", "", ""});
    }
  }
  const conf::Control control(places);
  auto helo = control.setting("helohost");
  if (!helo) return helo.error();
  plan.helo_name = std::move(*helo);
  constexpr std::uint64_t week = 604800;  // qmail-send's queuelifetime
  const auto lifetime = control.number("queuelifetime", week);
  if (!lifetime) return lifetime.error();
  plan.lifetime_seconds = *lifetime;
  return plan;
}

bool dials(const conf::LinkProfile& link) {
  return link.kind == conf::LinkKind::line ||
         (link.kind == conf::LinkKind::ppp && link.ppp.way == conf::PppWay::hand_over);
}

void choose_modem(CallPlan& plan) {
  for (const auto& modem : plan.modems) {
    const auto holder = modem::lock_holder(modem.lock_dir, modem.port);
    const bool is_there = modem::resolve_device(modem.port).has_value();
    if (!is_there || !holder || (*holder && (*holder)->alive)) continue;
    plan.modem = modem;
    plan.link.modem = modem.name;
    return;
  }
}

base::Result<Waiting> waiting_mail(const std::string& spool) {
  Waiting waiting;
  for (const char* part : {"new", "cur"}) {
    const auto directory = base::Directory::open(spool + "/" + part);
    if (!directory && directory.error().error == ENOENT) continue;
    if (!directory) return directory.error();
    const auto names = directory->list();
    if (!names) return names.error();
    for (const auto& name : *names) {
      if (name.starts_with('.')) continue;
      const auto found = directory->stat(name);
      if (!found || !S_ISREG(found->st_mode)) continue;
      ++waiting.messages;
      waiting.octets += static_cast<std::uint64_t>(found->st_size);
      const std::int64_t wall_ms = std::int64_t{found->st_mtime} * ms_in_second;
      waiting.oldest_wall_ms = std::min(waiting.oldest_wall_ms.value_or(wall_ms), wall_ms);
    }
  }
  return waiting;
}

std::vector<std::string> flush_bounds(const CallPlan& plan) {
  std::vector<std::string> words;
  const auto& when = plan.link.when;
  if (when.max_size) words.insert(words.end(), {"--max-size", std::to_string(*when.max_size)});
  if (when.min_priority) words.push_back("--min-priority=" + std::to_string(*when.min_priority));
  if (plan.max_time) words.insert(words.end(), {"--max-time", std::to_string(plan.max_time->count())});
  return words;
}

std::vector<std::string> flush_command(const CallJob& job, const CallPlan& plan, const std::string& maildirserial,
                                       const std::string& serialsmtp, int report_descriptor) {
  const std::string report = std::to_string(report_descriptor);
  // A telephone line breaks often: by DATA one body at most is in doubt then, by BDAT two.
  std::vector<std::string> command{maildirserial, "-b",  "-t", std::to_string(plan.lifetime_seconds),
                                   "--report-fd", report};
  const auto bounds = flush_bounds(plan);
  command.insert(command.end(), bounds.begin(), bounds.end());
  command.insert(command.end(), {"--", job.spool, job.prefix, serialsmtp, "--no-chunking", "--report-fd", report, "--",
                                 job.prefix, plan.helo_name});
  return command;
}

std::vector<std::string> network_flush_command(const CallJob& job, const CallPlan& plan,
                                               const std::function<std::string(const std::string&)>& program,
                                               int report_descriptor, int line_descriptor) {
  const bool is_qmtp = job.relay.empty() && job.relay_port == qmtp_port;
  std::vector<std::string> argv{program(is_qmtp ? "maildirqmtp" : "maildirsmtp")};
  const auto add = [&](std::initializer_list<std::string> words) { argv.insert(argv.end(), words); };
  if (!job.relay.empty()) add({"--relay", job.relay});
  if (job.relay.empty() && !is_qmtp) add({"--port", std::to_string(job.relay_port)});
  add({"--report-fd", std::to_string(report_descriptor), "--line-fd", std::to_string(line_descriptor), "-t",
       std::to_string(plan.lifetime_seconds)});
  const auto bounds = flush_bounds(plan);
  argv.insert(argv.end(), bounds.begin(), bounds.end());
  add({"--", job.spool, job.prefix});
  if (job.relay.empty()) add({job.relay_host});
  if (job.relay.empty() && !is_qmtp) add({plan.helo_name});
  return argv;
}

}  // namespace pppctl
