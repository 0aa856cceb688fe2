// Any octets as the report of a flush and as what its programs say: the same lines whole and octet by octet, all
// bounded; the progress never has more done than planned nor a time that cannot be; what is kept for the ledger fits.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>

#include "base/line_splitter.h"
#include "pppctl/notice.h"
#include "pppctl/progress.h"
#include "pppctl/timeline.h"

namespace {

using namespace pppctl;

constexpr std::size_t max_line = 4096;

void require(bool held) {
  if (!held) std::abort();
}

std::vector<std::string> split(std::string_view octets, std::size_t piece) {
  base::LineSplitter splitter(max_line);
  std::vector<std::string> lines;
  while (!octets.empty()) {
    for (auto& line : splitter.feed(octets.substr(0, piece))) lines.push_back(std::move(line));
    octets.remove_prefix(std::min(piece, octets.size()));
  }
  lines.push_back(splitter.rest());
  require(splitter.rest().empty());
  for (const auto& line : lines) require(line.size() <= max_line && line.find('\n') == std::string::npos);
  return lines;
}

void check(const Progress& progress) {
  require(progress.done_octets() <= progress.planned_octets());
  const auto left = progress.time_left();
  require(!left || left->count() >= 0);
  require(progress.rate() >= 0 && progress.average_rate() >= 0);
  const auto idle = progress.idle_share();
  require(!idle || (*idle >= 0 && *idle <= 1));
  require(progress_line("link", progress).size() <= 200);
  require(jobs_text(progress).find('\n') == std::string::npos);
}

// As the ledger keeps them: whole numbers with a sign.
void check(const JobRecord& job) {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  for (const auto count : {job.accepted, job.refused, job.deferred, job.left, job.unknown}) require(count <= most);
  require(job.took_ms >= 0);
}

void follow(const std::vector<std::string>& lines) {
  Progress progress;
  progress.expect(lines.size());
  progress.set_speed(33600);
  std::chrono::milliseconds now{1000};
  progress.begin_job(now);
  LastWords last;
  Octets octets;
  for (const auto& line : lines) {
    progress.report(line);
    last.hear(line);
    require(last.line().size() <= max_reason_bytes);
    octets.sent += line.size();
    now += std::chrono::milliseconds(700);
    progress.count(octets, now);
    check(progress);
    if (line != "next job") continue;
    check(progress.end_job(now));
    progress.begin_job(now);
    octets = {};
  }
  check(progress.end_job(now));
  check(progress);
  require(is_same_failure(last.line(), last.line()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  const auto lines = split(octets, octets.size() + 1);
  require(split(octets, 1) == lines && split(octets, 7) == lines);
  follow(lines);
  return 0;
}
