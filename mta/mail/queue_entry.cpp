#include "mta/mail/queue_entry.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "base/io.h"

namespace mail {
namespace {

constexpr std::string_view magic = "offhook-entry-1 ";
constexpr std::size_t max_journal_bytes = 64U << 20;
constexpr std::size_t block_bytes = 65536;

template <class Number>
bool read_number(const std::string& text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

// "u501\0p77\0Fsender\0Trecipient\0…\0": qmail's todo files carry u and p too; they are passed over.
base::Result<EntryState> read_envelope(std::string_view envelope) {
  EntryState state;
  bool sender_seen = false;
  while (!envelope.empty() && envelope.front() != '\0') {
    const auto nul = envelope.find('\0');
    if (nul == std::string_view::npos) return base::permanent("envelope without an end");
    const auto value = std::string(envelope.substr(1, nul - 1));
    if (envelope.front() == 'F') {
      state.sender = value;
      sender_seen = true;
    } else if (envelope.front() == 'T') {
      state.recipients.emplace_back().address = value;
    }
    envelope.remove_prefix(nul + 1);
  }
  if (!sender_seen || envelope.size() != 1) return base::permanent("malformed envelope");
  return state;
}

base::Result<std::string> read_range(const base::Fd& fd, std::uint64_t offset, std::uint64_t bytes,
                                     std::string_view name) {
  std::string text(bytes, '\0');
  std::size_t got = 0;
  while (got < text.size()) {
    const auto n = base::read_at(fd, std::span(text).subspan(got), offset + got);
    if (!n) return base::system_failure("read " + std::string(name), n.error().error);
    if (*n == 0) return base::permanent(std::string(name) + ": cut short");
    got += *n;
  }
  return text;
}

base::Result<std::uint32_t> checksum_of(const base::Fd& fd, std::uint64_t offset, std::uint64_t bytes,
                                        std::string_view name) {
  std::uint32_t sum = 0;
  while (bytes > 0) {
    auto block = read_range(fd, offset, std::min<std::uint64_t>(bytes, block_bytes), name);
    if (!block) return block.error();
    sum = crc32(*block, sum);
    offset += block->size();
    bytes -= block->size();
  }
  return sum;
}

// Appends the message and gives its checksum.
base::Result<std::uint32_t> copy_range(const base::Fd& from, const EntryHeader& header, EntryWriter& writer) {
  std::uint32_t sum = 0;
  std::uint64_t offset = header.message_offset();
  std::uint64_t left = header.message_bytes;
  while (left > 0) {
    const auto block = read_range(from, offset, std::min<std::uint64_t>(left, block_bytes), "message");
    if (!block) return block.error();
    if (auto r = writer.append_message(*block); !r) return r.error();
    sum = crc32(*block, sum);
    offset += block->size();
    left -= block->size();
  }
  return sum;
}

}  // namespace

std::string format_entry_header(const EntryHeader& header) {
  std::array<char, entry_header_bytes + 1> text{};
  std::snprintf(text.data(), text.size(),
                "%.*smessage=%016llu envelope=%010llu sum=%08x birth=%012lld trusted=%d uid=%010u",
                static_cast<int>(magic.size()), magic.data(), static_cast<unsigned long long>(header.message_bytes),
                static_cast<unsigned long long>(header.envelope_bytes), header.checksum,
                static_cast<long long>(header.birth), header.birth_trusted ? 1 : 0, header.uid);
  std::string line(text.data());
  line.resize(entry_header_bytes - 1, ' ');
  return line + '\n';
}

base::Result<EntryHeader> parse_entry_header(std::string_view text) {
  if (text.size() < entry_header_bytes || !text.starts_with(magic))
    return base::permanent("no queue entry, or never finished");
  const std::string line(text.substr(magic.size(), entry_header_bytes - magic.size()));
  unsigned long long message = 0;
  unsigned long long envelope = 0;
  long long birth = 0;
  int trusted = 0;
  EntryHeader header;
  const int fields =
      std::sscanf(line.c_str(), "message=%16llu envelope=%10llu sum=%8x birth=%12lld trusted=%1d uid=%10u", &message,
                  &envelope, &header.checksum, &birth, &trusted, &header.uid);
  constexpr unsigned long long max_message_bytes = 1ULL << 50;
  if (fields != 6 || envelope > max_envelope_bytes || message > max_message_bytes)
    return base::permanent("malformed queue entry header");
  header.message_bytes = message;
  header.envelope_bytes = envelope;
  header.birth = birth;
  header.birth_trusted = trusted == 1;
  if (format_entry_header(header) != text.substr(0, entry_header_bytes))
    return base::permanent("malformed queue entry header");
  return header;
}

base::Result<EntryWriter> EntryWriter::create(const base::Directory& directory, const std::string& name, mode_t mode) {
  auto fd = directory.create_exclusive(name, mode);
  if (!fd) return fd.error();
  EntryWriter writer(std::move(*fd), directory.path() + "/" + name);
  if (::lseek(writer.fd_.get(), static_cast<off_t>(entry_header_bytes), SEEK_SET) < 0)
    return base::system_failure("seek " + writer.name_);
  return writer;
}

base::Result<void> EntryWriter::append_message(std::string_view octets) {
  if (auto r = base::write_all(fd_, octets); !r) return base::system_failure("write " + name_, r.error().error);
  message_bytes_ += octets.size();
  checksum_ = crc32(octets, checksum_);
  return {};
}

base::Result<void> EntryWriter::finish(std::string_view envelope, EntryHeader header) {
  if (auto r = base::write_all(fd_, envelope); !r) return base::system_failure("write " + name_, r.error().error);
  header.message_bytes = message_bytes_;
  header.envelope_bytes = envelope.size();
  header.checksum = crc32(envelope, checksum_);
  if (auto r = base::write_all_at(fd_, format_entry_header(header), 0); !r)
    return base::system_failure("write " + name_, r.error().error);
  return {};
}

bool EntryState::all_settled() const {
  return std::all_of(recipients.begin(), recipients.end(), [](const Recipient& one) {
    return one.state == RecipientState::done || one.state == RecipientState::failed;
  });
}

bool EntryState::any_failed() const {
  return std::any_of(recipients.begin(), recipients.end(),
                     [](const Recipient& one) { return one.state == RecipientState::failed; });
}

Fields placing_record(std::size_t index, std::int64_t time, const std::string& maildir, const std::string& name) {
  return {"placing", std::to_string(index), std::to_string(time), maildir, name};
}

Fields done_record(std::size_t index, std::int64_t time) {
  return {"done", std::to_string(index), std::to_string(time)};
}

Fields failed_record(std::size_t index, std::int64_t time, const std::string& text) {
  return {"failed", std::to_string(index), std::to_string(time), text};
}

Fields deferred_record(std::size_t index, std::int64_t time, bool trusted, const std::string& text) {
  return {"deferred", std::to_string(index), std::to_string(time), trusted ? "1" : "0", text};
}

Fields bounced_record(std::int64_t time) { return {"bounced", std::to_string(time)}; }

void apply_record(EntryState& state, const Fields& record) {
  const std::string& kind = record.front();
  if (kind == "bounced") {
    state.bounced = true;
    return;
  }
  std::size_t index = 0;
  std::int64_t time = 0;
  if (record.size() < 3 || !read_number(record[1], index) || !read_number(record[2], time)) return;
  if (index >= state.recipients.size()) return;
  Recipient& recipient = state.recipients[index];
  if (kind == "placing" && record.size() == 5) {
    recipient.state = RecipientState::placing;
    recipient.placed_at = time;
    recipient.maildir = record[3];
    recipient.unique_name = record[4];
  } else if (kind == "done") {
    recipient.state = RecipientState::done;
  } else if (kind == "failed" && record.size() == 4) {
    recipient.state = RecipientState::failed;
    recipient.text = record[3];
  } else if (kind == "deferred" && record.size() == 5) {
    recipient.state = RecipientState::waiting;
    recipient.text = record[4];
    if (record[3] == "1" && !state.first_deferral) state.first_deferral = time;
  }
}

base::Result<EntryState> read_entry_state(std::string_view envelope, const std::vector<Fields>& records) {
  auto state = read_envelope(envelope);
  if (!state) return state.error();
  for (const auto& record : records) apply_record(*state, record);
  return state;
}

base::Result<EntryFile> EntryFile::open(const base::Directory& directory, const std::string& name, bool verify) {
  auto fd = directory.open_file(name, O_RDWR | O_NOFOLLOW);
  if (!fd) return fd.error();
  EntryFile entry(std::move(*fd), directory.path() + "/" + name);
  const auto fail = [&](const base::Failure& failure) {
    return base::Failure{failure.kind, entry.name_ + ": " + failure.text, failure.error};
  };
  auto head = read_range(entry.fd_, 0, entry_header_bytes, entry.name_);
  if (!head) return head.error();
  auto header = parse_entry_header(*head);
  if (!header) return fail(header.error());
  entry.header_ = *header;
  auto envelope = read_range(entry.fd_, header->envelope_offset(), header->envelope_bytes, entry.name_);
  if (!envelope) return envelope.error();
  if (verify) {
    const auto sum = checksum_of(entry.fd_, header->message_offset(), header->message_bytes, entry.name_);
    if (!sum) return sum.error();
    if (crc32(*envelope, *sum) != header->checksum)
      return base::permanent(entry.name_ + ": contents do not match their checksum");
  }
  const auto size = base::file_size(entry.fd_, entry.name_);
  if (!size) return size.error();
  const std::uint64_t journal_bytes = *size - std::min(*size, header->journal_offset());
  if (journal_bytes > max_journal_bytes) return base::permanent(entry.name_ + ": journal too long");
  auto journal = read_range(entry.fd_, header->journal_offset(), journal_bytes, entry.name_);
  if (!journal) return journal.error();
  const auto records = parse_records(*journal);
  auto state = read_entry_state(*envelope, records.records);
  if (!state) return fail(state.error());
  entry.state_ = std::move(*state);
  entry.journal_end_ = header->journal_offset() + records.good_bytes;
  return entry;
}

base::Result<void> EntryFile::record(const std::vector<Fields>& records) {
  std::string text;
  for (const auto& fields : records) text += format_record(fields);
  const auto write = [&]() -> base::Result<void> {
    if (auto r = base::write_all_at(fd_, text, journal_end_); !r)
      return base::system_failure("write " + name_, r.error().error);
    // A longer torn tail must not stand behind what is written now.
    if (::ftruncate(fd_.get(), static_cast<off_t>(journal_end_ + text.size())) < 0)
      return base::system_failure("truncate " + name_);
    auto synced = base::sync(fd_, name_);
    // After a failed fsync the kernel takes the pages for clean: no later one can tell what reached the disk.
    if (!synced) uncertain_ = true;
    return synced;
  };
  if (auto r = write(); !r) {
    if (::ftruncate(fd_.get(), static_cast<off_t>(journal_end_)) < 0 || !base::sync(fd_, name_)) uncertain_ = true;
    return r;
  }
  journal_end_ += text.size();
  for (const auto& fields : records) apply_record(state_, fields);
  return {};
}

base::Result<void> copy_message(const EntryFile& entry, EntryWriter& writer) {
  const auto sum = copy_range(entry.fd(), entry.header(), writer);
  if (!sum) return sum.error();
  return {};
}

base::Result<std::string> copy_checked(const base::Fd& file, const EntryHeader& header, EntryWriter& writer) {
  const auto sum = copy_range(file, header, writer);
  if (!sum) return sum.error();
  auto envelope = read_range(file, header.envelope_offset(), header.envelope_bytes, "envelope");
  if (!envelope) return envelope.error();
  if (crc32(*envelope, *sum) != header.checksum) return base::permanent("contents do not match their checksum");
  const auto state = read_envelope(*envelope);
  if (!state) return state.error();
  if (state->recipients.empty()) return base::permanent("no recipient");
  return envelope;
}

}  // namespace mail
