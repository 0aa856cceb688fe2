#include "pppctl/notice.h"

#include "base/bug.h"

namespace pppctl {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string without_numbers(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (!is_digit(c)) {
      out += c;
    } else if (out.empty() || out.back() != '#') {
      out += '#';
    }
  }
  return out;
}

constexpr std::int64_t most_single_lines = 8;

// A line that fails now in one way and now in another: after some lines, only each time that the count has doubled.
bool is_worth_a_line(const LinkState& state) {
  return state.count <= most_single_lines || (state.count & (state.count - 1)) == 0;
}

Notice failed(const std::string& link, const std::optional<LinkState>& before, const Verdict& verdict,
              std::int64_t wall_ms) {
  const bool was_failing = before && before->failing;
  LinkState state{link,
                  true,
                  was_failing ? before->since_wall_ms : wall_ms,
                  verdict.retry ? std::string(modem::word(*verdict.retry)) : std::string(),
                  verdict.reason,
                  was_failing ? before->count + 1 : 1};
  Notice notice;
  // A link that is stopped stays so until a person clears it, whatever else is found meanwhile.
  if (was_failing && before->retry == modem::word(modem::Retry::stop)) state.retry = before->retry;
  if (!was_failing || !is_same_failure(before->reason, verdict.reason)) {
    if (is_worth_a_line(state) || verdict.retry == modem::Retry::stop) notice.line = link + ": " + verdict.line();
    if (notice.line && state.count > most_single_lines)
      *notice.line += " (" + std::to_string(state.count) + " failures in a row)";
  }
  notice.state = std::move(state);
  return notice;
}

Notice went_well(const std::string& link, const std::optional<LinkState>& before, std::int64_t wall_ms) {
  const bool was_failing = before && before->failing;
  Notice notice;
  if (was_failing) {
    notice.line = link + ": works again after " + std::to_string(before->count) +
                  (before->count == 1 ? " failure" : " failures") + ", the last: " + before->reason;
  }
  if (!before || was_failing) notice.state = LinkState{link, false, wall_ms, "", "", 0};
  return notice;
}

}  // namespace

bool is_same_failure(std::string_view a, std::string_view b) {
  return without_numbers(a.substr(0, max_reason_bytes)) == without_numbers(b.substr(0, max_reason_bytes));
}

Notice notice_of_death(const std::string& link, const std::optional<LinkState>& before, std::int64_t wall_ms) {
  Verdict verdict;
  verdict.result = CallResult::died;
  verdict.retry = modem::Retry::soon;
  verdict.reason = "the session died";
  return failed(link, before, verdict, wall_ms);
}

Notice notice_of(const std::string& link, const std::optional<LinkState>& before, const Verdict& verdict,
                 std::int64_t wall_ms) {
  switch (verdict.result) {
    case CallResult::ok:
    case CallResult::mail_left:
      return went_well(link, before, wall_ms);
    case CallResult::failed:
    case CallResult::budget_reached:
    case CallResult::died:
      return failed(link, before, verdict, wall_ms);
    case CallResult::stopped:
      return {{}, link + ": " + verdict.line()};
    case CallResult::open:
      break;
  }
  base::bug("Notice: of a call that goes on");
}

}  // namespace pppctl
