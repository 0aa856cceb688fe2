#include "serialmail/report.h"

#include <fcntl.h>

#include <nlohmann/json.hpp>

#include "base/io.h"
#include "base/log.h"

namespace serialmail {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::chrono::seconds patience{5};
// A pipe takes this much in one piece (PIPE_BUF), so that our lines and the client's never mix.
constexpr std::size_t max_line_bytes = 4096;
constexpr std::size_t max_text_bytes = 1000;

// A peer's bytes need not be UTF-8, which JSON has to be.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, max_text_bytes)) out += c >= 32 && c < 127 ? c : '?';
  return out;
}

}  // namespace

base::Result<Report> Report::to(std::optional<int> descriptor) {
  Report report;
  if (!descriptor) return report;
  report.fd_ = base::Fd(::fcntl(*descriptor, F_DUPFD_CLOEXEC, 0));
  if (!report.fd_.valid()) {
    return base::permanent(base::system_failure("report descriptor " + std::to_string(*descriptor)).text);
  }
  return report;
}

void Report::write(std::string line) {
  if (!fd_.valid()) return;
  line += '\n';
  if (line.size() > max_line_bytes) return;
  const auto ready = base::wait_ready(fd_, base::Interest::write, base::Deadline::after(patience));
  if (ready && *ready && base::write_all(fd_, line)) return;
  base::log(base::Level::warning, "the report's reader has gone: going on without it");
  fd_.reset();
}

void Report::planned(std::size_t files, std::uint64_t octets, std::size_t unknown) {
  write(Json{{"event", "planned"}, {"files", files}, {"octets", octets}, {"unknown", unknown}}.dump());
}

void Report::begin(std::string_view file, std::uint64_t octets) {
  last_octets_ = std::chrono::steady_clock::now();
  write(Json{{"event", "begin"}, {"file", printable(file)}, {"octets", octets}}.dump());
}

void Report::octets(std::string_view file, std::uint64_t sent) {
  const auto now = std::chrono::steady_clock::now();
  if (now - last_octets_ < std::chrono::milliseconds(1000 / reports_per_second)) return;
  last_octets_ = now;
  write(Json{{"event", "octets"}, {"file", printable(file)}, {"sent", sent}}.dump());
}

void Report::result(std::string_view file, std::string_view recipient, Outcome outcome, std::string_view text) {
  write(Json{{"event", "result"},
             {"file", printable(file)},
             {"recipient", printable(recipient)},
             {"class", std::string(word(outcome))},
             {"text", printable(text)}}
            .dump());
}

void Report::parked(std::string_view relay, std::string_view text) {
  write(Json{{"event", "parked"}, {"relay", printable(relay)}, {"text", printable(text)}}.dump());
}

void Report::end(const Totals& totals, const std::map<Bound, std::size_t>& kept_back, int exit_status) {
  Json line{
      {"event", "end"},      {"sent", totals.sent},       {"refused", totals.refused}, {"deferred", totals.deferred},
      {"left", totals.left}, {"unknown", totals.unknown}, {"exit", exit_status}};
  for (const auto& [bound, files] : kept_back) line["kept"][std::string(word(bound))] = files;
  write(line.dump());
}

}  // namespace serialmail
