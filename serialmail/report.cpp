#include "serialmail/report.h"

#include <fcntl.h>

#include <nlohmann/json.hpp>

#include "base/io.h"
#include "base/log.h"
#include "base/status_line.h"

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

using Clock = std::chrono::steady_clock;

LineMeter::Time meter_time() { return std::chrono::duration_cast<LineMeter::Time>(Clock::now().time_since_epoch()); }

FlushTally::Time tally_time() { return std::chrono::duration_cast<FlushTally::Time>(Clock::now().time_since_epoch()); }

// True, and the time noted, when the last was long enough ago.
bool is_time_again(Clock::time_point& last) {
  const auto now = Clock::now();
  if (now - last < std::chrono::milliseconds(1000 / Report::reports_per_second)) return false;
  last = now;
  return true;
}

// In thousandths.
double in_seconds(LineMeter::Time time) {
  return static_cast<double>(std::chrono::round<std::chrono::milliseconds>(time).count()) / 1000;
}

}  // namespace

Report::Report() : meter_(meter_time()) {}

base::Result<Report> Report::to(std::optional<int> descriptor) {
  Report report;
  if (!descriptor) return report;
  report.fd_ = base::Fd(::fcntl(*descriptor, F_DUPFD_CLOEXEC, 0));
  if (!report.fd_.valid()) {
    return base::permanent(base::system_failure("report descriptor " + std::to_string(*descriptor)).text);
  }
  return report;
}

base::Result<Report> start_client(std::optional<int> report_descriptor) {
  auto report = Report::to(report_descriptor);
  if (!report) return report;
  for (const int number : {0, 1}) {
    auto fd = base::inherit(number, "names and results");
    if (!fd) return fd.error();
    fd->release();
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

void Report::show() {
  if (tally_ && base::has_status_line() && is_time_again(last_shown_)) {
    base::show_status(std::string(base::program_name()) + ": " + tally_->progress(tally_time()));
  }
}

void Report::planned(std::size_t files, std::uint64_t octets, std::size_t unknown) {
  if (tally_) tally_->planned(files, octets, tally_time());
  write(Json{{"event", "planned"}, {"files", files}, {"octets", octets}, {"unknown", unknown}}.dump());
  show();
}

void Report::result(std::string_view file, std::string_view recipient, Outcome outcome, std::string_view text) {
  if (tally_) tally_->result(file);
  show();
  if (!fd_.valid()) return;
  write(Json{{"event", "result"},
             {"file", printable(file)},
             {"recipient", printable(recipient)},
             {"class", std::string(word(outcome))},
             {"text", printable(text)}}
            .dump());
}

void Report::client_said(std::string_view line) {
  if (!tally_ || !tally_->client_said(line)) return;
  write(std::string(line));
  show();
}

void Report::end(const Totals& totals, const std::map<Bound, std::size_t>& kept_back, int exit_status) {
  Json line{
      {"event", "end"},      {"sent", totals.sent},       {"refused", totals.refused}, {"deferred", totals.deferred},
      {"left", totals.left}, {"unknown", totals.unknown}, {"exit", exit_status}};
  for (const auto& [bound, files] : kept_back) line["kept"][std::string(word(bound))] = files;
  write(line.dump());
}

void Report::begin(std::string_view file, std::uint64_t octets) {
  if (!fd_.valid()) return;
  last_octets_ = Clock::now();
  write(Json{{"event", "begin"}, {"file", printable(file)}, {"octets", octets}}.dump());
}

void Report::octets(std::string_view file, std::uint64_t sent) {
  if (!fd_.valid() || !is_time_again(last_octets_)) return;
  write(Json{{"event", "octets"}, {"file", printable(file)}, {"sent", sent}}.dump());
}

void Report::parked(std::string_view relay, std::string_view text) {
  write(Json{{"event", "parked"}, {"relay", printable(relay)}, {"text", printable(text)}}.dump());
}

void Report::delivered(std::uint64_t octets) {
  ++messages_;
  mail_ += octets;
}

void Report::line() {
  meter_.pass(meter_time());
  if (is_time_again(last_line_)) write_use();
}

void Report::line_ends() {
  meter_.pass(meter_time());
  write_use();
}

void Report::write_use() {
  if (!fd_.valid()) return;
  const auto use = meter_.use();
  Json line{{"event", "line"}, {"messages", messages_}, {"mail", mail_},
            {"up", use.up},    {"down", use.down},      {"seconds", in_seconds(use.time)}};
  if (use.idle) line["idle"] = in_seconds(*use.idle);
  write(line.dump());
}

}  // namespace serialmail
