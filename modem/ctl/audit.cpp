#include "modem/ctl/audit.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>

#include "base/io.h"
#include "base/log.h"

namespace modem {
namespace {

using nlohmann::json;

constexpr mode_t audit_mode = 0640;

std::int64_t seconds_of(const CallRecord& call) {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - call.began).count();
}

// ISO 8601, in UTC.
std::string time_text(std::int64_t wall_seconds) {
  const time_t when = wall_seconds;
  struct tm parts {};
  std::array<char, 32> text{};
  ::gmtime_r(&when, &parts);
  const auto size = ::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text.data(), size};
}

json or_null(const std::string& text) { return text.empty() ? json() : json(base::escape(text)); }

}  // namespace

std::string line_of(const CallRecord& call) {
  std::string line = "call " + std::to_string(call.number) + ": ";
  if (call.passes > 0) line += std::to_string(call.passes) + (call.passes == 1 ? " pass, " : " passes, ");
  if (call.octets)
    line += std::to_string(call.octets->received) + " octets in, " + std::to_string(call.octets->sent) + " out, ";
  line += std::to_string(seconds_of(call)) + " s, " + call.reason;
  if (call.end && call.end->status != 0)
    line += std::string(", program ") + (call.end->exited ? "exit " : "signal ") + std::to_string(call.end->status);
  if (!call.user.empty()) line += ", user " + call.user;
  if (!call.caller.empty()) line += ", caller " + call.caller;
  return line;
}

std::string json_of(const CallRecord& call) {
  json object{{"time", time_text(call.began_wall)},
              {"profile", call.profile},
              {"port", call.port},
              {"call", call.number > 0 ? json(call.number) : json()},
              {"caller", or_null(call.caller)},
              {"connect", or_null(call.connect)},
              {"speed", call.speed ? json(*call.speed) : json()},
              {"user", or_null(call.user)},
              {"entry", or_null(call.entry)},
              {"program", json::array()},
              {"passes", call.passes},
              {"octets_in", call.octets ? json(call.octets->received) : json()},
              {"octets_out", call.octets ? json(call.octets->sent) : json()},
              {"seconds", seconds_of(call)},
              {"reason", base::escape(call.reason)},
              {"exit", call.end && call.end->exited ? json(call.end->status) : json()},
              {"signal", call.end && !call.end->exited ? json(call.end->status) : json()}};
  for (const auto& word : call.program) object["program"].push_back(base::escape(word));
  return object.dump();
}

base::Result<Audit> Audit::open(const std::string& file, bool on_stdout) {
  Audit audit;
  audit.on_stdout_ = on_stdout;
  audit.name_ = file;
  if (file.empty()) return audit;
  auto fd = base::open_file(file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, audit_mode);
  if (!fd) return base::Failure{base::FailureKind::permanent, "audit: " + fd.error().text, fd.error().error};
  audit.file_ = std::move(*fd);
  return audit;
}

// In one write(2): several of us may add to the same file.
void Audit::write(const CallRecord& call) {
  const auto line = json_of(call) + "\n";
  const auto put = [&](int fd, const std::string& name) {
    if (::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size())) return;
    base::log(base::Level::warning, base::system_failure("write to " + name).text);
  };
  if (file_.valid()) put(file_.get(), name_);
  if (on_stdout_) put(STDOUT_FILENO, "standard output");
}

}  // namespace modem
