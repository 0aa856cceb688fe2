#include "mta/smtpd/partial_file.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/io.h"
#include "conf/text.h"
#include "mta/mail/record.h"

namespace mta {
namespace {

// Forward through a file, a line or a number of octets at a time.
class FileReader {
 public:
  explicit FileReader(const base::Fd& file) : file_(file) {}

  // The line with its LF; empty at the end, and where no line of a record's length ends.
  base::Result<std::string> line() {
    for (std::size_t looked = 0;;) {
      const auto end = buffer_.find('\n', looked);
      if (end != std::string::npos) return take(end + 1);
      looked = buffer_.size();
      if (looked > max_partial_line_bytes) return std::string();
      const auto more = fill();
      if (!more) return more.error();
      if (!*more) return std::string();
    }
  }

  // Fewer at the end of the file.
  base::Result<std::string> octets(std::size_t count) {
    while (buffer_.size() < count) {
      const auto more = fill();
      if (!more) return more.error();
      if (!*more) break;
    }
    return take(std::min(count, buffer_.size()));
  }

  [[nodiscard]] std::uint64_t position() const { return position_; }

 private:
  base::Result<bool> fill() {
    std::array<char, 2 * partial_piece_bytes> block;
    const auto n = base::read_at(file_, block, position_ + buffer_.size());
    if (!n) return n.error();
    buffer_.append(block.data(), *n);
    return *n > 0;
  }

  std::string take(std::size_t count) {
    auto taken = buffer_.substr(0, count);
    buffer_.erase(0, count);
    position_ += count;
    return taken;
  }

  const base::Fd& file_;
  std::string buffer_;
  std::uint64_t position_ = 0;  // of the buffer's first octet
};

// The octets behind a text record; none when they are not what it says.
base::Result<std::optional<std::string>> text_of(const mail::Fields& record, FileReader& reader) {
  const auto octets = conf::decimal(record[1]);
  const auto sum = conf::decimal(record[2]);
  if (!octets || !sum || *octets > partial_piece_bytes) return std::optional<std::string>();
  auto text = reader.octets(static_cast<std::size_t>(*octets));
  if (!text) return text.error();
  if (text->size() != *octets || mail::crc32(*text) != *sum) return std::optional<std::string>();
  return std::optional<std::string>(std::move(*text));
}

// Takes a record that is not text; false when it cannot stand there.
bool take(const mail::Fields& record, PartialContent& content) {
  auto& envelope = content.envelope;
  if (record[0] == "kept" && record.size() == 5 && envelope.key.transid.empty()) {
    envelope.key = {record[1], record[2], record[3]};
    envelope.sender = record[4];
    return true;
  }
  if (envelope.key.transid.empty()) return false;
  if (record[0] == "to" && record.size() == 2 && !content.is_begun) {
    envelope.recipients.push_back(record[1]);
    return true;
  }
  if (record[0] == "begun" && record.size() == 1) return content.is_begun = true;
  if (record[0] == "accepted" && record.size() == 3) {
    const auto octets = conf::decimal(record[1]);
    if (!octets) return false;
    content.accepted = {*octets, record[2]};
    return true;
  }
  return false;
}

using Give = std::function<base::Result<void>(std::string_view)>;

// Gives the octets of every good text record, and returns what else there is.
base::Result<PartialContent> read_records(const base::Fd& file, const Give& give) {
  PartialContent content;
  FileReader reader(file);
  for (;;) {
    const auto line = reader.line();
    if (!line) return line.error();
    const auto parsed = mail::parse_records(*line);
    if (parsed.records.size() != 1 || parsed.records[0].empty()) return content;
    const auto& record = parsed.records[0];
    if (record[0] != "text" || record.size() != 3 || !content.is_begun) {
      if (!take(record, content)) return content;
      content.good_bytes = reader.position();
      continue;
    }
    const auto text = text_of(record, reader);
    if (!text) return text.error();
    if (!*text) return content;
    content.good_bytes = reader.position();
    if (auto given = give(**text); !given) return given.error();
  }
}

// How much of what comes is whole lines. A line may be as long as the message: it is counted and not kept.
class WholeLines {
 public:
  void feed(std::string_view piece) {
    const auto end = piece.rfind('\n') + 1;  // npos + 1 is 0
    if (end > 0) {
      add(piece.substr(0, end));
      whole_ = all_;
      text_octets_ = all_ + lines_;
      hops_ = all_hops_;
    }
    add(piece.substr(end));
  }
  [[nodiscard]] std::uint64_t octets() const { return whole_; }
  [[nodiscard]] std::uint64_t text_octets() const { return text_octets_; }  // with CR LF line ends
  [[nodiscard]] const mail::HopCounter& hops() const { return hops_; }

 private:
  void add(std::string_view text) {
    all_ += text.size();
    lines_ += static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
    all_hops_.feed(text);
  }

  std::uint64_t all_ = 0;
  std::uint64_t lines_ = 0;
  mail::HopCounter all_hops_;
  std::uint64_t whole_ = 0;
  std::uint64_t text_octets_ = 0;
  mail::HopCounter hops_;
};

}  // namespace

base::Result<PartialContent> read_partial(const base::Fd& file, const Give& give) {
  WholeLines lines;
  auto content = read_records(file, [&](std::string_view text) -> base::Result<void> {
    lines.feed(text);
    return {};
  });
  if (!content) return content;
  content->text_octets = lines.text_octets();
  content->hops = lines.hops();
  if (!give || lines.octets() == 0) return content;
  auto left = lines.octets();
  const auto again = read_records(file, [&](std::string_view text) {
    const auto piece = text.substr(0, std::min<std::uint64_t>(left, text.size()));
    left -= piece.size();
    return piece.empty() ? base::Result<void>() : give(piece);
  });
  if (!again) return again.error();
  return content;
}

std::string partial_head(const PartialEnvelope& envelope) {
  const auto& key = envelope.key;
  auto out = mail::format_record({"kept", key.client, key.helo, key.transid, envelope.sender});
  for (const auto& recipient : envelope.recipients) out += mail::format_record({"to", recipient});
  return out + mail::format_record({"begun"});
}

std::string partial_text(std::string_view piece) {
  return mail::format_record({"text", std::to_string(piece.size()), std::to_string(mail::crc32(piece))}) +
         std::string(piece);
}

std::string partial_accepted(const PartialContent::Accepted& accepted) {
  return mail::format_record({"accepted", std::to_string(accepted.octets), accepted.text});
}

std::string partial_name(const PartialKey& key) {
  // FNV-1a, 64 bits.
  std::uint64_t hash = 14695981039346656037U;
  for (const auto* part : {&key.client, &key.helo, &key.transid}) {
    for (const char c : *part + '\0') hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  }
  std::array<char, 16> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), hash, 16).ptr;
  return {digits.data(), end};
}

}  // namespace mta
