#include "serialmail/named_files.h"

#include <array>
#include <utility>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "mta/mail/maildir_scan.h"

namespace serialmail {
namespace {

constexpr std::size_t block_bytes = 16384;

}  // namespace

NamedFiles::NamedFiles(const base::Directory& directory, std::string prefix)
    : directory_(directory), prefix_(std::move(prefix)), journal_(directory), input_(0), output_(1) {}

base::Result<void> NamedFiles::read() {
  std::array<char, block_bytes> block;
  const auto n = base::read_some(input_, block);
  if (!n) return base::system_failure("unable to read input", n.error().error);
  if (*n == 0) input_.reset();
  names_.feed({block.data(), *n});
  return {};
}

base::Result<std::optional<Outgoing>> NamedFiles::next() {
  while (!names_.empty()) {
    const std::string name = names_.take();
    Unfit unfit;
    auto outgoing = Outgoing::open(directory_, name, prefix_, unfit);
    if (outgoing) return outgoing;
    if (auto refused = refuse(name, unfit); !refused) return refused.error();
  }
  return std::nullopt;
}

base::Result<void> NamedFiles::refuse(const std::string& name, const Unfit& unfit) {
  if (unfit.kind == Unfit::Kind::gone) return {};
  if (unfit.kind == Unfit::Kind::on_hold && is_spool_file(name)) {
    note({mail::hold_record(mail::unique_name(name), base::read_clock().wall_seconds, unfit.hold)});
  }
  return record({name, status_left, unfit.text});
}

base::Result<void> NamedFiles::record(const ResultRecord& record) {
  const auto written = base::write_all(output_, format_result(record));
  if (!written) return base::system_failure("unable to write output", written.error().error);
  return {};
}

void NamedFiles::note_sending(const std::string& name, const std::string& server) {
  if (!is_spool_file(name)) return;
  note({mail::sending_record(mail::unique_name(name), base::read_clock().wall_seconds,
                             server.empty() ? "unknown" : server)});
}

void NamedFiles::note_unsent(const std::string& name) {
  if (is_spool_file(name)) note({mail::unsent_record(mail::unique_name(name), base::read_clock().wall_seconds)});
}

void NamedFiles::note(const std::vector<mail::Fields>& records) {
  const auto noted = journal_.append(records);
  if (!noted && !warned_) {
    base::log(base::Level::warning, "going on without the spool's journal: " + noted.error().text);
    warned_ = true;
  }
}

}  // namespace serialmail
