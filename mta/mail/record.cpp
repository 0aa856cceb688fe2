#include "mta/mail/record.h"

#include <array>
#include <charconv>
#include <optional>

namespace mail {
namespace {

constexpr std::size_t checksum_digits = 8;
constexpr std::string_view hex_digits = "0123456789abcdef";

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? (value >> 1) ^ 0xedb88320U : value >> 1;
    table[i] = value;
  }
  return table;
}

std::string hex(std::uint32_t value) {
  std::string text(checksum_digits, '0');
  for (std::size_t i = checksum_digits; i-- > 0; value >>= 4) text[i] = hex_digits[value & 15];
  return text;
}

void append_field(std::string& line, std::string_view field) {
  line += ' ';
  if (field.empty()) line += '%';
  for (const char c : field) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 32 && byte < 127 && c != '%') {
      line += c;
    } else {
      line += '%';
      line += hex_digits[byte >> 4];
      line += hex_digits[byte & 15];
    }
  }
}

std::optional<std::string> read_field(std::string_view word) {
  if (word == "%") return std::string();
  std::string field;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] != '%') {
      field += word[i];
      continue;
    }
    unsigned value = 0;
    if (i + 2 >= word.size()) return std::nullopt;
    const auto end = word.data() + i + 3;
    if (std::from_chars(word.data() + i + 1, end, value, 16).ptr != end) return std::nullopt;
    field += static_cast<char>(value);
    i += 2;
  }
  return field;
}

std::optional<Fields> read_record(std::string_view line) {
  if (line.size() <= checksum_digits || line[checksum_digits] != ' ') return std::nullopt;
  const auto payload = line.substr(checksum_digits);
  if (line.substr(0, checksum_digits) != hex(crc32(payload))) return std::nullopt;
  Fields fields;
  for (std::size_t start = 1; start <= payload.size();) {
    const auto end = std::min(payload.find(' ', start), payload.size());
    auto field = read_field(payload.substr(start, end - start));
    if (!field) return std::nullopt;
    fields.push_back(std::move(*field));
    start = end + 1;
  }
  return fields;
}

}  // namespace

std::uint32_t crc32(std::string_view bytes, std::uint32_t before) {
  static constexpr auto table = make_table();
  std::uint32_t value = ~before;
  for (const char c : bytes) value = table[(value ^ static_cast<unsigned char>(c)) & 255] ^ (value >> 8);
  return ~value;
}

std::string format_record(const Fields& fields) {
  std::string payload;
  for (const auto& field : fields) append_field(payload, field);
  return hex(crc32(payload)) + payload + '\n';
}

std::size_t each_record(std::string_view text, const std::function<void(Fields&&)>& visit) {
  std::size_t good_bytes = 0;
  while (good_bytes < text.size()) {
    const auto lf = text.find('\n', good_bytes);
    if (lf == std::string_view::npos) break;
    auto record = read_record(text.substr(good_bytes, lf - good_bytes));
    if (!record) break;
    visit(std::move(*record));
    good_bytes = lf + 1;
  }
  return good_bytes;
}

Records parse_records(std::string_view text) {
  Records out;
  out.good_bytes = each_record(text, [&](Fields&& record) { out.records.push_back(std::move(record)); });
  out.torn = out.good_bytes < text.size();
  return out;
}

}  // namespace mail
