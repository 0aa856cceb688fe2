#include "pppctl/hook_job.h"

namespace pppctl {

std::vector<std::string> program_environment(const ProgramFacts& facts, const conf::Places& places) {
  std::string servers;
  for (const auto& server : facts.name_servers) servers += (servers.empty() ? "" : " ") + server;
  return {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
          "LC_ALL=C",
          "OFFHOOK_CONFIG=" + places.config,
          "OFFHOOK_STATE=" + places.state,
          "OFFHOOK_RUN=" + places.run,
          "OFFHOOK_LINK=" + facts.link,
          "OFFHOOK_KIND=" + facts.kind,
          "OFFHOOK_NUMBER=" + facts.number,
          "OFFHOOK_CALL=" + std::to_string(facts.call),
          "OFFHOOK_INTERFACE=" + facts.interface.name,
          "OFFHOOK_LOCAL_IP=" + facts.interface.local_ip,
          "OFFHOOK_REMOTE_IP=" + facts.interface.remote_ip,
          "OFFHOOK_NAME_SERVERS=" + servers};
}

}  // namespace pppctl
