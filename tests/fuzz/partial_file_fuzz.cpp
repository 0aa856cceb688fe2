// Any octets as the file of a kept transaction, and as a script of such a file, since no fuzzer guesses checksums: what
// is read is whole lines, the same up to the end of what is good, and less of the file never gives anything else.
#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/io.h"
#include "conf/text.h"
#include "mta/mail/record.h"
#include "mta/smtpd/partial_file.h"

namespace {

void require(bool held) {
  if (!held) std::abort();
}

struct Read {
  mta::PartialContent content;
  std::string text;
};

Read read(std::string_view octets) {
  const base::Fd file(::memfd_create("partial", MFD_CLOEXEC));
  require(file.valid() && base::write_all_at(file, octets, 0));
  Read made;
  const auto content = mta::read_partial(file, [&](std::string_view piece) -> base::Result<void> {
    made.text += piece;
    return {};
  });
  require(content.has_value());
  made.content = *content;
  return made;
}

void check(std::string_view octets) {
  const auto [content, text] = read(octets);
  require(content.good_bytes <= octets.size() && text.size() <= octets.size());
  require(text.empty() || (content.is_begun && text.back() == '\n'));
  const auto lines = std::count(text.begin(), text.end(), '\n');
  require(content.text_octets == text.size() + static_cast<std::uint64_t>(lines));
  require(!content.is_begun || !content.envelope.key.transid.empty());
  mail::HopCounter hops;
  hops.feed(text);
  require(content.hops.hops() == hops.hops());

  const auto good = read(octets.substr(0, content.good_bytes));
  require(good.text == text && good.content.good_bytes == content.good_bytes);
  require(good.content.envelope.key == content.envelope.key && good.content.is_begun == content.is_begun);
  require(good.content.envelope.recipients == content.envelope.recipients);
  require(good.content.accepted.has_value() == content.accepted.has_value());
  for (const auto part : {octets.size() / 2, content.good_bytes - std::min<std::uint64_t>(content.good_bytes, 1)}) {
    const auto less = read(octets.substr(0, part));
    require(text.starts_with(less.text) && less.content.good_bytes <= content.good_bytes);
  }
}

// Each line is a record; behind the word text alone, and what follows it on the line is the piece, ';' its line ends.
std::string written(std::string_view script) {
  std::string file;
  while (!script.empty()) {
    const auto line = script.substr(0, script.find('\n'));
    script.remove_prefix(std::min(line.size() + 1, script.size()));
    if (line.starts_with("text ")) {
      std::string piece(line.substr(5, mta::partial_piece_bytes));
      std::replace(piece.begin(), piece.end(), ';', '\n');
      file += mta::partial_text(piece);
      continue;
    }
    mail::Fields fields;
    for (const auto word : conf::words_of(line)) fields.emplace_back(word);
    if (!fields.empty()) file += mail::format_record(fields);
  }
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  check(octets);
  check(written(octets));
  return 0;
}
