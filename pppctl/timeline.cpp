#include "pppctl/timeline.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace pppctl {
namespace {

constexpr double thousand = 1000;
constexpr double percent = 100;
constexpr std::size_t time_width = 9;
constexpr std::size_t phase_width = 12;

std::string fixed(double value, int decimals) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

std::string left_aligned(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

}  // namespace

std::string right_aligned(std::string text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

std::string seconds_text(std::int64_t ms) { return fixed(static_cast<double>(ms) / thousand, 1) + " s"; }

std::string octets_text(std::uint64_t octets) {
  const auto value = static_cast<double>(octets);
  if (value < thousand) return std::to_string(octets) + " B";
  if (value < thousand * thousand) return fixed(value / thousand, 1) + " kB";
  return fixed(value / thousand / thousand, 1) + " MB";
}

std::string rate_text(double octets_per_second) {
  return octets_text(static_cast<std::uint64_t>(std::llround(octets_per_second))) + "/s";
}

std::string timeline_line(std::int64_t since_start_ms, std::string_view what, std::string_view text) {
  std::string line = right_aligned(seconds_text(since_start_ms), time_width) + "  " +
                     left_aligned(std::string(what), phase_width) + " ";
  line += text;
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

std::string progress_line(std::string_view link, const Progress& progress, std::size_t width) {
  const auto planned = progress.planned_octets();
  const auto done = progress.done_octets();
  std::string line = std::string(link) + ": " + octets_text(done) + " of " + octets_text(planned);
  if (planned > 0) line += " (" + fixed(percent * static_cast<double>(done) / static_cast<double>(planned), 0) + " %)";
  line += ", " + std::to_string(progress.accepted()) + " sent, " + rate_text(progress.rate());
  if (const auto time = progress.time_left()) {
    const auto seconds = std::to_string(time->count() % 60);
    line += ", " + std::to_string(time->count() / 60) + (seconds.size() < 2 ? ":0" : ":") + seconds + " left";
  }
  return line.substr(0, width);
}

std::string jobs_text(const Progress& progress) {
  std::string text = std::to_string(progress.accepted()) + " sent, " + std::to_string(progress.refused()) +
                     " refused, " + std::to_string(progress.deferred()) + " deferred, " +
                     std::to_string(progress.left()) + " left; " + octets_text(progress.octets().sent) + " out, " +
                     octets_text(progress.octets().received) + " in; " + rate_text(progress.average_rate());
  if (const auto idle = progress.idle_share()) text += "; line idle " + fixed(*idle * percent, 0) + " %";
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
