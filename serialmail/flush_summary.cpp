#include "serialmail/flush_summary.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/quantity_text.h"

namespace serialmail {
namespace {

using Json = nlohmann::ordered_json;

std::string counted(std::uint64_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

// "3 deferred, 1 on hold"
class Parts {
 public:
  void add(std::size_t count, const std::string& what) {
    if (count == 0) return;
    text_ += (text_.empty() ? "" : ", ") + std::to_string(count) + " " + what;
    sum_ += count;
  }
  [[nodiscard]] std::size_t sum() const { return sum_; }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::size_t sum_ = 0;
};

std::string sent_text(const FlushEnd& end) {
  std::string text;
  if (end.line) {
    text = "sent " + counted(end.line->messages, "message") + " to " + counted(end.totals.sent, "recipient") + ", " +
           base::octets_text(end.line->mail) + " of mail,";
  } else {
    text = "sent mail to " + counted(end.totals.sent, "recipient");
  }
  text += " in " + base::seconds_text(end.took.count());
  if (end.totals.refused > 0) text += "; " + std::to_string(end.totals.refused) + " refused";
  return text;
}

std::string line_text(const LineTold& line) {
  std::string text = "on the line: " + base::octets_text(line.up) + " up, " + base::octets_text(line.down) +
                     " down in " + base::seconds_text(std::llround(line.seconds * 1000));
  if (line.seconds <= 0) return text;
  text += ", " + base::rate_text(static_cast<double>(line.up) / line.seconds) + " up";
  if (line.idle) text += ", idle " + base::percent_text(*line.idle / line.seconds);
  return text;
}

std::string left_text(const FlushEnd& end) {
  Parts parts;
  parts.add(end.totals.deferred, "deferred by the server");
  parts.add(end.totals.on_hold, "on hold");
  for (const auto& [bound, files] : end.kept_back) parts.add(files, "by the bound on " + std::string(word(bound)));
  parts.add(end.totals.unknown, "with an unknown outcome");
  const auto all = end.totals.deferred + end.totals.left;
  if (parts.sum() < all) parts.add(all - parts.sum(), "without an answer");
  return "left over: " + std::to_string(all) + (all == 0 ? "" : " (" + parts.text() + ")");
}

// Enough for people and programs, and short.
double rounded(double seconds) { return std::round(seconds * 1000) / 1000; }

}  // namespace

std::vector<std::string> summary_lines(const FlushEnd& end) {
  std::vector<std::string> lines{sent_text(end)};
  if (end.line) lines.push_back(line_text(*end.line));
  lines.push_back(left_text(end));
  return lines;
}

std::string summary_json(const FlushEnd& end) {
  Json summary{{"event", "summary"},
               {"sent", end.totals.sent},
               {"refused", end.totals.refused},
               {"deferred", end.totals.deferred},
               {"left", end.totals.left},
               {"unknown", end.totals.unknown},
               {"on_hold", end.totals.on_hold},
               {"kept", Json::object()}};
  for (const auto& [bound, files] : end.kept_back) summary["kept"][std::string(word(bound))] = files;
  summary["seconds"] = rounded(static_cast<double>(end.took.count()) / 1000);
  if (end.line) {
    summary["messages"] = end.line->messages;
    summary["mail"] = end.line->mail;
    summary["up"] = end.line->up;
    summary["down"] = end.line->down;
    summary["line_seconds"] = rounded(end.line->seconds);
    if (end.line->idle) summary["idle"] = rounded(*end.line->idle);
  }
  summary["exit"] = end.exit_status;
  if (!end.failure.empty()) summary["text"] = base::escape(end.failure);
  return summary.dump();
}

}  // namespace serialmail
