#include "pppctl/timeline.h"

namespace pppctl {
namespace {

constexpr std::size_t time_width = 9;
constexpr std::size_t phase_width = 12;

std::string left_aligned(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

}  // namespace

std::string right_aligned(std::string text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

std::string timeline_line(std::int64_t since_start_ms, std::string_view what, std::string_view text) {
  std::string line = right_aligned(seconds_text(since_start_ms), time_width) + "  " +
                     left_aligned(std::string(what), phase_width) + " ";
  line += text;
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

std::string progress_line(std::string_view link, const Progress& progress) {
  const auto planned = progress.planned_octets();
  const auto done = progress.done_octets();
  std::string line = std::string(link) + ": " + octets_text(done) + " of " + octets_text(planned);
  if (planned > 0) line += " (" + base::percent_text(static_cast<double>(done) / static_cast<double>(planned)) + ")";
  line += ", " + std::to_string(progress.accepted()) + " sent, " + rate_text(progress.rate());
  if (const auto time = progress.time_left()) line += ", " + base::minutes_text(*time) + " left";
  return line;
}

std::string jobs_text(const Progress& progress) {
  std::string text = std::to_string(progress.accepted()) + " sent, " + std::to_string(progress.refused()) +
                     " refused, " + std::to_string(progress.deferred()) + " deferred, " +
                     std::to_string(progress.left()) + " left; " + octets_text(progress.octets().sent) + " out, " +
                     octets_text(progress.octets().received) + " in; " + rate_text(progress.average_rate());
  if (const auto idle = progress.idle_share()) text += "; line idle " + base::percent_text(*idle);
  return text;
}

std::string summary_text(const Verdict& verdict, const Progress& progress, std::int64_t call_ms, std::int64_t id) {
  std::string text = std::string(word(verdict.result)) + ": " + std::to_string(progress.accepted()) + " sent, " +
                     std::to_string(progress.left() + progress.deferred()) + " left, " + seconds_text(call_ms) +
                     " in all, call " + std::to_string(id) + " of the ledger";
  if (!verdict.reason.empty()) text += ": " + verdict.line();
  return text;
}

void LastWords::hear(std::string_view line) {
  if (line.empty()) return;
  const bool is_fatal = line.find(": fatal: ") != std::string_view::npos;
  const bool is_information = line.find(": info: ") != std::string_view::npos;
  // maildirserial's own end mostly says no more than that its client had one.
  const bool is_clients = !line.starts_with("maildirserial: ");
  const int weight = is_fatal ? (is_clients ? 4 : 3) : is_information ? 1 : 2;
  if (weight < weight_) return;
  weight_ = weight;
  line_ = line.substr(0, max_reason_bytes);
}

}  // namespace pppctl
