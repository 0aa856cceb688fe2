// Any octets as a journal: the records that compaction leaves say the same of every name, and compacting twice is
// compacting once.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "mta/mail/spool_journal.h"

namespace {

void require(bool held) {
  if (!held) std::abort();
}

void require_same(const mail::SpoolPast* a, const mail::SpoolPast* b) {
  const mail::SpoolPast none;
  const auto& x = a ? *a : none;
  const auto& y = b ? *b : none;
  require(x.cuts == y.cuts);
  require(x.is_unknown == y.is_unknown && x.is_done == y.is_done && x.waits_since == y.waits_since);
  require(x.first_answer.has_value() == y.first_answer.has_value() && x.hold.has_value() == y.hold.has_value());
  if (x.first_answer)
    require(x.first_answer->time == y.first_answer->time && x.last_answer->text == y.last_answer->text);
  require(x.transid.has_value() == y.transid.has_value());
  if (x.transid) require(x.transid->id == y.transid->id && x.transid->members == y.transid->members);
  if (x.hold) require(x.hold->reason == y.hold->reason);
}

// The fuzzer cannot guess checksums: each line of its input becomes the fields of a record as well.
std::vector<mail::Fields> as_records(std::string_view text) {
  std::vector<mail::Fields> records(1, mail::Fields(1));
  for (const char c : text) {
    if (c == '\n') {
      records.emplace_back(1);
    } else if (c == ' ') {
      records.back().emplace_back();
    } else {
      records.back().back() += c;
    }
  }
  return records;
}

void check(const std::vector<mail::Fields>& records) {
  const auto kept = mail::compact_records(records, [](std::string_view name) { return !name.starts_with("gone"); });
  require(kept.size() <= records.size());
  const mail::SpoolHistory before(records);
  const mail::SpoolHistory after(kept);
  for (const auto& record : records) {
    if (record.size() > 1 && !record[1].starts_with("gone"))
      require_same(before.find(record[1]), after.find(record[1]));
  }
  require(mail::compact_records(kept, [](std::string_view) { return true; }) == kept);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(mail::parse_records(text).records);
  check(as_records(text));
  return 0;
}
