// Any octets as a queue entry's file: it is refused, or what it says is the same before and after a record is added to
// it. And, because checksums cannot be guessed: message, envelope and records, form feeds between them, put into a
// file. A cut anywhere in it refuses it or loses records from the end only.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/directory.h"
#include "base/io.h"
#include "mta/mail/queue_entry.h"

namespace {

constexpr const char* file_name = "entry";
constexpr std::size_t records_kept_small = 64;  // each is synced and read again

void require(bool held) {
  if (!held) std::abort();
}

// One file in a folder of our own, used again for every input.
class Place {
 public:
  Place() {
    // In memory where there is some: every record is synced.
    path_ = "/dev/shm/offhook-fuzz-XXXXXX";
    if (!::mkdtemp(path_.data())) {
      path_ = "/tmp/offhook-fuzz-XXXXXX";
      require(::mkdtemp(path_.data()) != nullptr);
    }
    auto folder = base::Directory::open(path_);
    require(folder.has_value());
    folder_.emplace(std::move(*folder));
  }
  ~Place() {
    static_cast<void>(folder_->unlink(file_name));
    ::rmdir(path_.c_str());
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  [[nodiscard]] const base::Directory& folder() const { return *folder_; }
  void write(std::string_view octets) const {
    const auto file = folder_->open_file(file_name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    require(file && base::write_all(*file, octets));
  }
  [[nodiscard]] base::Result<mail::EntryFile> open(bool verify) const {
    return mail::EntryFile::open(*folder_, file_name, verify);
  }

 private:
  std::string path_;
  std::optional<base::Directory> folder_;
};

const Place& place() {
  static const Place one;
  return one;
}

bool same(const mail::Recipient& a, const mail::Recipient& b) {
  return a.address == b.address && a.state == b.state && a.maildir == b.maildir && a.unique_name == b.unique_name &&
         a.placed_at == b.placed_at && a.text == b.text;
}

bool same(const mail::EntryState& a, const mail::EntryState& b) {
  return a.sender == b.sender && a.first_deferral == b.first_deferral && a.bounced == b.bounced &&
         std::equal(a.recipients.begin(), a.recipients.end(), b.recipients.begin(), b.recipients.end(),
                    [](const auto& x, const auto& y) { return same(x, y); });
}

// A record added to whatever the file holds is read again, on top of the same state.
void add_record() {
  auto entry = place().open(false);
  if (!entry) return;
  require(entry->header().journal_offset() <= *base::file_size(entry->fd(), file_name));
  const auto before = entry->state();
  const auto record = mail::failed_record(0, 1'800'000'000, "5.1.1 no\nsuch \xff box");
  require(entry->record({record}).has_value() && !entry->uncertain());
  auto expected = before;
  mail::apply_record(expected, record);
  require(same(entry->state(), expected));
  const auto again = place().open(false);
  require(again && same(again->state(), expected));
}

std::string_view up_to_form_feed(std::string_view& text) {
  const auto part = text.substr(0, text.find('\f'));
  text.remove_prefix(std::min(text.size(), part.size() + 1));
  return part;
}

std::vector<mail::Fields> as_records(std::string_view text) {
  std::vector<mail::Fields> records(1, mail::Fields(1));
  for (const char c : text) {
    if (c == '\n') {
      if (records.size() == records_kept_small) break;
      records.emplace_back(1);
    } else if (c == ' ') {
      records.back().emplace_back();
    } else {
      records.back().back() += c;
    }
  }
  return records;
}

// An entry cut short: refused while its message or envelope is not whole, else as it was after some of its records.
void cut(const std::string& octets, std::size_t length, const mail::EntryHeader& header, std::string_view envelope,
         const std::vector<mail::Fields>& records) {
  place().write(std::string_view(octets).substr(0, length));
  const auto entry = place().open(true);
  const bool is_whole = length >= header.journal_offset() && mail::read_entry_state(envelope, {}).has_value();
  require(entry.has_value() == is_whole);
  if (!entry) return require(entry.error().kind == base::FailureKind::permanent);
  bool found = false;
  for (std::size_t count = 0; count <= records.size() && !found; ++count) {
    const std::vector<mail::Fields> some(records.begin(), records.begin() + static_cast<std::ptrdiff_t>(count));
    found = same(entry->state(), *mail::read_entry_state(envelope, some));
  }
  require(found);
}

void build(std::string_view text) {
  const auto message = up_to_form_feed(text);
  const auto envelope = up_to_form_feed(text);
  const auto records = as_records(text);
  mail::EntryHeader header{
      message.size(), envelope.size(), mail::crc32(envelope, mail::crc32(message)), 1'800'000'000, true, 1000};
  std::string octets = mail::format_entry_header(header) + std::string(message) + std::string(envelope);
  for (const auto& record : records) octets += mail::format_record(record);
  place().write(octets);

  const auto entry = place().open(true);
  const auto state = mail::read_entry_state(envelope, records);
  require(entry.has_value() == state.has_value());
  if (entry) require(same(entry->state(), *state));
  auto copy = mail::EntryWriter::create(place().folder(), "copy", 0600);
  require(copy.has_value());
  static_cast<void>(place().folder().unlink("copy"));
  const auto file = place().folder().open_file(file_name, O_RDONLY);
  const auto copied = mail::copy_checked(*file, header, *copy);
  require(copied.has_value() == (state && !state->recipients.empty()));
  if (copied) require(*copied == envelope && copy->message_bytes() == message.size());
  add_record();
  // Where to cut is the input's choice too.
  const std::size_t at = message.empty() ? octets.size() : static_cast<unsigned char>(message.front());
  for (const std::size_t length : {at * octets.size() / 256, octets.size() - std::min(octets.size(), at)}) {
    cut(octets, length, header, envelope, records);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  place().write(text);
  static_cast<void>(place().open(true));
  add_record();
  build(text);
  return 0;
}
