// What a check has found: how bad it is, a sentence, and what a person can do about it. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pppctl::check {

enum class Severity {
  note,       // was not looked at, or is worth knowing
  warning,    // works today
  temporary,  // no call now; passes without anybody
  permanent,  // no call, or no safe one, until somebody has changed something
};
std::string_view word(Severity severity);

struct Finding {
  Severity severity = Severity::note;
  std::string about;  // "configuration", "device", …: the same word for the same check
  std::string text;   // what is the matter; octets of others are escaped
  std::string remedy;
};
using Findings = std::vector<Finding>;

struct Report {
  std::string link;  // empty: what concerns all
  Findings findings;
};

// 100, 111 or 0, by the worst.
int exit_status(const std::vector<Report>& reports);
// The worst first within a report.
std::string report_text(const std::vector<Report>& reports);
std::string report_json(const std::vector<Report>& reports);

}  // namespace pppctl::check
