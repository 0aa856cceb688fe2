#include "pppctl/check/finding.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/bug.h"
#include "base/run.h"

namespace pppctl::check {
namespace {

using Json = nlohmann::ordered_json;

constexpr int json_indent = 1;

Findings worst_first(Findings findings) {
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding& a, const Finding& b) { return a.severity > b.severity; });
  return findings;
}

bool is_trouble(const Finding& finding) { return finding.severity != Severity::note; }

}  // namespace

std::string_view word(Severity severity) {
  switch (severity) {
    case Severity::note:
      return "note";
    case Severity::warning:
      return "warning";
    case Severity::temporary:
      return "temporary";
    case Severity::permanent:
      return "permanent";
  }
  base::bug("Severity: bad value");
}

int exit_status(const std::vector<Report>& reports) {
  auto worst = Severity::note;
  for (const auto& report : reports) {
    for (const auto& finding : report.findings) worst = std::max(worst, finding.severity);
  }
  if (worst == Severity::permanent) return base::exit_permanent;
  return worst == Severity::temporary ? base::exit_temporary : 0;
}

std::string report_text(const std::vector<Report>& reports) {
  std::string text;
  for (const auto& report : reports) {
    const auto name = report.link.empty() ? std::string("this host") : report.link;
    if (std::none_of(report.findings.begin(), report.findings.end(), is_trouble)) text += name + ": nothing is wrong\n";
    for (const auto& finding : worst_first(report.findings)) {
      text += name + ": " + std::string(word(finding.severity)) + ": " + finding.about + ": " + finding.text + "\n";
      if (!finding.remedy.empty()) text += "    " + finding.remedy + "\n";
    }
  }
  return text;
}

std::string report_json(const std::vector<Report>& reports) {
  Json all = Json::array();
  for (const auto& report : reports) {
    for (const auto& finding : worst_first(report.findings)) {
      all.push_back({{"link", report.link.empty() ? Json() : Json(report.link)},
                     {"severity", word(finding.severity)},
                     {"about", finding.about},
                     {"text", finding.text},
                     {"remedy", finding.remedy}});
    }
  }
  return all.dump(json_indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pppctl::check
