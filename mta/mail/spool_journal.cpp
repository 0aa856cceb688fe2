#include "mta/mail/spool_journal.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

namespace mail {
namespace {

enum class Kind { sending, unsent, cut, answer, hold, transid, done, other };

constexpr unsigned max_counted_cuts = 2;

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// A known kind with too few fields or a bad number is treated as one that we do not know.
Kind kind_of(const Fields& record) {
  if (record.size() < 3 || !number<std::int64_t>(record[2])) return Kind::other;
  const std::string& word = record[0];
  if (word == "sending") return Kind::sending;
  if (word == "unsent") return Kind::unsent;
  if (word == "cut") return Kind::cut;
  if (word == "done") return Kind::done;
  if (word == "answer" && record.size() >= 6 && record[4].size() == 1) return Kind::answer;
  if (word == "hold" && record.size() >= 7 && number<std::int64_t>(record[3]) && number<std::int64_t>(record[4]) &&
      number<std::uint64_t>(record[5])) {
    return Kind::hold;
  }
  if (word == "transid" && record.size() >= 8 && number<std::uint64_t>(record[6])) return Kind::transid;
  return Kind::other;
}

std::int64_t time_of(const Fields& record) { return number<std::int64_t>(record[2]).value_or(0); }

JournalAnswer answer_of(const Fields& record) {
  return {time_of(record), record[3] == "trusted", record[4][0], record[5]};
}

JournalHold hold_of(const Fields& record) {
  return {number<std::int64_t>(record[3]).value_or(0), number<std::int64_t>(record[4]).value_or(0),
          number<std::uint64_t>(record[5]).value_or(0), record[6]};
}

JournalTransid transid_of(const Fields& record) {
  return {record[3], record[4],
          record[5], number<std::uint64_t>(record[6]).value_or(0),
          record[7], {record.begin() + 8, record.end()}};
}

// Indices of the records of one name that still say something.
struct Keep {
  std::optional<std::size_t> first_answer;
  std::optional<std::size_t> first_trusted;
  std::optional<std::size_t> last_answer;
  std::optional<std::size_t> sending;
  std::optional<std::size_t> cut;
  std::optional<std::size_t> cut_before;
  std::optional<std::size_t> hold;
  std::optional<std::size_t> transid;
  std::optional<std::size_t> done;

  void take(const Fields& record, Kind kind, std::size_t index) {
    switch (kind) {
      case Kind::sending:
        sending = index;
        return;
      case Kind::unsent:
        sending.reset();
        return;
      case Kind::cut:
        cut_before = std::exchange(cut, index);
        return;
      case Kind::answer:
        sending.reset();
        cut.reset();
        cut_before.reset();
        if (!first_answer) first_answer = index;
        if (!first_trusted && answer_of(record).trusted_clock) first_trusted = index;
        last_answer = index;
        return;
      case Kind::hold:
        hold = index;
        return;
      case Kind::transid:
        transid = index;
        return;
      case Kind::done:
        sending.reset();
        done = index;
        return;
      case Kind::other:
        return;
    }
  }
};

}  // namespace

Fields sending_record(std::string_view name, std::int64_t time, std::string_view server) {
  return {"sending", std::string(name), std::to_string(time), std::string(server)};
}

Fields unsent_record(std::string_view name, std::int64_t time) {
  return {"unsent", std::string(name), std::to_string(time)};
}

Fields cut_record(std::string_view name, std::int64_t time) { return {"cut", std::string(name), std::to_string(time)}; }

Fields answer_record(std::string_view name, const JournalAnswer& answer) {
  return {"answer",
          std::string(name),
          std::to_string(answer.time),
          answer.trusted_clock ? "trusted" : "untrusted",
          std::string(1, answer.status),
          answer.text};
}

Fields hold_record(std::string_view name, std::int64_t time, const JournalHold& hold) {
  return {"hold",
          std::string(name),
          std::to_string(time),
          std::to_string(hold.mtime_seconds),
          std::to_string(hold.mtime_nanoseconds),
          std::to_string(hold.octets),
          hold.reason};
}

Fields transid_record(std::string_view name, std::int64_t time, const JournalTransid& transid) {
  Fields fields{"transid",         std::string(name), std::to_string(time),           transid.id,
                transid.helo_name, transid.server,    std::to_string(transid.octets), transid.reply};
  fields.insert(fields.end(), transid.members.begin(), transid.members.end());
  return fields;
}

Fields done_record(std::string_view name, std::int64_t time) {
  return {"done", std::string(name), std::to_string(time)};
}

SpoolHistory::SpoolHistory(const std::vector<Fields>& records) {
  for (const auto& record : records) take(record);
}

void SpoolHistory::take(const Fields& record) {
  const Kind kind = kind_of(record);
  if (kind == Kind::other) return;
  SpoolPast& past = past_[record[1]];
  switch (kind) {
    case Kind::sending:
      past.is_unknown = true;
      return;
    case Kind::unsent:
      past.is_unknown = false;
      return;
    case Kind::cut:
      past.cuts = std::min(past.cuts + 1, max_counted_cuts);
      return;
    case Kind::answer:
      past.is_unknown = false;
      past.cuts = 0;
      past.last_answer = answer_of(record);
      if (!past.first_answer) past.first_answer = past.last_answer;
      if (!past.waits_since && past.last_answer->trusted_clock) past.waits_since = past.last_answer->time;
      return;
    case Kind::hold:
      past.hold = hold_of(record);
      return;
    case Kind::transid:
      past.transid = transid_of(record);
      if (past.transid->id.empty()) past.transid.reset();
      return;
    case Kind::done:
      past.is_unknown = false;
      past.is_done = true;
      return;
    case Kind::other:
      return;
  }
}

const SpoolPast* SpoolHistory::find(std::string_view unique_name) const {
  const auto found = past_.find(unique_name);
  return found == past_.end() ? nullptr : &found->second;
}

std::vector<Fields> compact_records(const std::vector<Fields>& records,
                                    const std::function<bool(std::string_view)>& has_file) {
  std::map<std::string, Keep, std::less<>> names;
  std::set<std::size_t> kept;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const Kind kind = kind_of(records[i]);
    if (kind == Kind::other) {
      kept.insert(i);
    } else if (has_file(records[i][1])) {
      names[records[i][1]].take(records[i], kind, i);
    }
  }
  for (const auto& [name, keep] : names) {
    for (const auto& index : {keep.first_answer, keep.first_trusted, keep.last_answer, keep.cut_before, keep.cut,
                              keep.sending, keep.hold, keep.transid, keep.done}) {
      if (index) kept.insert(*index);
    }
  }
  std::vector<Fields> out;
  out.reserve(kept.size());
  for (const auto index : kept) out.push_back(records[index]);
  return out;
}

}  // namespace mail
