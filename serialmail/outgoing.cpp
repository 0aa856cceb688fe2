#include "serialmail/outgoing.h"

#include <fcntl.h>

#include <array>
#include <cstring>
#include <vector>

#include "base/io.h"
#include "mta/mail/data_offset.h"
#include "serialmail/name_reader.h"

namespace serialmail {
namespace {

// Small enough that a slow line's progress can be seen, and that a deadline a block (RFC 5321 §4.5.3.2.5) means
// something.
constexpr std::size_t piece_bytes = 8192;
constexpr std::size_t block_bytes = 65536;

}  // namespace

std::optional<Outgoing> Outgoing::open(const base::Directory& directory, const std::string& name,
                                       const std::string& prefix, Unfit& unfit) {
  const auto no = [&](Unfit::Kind kind, std::string text) {
    unfit = {kind, std::move(text), {}};
    return std::nullopt;
  };
  if (!is_inside(name)) return no(Unfit::Kind::malformed, "not a file of this maildir");
  auto file = directory.open_file(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!file && file.error().error == ENOENT) return no(Unfit::Kind::gone, "no such file");
  if (!file) return no(Unfit::Kind::trouble, base::system_failure("unable to open file", file.error().error).text);
  struct stat st {};
  if (::fstat(file->get(), &st) < 0) return no(Unfit::Kind::trouble, base::system_failure("unable to read file").text);
  if (!S_ISREG(st.st_mode)) return no(Unfit::Kind::malformed, "not a regular file");

  Outgoing outgoing(name, std::move(*file));
  std::array<char, mail::max_spool_head_bytes> head;
  const auto n = base::read_at(outgoing.file_, head, 0);
  if (!n) return no(Unfit::Kind::trouble, base::system_failure("unable to read file", n.error().error).text);
  const std::string_view begun(head.data(), *n);
  auto envelope = mail::parse_spool_file(begun, prefix);
  if (!envelope) return no(Unfit::Kind::malformed, envelope.error().text);
  if (!envelope->has_prefix) return no(Unfit::Kind::malformed, "Delivered-To does not begin with " + prefix);
  outgoing.envelope_ = std::move(*envelope);
  if (auto measured = outgoing.measure(begun); !measured) {
    return no(Unfit::Kind::trouble, base::system_failure("unable to read file", measured.error().error).text);
  }
  if (!outgoing.counter_.has_nul()) return outgoing;
  unfit = {Unfit::Kind::on_hold, "a NUL in the message cannot be sent", {}};
  unfit.hold = {st.st_mtim.tv_sec, st.st_mtim.tv_nsec, static_cast<std::uint64_t>(st.st_size), unfit.text};
  return std::nullopt;
}

// begun: the file's beginning, which has been read already and is all of most files.
base::Result<void> Outgoing::measure(std::string_view begun) {
  const auto take = [this](std::string_view octets) {
    counter_.feed(octets);
    spotter_.feed(octets);
  };
  offset_ = envelope_.body_offset;
  take(begun.substr(offset_));
  std::uint64_t at = begun.size();
  std::array<char, block_bytes> block;
  for (bool has_more = begun.size() == mail::max_spool_head_bytes; has_more;) {
    const auto n = base::read_at(file_, block, at);
    if (!n) return n.error();
    take({block.data(), *n});
    at += *n;
    has_more = *n > 0;
  }
  spotter_.feed("\n");
  return {};
}

bool Outgoing::has_same_message(const Outgoing& other) const {
  if (!(envelope_.sender == other.envelope_.sender) || octets() != other.octets()) return false;
  std::vector<char> mine(block_bytes);
  std::vector<char> theirs(block_bytes);
  for (std::uint64_t at = 0;;) {
    const auto n = base::read_at(file_, mine, envelope_.body_offset + at);
    const auto m = base::read_at(other.file_, theirs, other.envelope_.body_offset + at);
    if (!n || !m || *n != *m) return false;
    if (*n == 0) return true;
    if (std::memcmp(mine.data(), theirs.data(), *n) != 0) return false;
    at += *n;
  }
}

base::Result<void> Outgoing::skip(std::uint64_t octets) {
  std::array<char, block_bytes> block;
  mail::DataOffset place(octets);
  while (!place.found()) {
    const auto n = base::read_at(file_, block, offset_);
    if (!n) return base::system_failure("unable to read file", n.error().error);
    const auto taken = *n == 0 ? place.end() : place.feed({block.data(), *n});
    if (!taken) return taken.error();
    offset_ += *taken;
  }
  given_ = octets;
  return {};
}

template <class Encoder>
base::Result<Outgoing::Piece> Outgoing::next_piece(Encoder& encoder) {
  std::array<char, piece_bytes> block;
  const auto n = base::read_at(file_, block, offset_);
  if (!n) return base::system_failure("unable to read file", n.error().error);
  offset_ += *n;
  Piece piece;
  if (auto fed = encoder.feed({block.data(), *n}, piece.octets); !fed) return fed.error();
  piece.is_last = *n < block.size();
  if (piece.is_last) encoder.finish(piece.octets);
  return piece;
}

base::Result<void> Outgoing::check_count(const Piece& piece, std::uint64_t announced) {
  given_ += piece.octets.size();
  if (given_ < announced && !piece.is_last) return {};
  if (given_ == announced) return {};
  return base::temporary("the file changed while it was sent");
}

void Outgoing::begin(mail::Framing framing) {
  framing_ = framing;
  encoder_ = mail::DataEncoder(framing);
  offset_ = envelope_.body_offset;
  given_ = 0;
}

base::Result<Outgoing::Piece> Outgoing::next() {
  auto piece = next_piece(encoder_);
  if (!piece || framing_ == mail::Framing::dotted) return piece;
  if (auto fits = check_count(*piece, octets()); !fits) return fits.error();
  return piece;
}

base::Result<Outgoing::Piece> Outgoing::next_lf() {
  auto piece = next_piece(lf_encoder_);
  if (!piece) return piece;
  if (auto fits = check_count(*piece, lf_octets()); !fits) return fits.error();
  return piece;
}

}  // namespace serialmail
