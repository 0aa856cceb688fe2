// Any octets on the pipes between maildirserial and a client, and in what a spool remembers: names and results come the
// same whole and byte by byte, bounded, never one that was cut off; a record that is written is read as it was.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "serialmail/name_reader.h"
#include "serialmail/result_stream.h"
#include "serialmail/server_note.h"

namespace {

void require(bool held) {
  if (!held) std::abort();
}

std::string results(std::string_view octets, std::size_t piece) {
  serialmail::ResultStream stream;
  std::string told;
  for (; !octets.empty(); octets.remove_prefix(std::min(piece, octets.size()))) {
    for (const auto& record : stream.feed(octets.substr(0, piece))) {
      require(record.file.size() <= serialmail::max_record_name_bytes);
      require(record.text.size() <= serialmail::max_record_text_bytes);
      require(record.text.find('\n') == std::string::npos);
      told += record.file + '\0' + record.status + record.text + '\n';
      serialmail::ResultStream again;
      const auto same = again.feed(serialmail::format_result(record));
      require(same.size() == 1 && same[0].file == record.file && same[0].status == record.status);
    }
  }
  return told;
}

std::string names(std::string_view octets, std::size_t piece) {
  serialmail::NameReader reader;
  std::string told;
  for (; !octets.empty(); octets.remove_prefix(std::min(piece, octets.size()))) {
    reader.feed(octets.substr(0, piece));
    while (!reader.empty()) {
      const auto name = reader.take();
      require(name.size() <= serialmail::max_file_name_bytes && name.find('\0') == std::string::npos);
      require(!serialmail::is_spool_file(name) || serialmail::is_inside(name));
      told += name + '\0';
    }
  }
  return told;
}

void check_note(std::string_view text) {
  const auto note = serialmail::ServerNote::parse(text);
  if (!note) return;
  const auto again = serialmail::ServerNote::parse(note->format());
  require(again && again->noticed == note->noticed && again->host == note->host);
  require(again->port == note->port && again->text == note->text);
  require(!note->holds(note->host, note->port, 0, std::chrono::hours(24)) || note->noticed <= 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  require(results(octets, 1) == results(octets, octets.size() + 1));
  require(names(octets, 1) == names(octets, octets.size() + 1));
  check_note(octets);
  return 0;
}
