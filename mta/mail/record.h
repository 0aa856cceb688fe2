// One line of an append-only journal: a checksum and fields. What was torn by a crash is told from what was written
// whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace mail {

// CRC-32 (ISO 3309), continued from a former value.
std::uint32_t crc32(std::string_view bytes, std::uint32_t before = 0);

using Fields = std::vector<std::string>;

// "CHECKSUM field field …" LF. Any octet may stand in a field: blanks, '%' and bytes outside 33..126 are written as
// %XX, an empty field as a lone '%'.
std::string format_record(const Fields& fields);

struct Records {
  std::vector<Fields> records;
  // Octets up to the end of the last good record: where the next one has to be written.
  std::size_t good_bytes = 0;
  // True when something follows good_bytes. Records are synced before anybody relies on them, so from the first bad one
  // on nothing was ever relied on: all of it is ignored.
  bool torn = false;
};

Records parse_records(std::string_view text);
// The same, one record after another and none kept; returns good_bytes.
std::size_t each_record(std::string_view text, const std::function<void(Fields&&)>& visit);

}  // namespace mail
