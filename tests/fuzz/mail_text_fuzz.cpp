// Any octets as a message on its way: what is counted beforehand is what is sent; it comes the same in pieces and
// whole; DATA, BDAT and QMTP carry the same lines; where a transfer broke off is found again; base64 is undone.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "mta/mail/base64.h"
#include "mta/mail/chunk_decoder.h"
#include "mta/mail/data_offset.h"
#include "mta/mail/lf_text.h"
#include "mta/mail/mail_data.h"

namespace {

void require(bool held) {
  if (!held) std::abort();
}

// Feeds the text whole or by octets; empty where it was refused.
template <class Encoder>
std::optional<std::string> encoded(Encoder encoder, std::string_view text, std::size_t piece) {
  std::string out;
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
    if (!encoder.feed(text.substr(0, piece), out)) return std::nullopt;
  }
  encoder.finish(out);
  return out;
}

template <class Encoder>
std::optional<std::string> encoded(const Encoder& encoder, std::string_view text) {
  auto whole = encoded(encoder, text, text.size() + 1);
  require(whole == encoded(encoder, text, 1));
  return whole;
}

std::string decoded(std::string_view octets, std::size_t piece) {
  mail::DataDecoder decoder;
  std::string out;
  for (; !octets.empty() && !decoder.ended(); octets.remove_prefix(std::min(piece, octets.size()))) {
    const auto part = octets.substr(0, piece);
    const auto taken = decoder.feed(part, out);
    require(taken == part.size() || decoder.ended());
  }
  return out + std::to_string(static_cast<int>(decoder.fault())) + std::to_string(decoder.octets());
}

void check_sending(std::string_view text) {
  mail::DataCounter counter;
  counter.feed(text);
  const auto dotted = encoded(mail::DataEncoder(), text);
  const auto counted = encoded(mail::DataEncoder(mail::Framing::counted), text);
  const auto lines = encoded(mail::LfEncoder(), text);
  require(dotted.has_value() == !counter.has_nul() && counted.has_value() == dotted.has_value());
  require(lines.has_value() == dotted.has_value());
  if (!dotted) return;
  require(counted->size() == counter.octets() && lines->size() == counter.lf_octets());

  mail::DataDecoder by_data;
  std::string from_data;
  require(by_data.feed(*dotted, from_data) == dotted->size() && by_data.ended());
  require(by_data.fault() == mail::DataDecoder::Fault::none && by_data.octets() == counter.octets());
  mail::ChunkDecoder by_chunks;
  std::string from_chunks;
  by_chunks.feed(*counted, from_chunks);
  by_chunks.finish(from_chunks);
  require(by_chunks.fault() == mail::DataDecoder::Fault::none);
  require(from_data == *lines && from_chunks == *lines);

  // Gone on with behind any line of it.
  for (auto lf = counted->find('\n'); lf != std::string::npos; lf = counted->find('\n', lf + 1 + counted->size() / 4)) {
    mail::DataOffset offset(lf + 1);
    const auto at = offset.feed(text);
    require(at.has_value() && *at <= text.size());
    require(offset.found() || offset.end().has_value());
    require(counted->substr(lf + 1) == encoded(mail::DataEncoder(mail::Framing::counted), text.substr(*at)));
  }
}

void check_base64(std::string_view text) {
  require(mail::from_base64(mail::to_base64(text)) == text);
  if (const auto octets = mail::from_base64(text)) require(mail::to_base64(*octets) == text);
}

std::string by_chunks(std::string_view octets, std::size_t piece) {
  mail::ChunkDecoder decoder;
  std::string out;
  for (; !octets.empty(); octets.remove_prefix(std::min(piece, octets.size()))) {
    decoder.feed(octets.substr(0, piece), out);
  }
  decoder.finish(out);
  require(decoder.fault() != mail::DataDecoder::Fault::none || out.empty() || out.back() == '\n');
  return out + std::to_string(static_cast<int>(decoder.fault()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_sending(text);
  require(decoded(text, 1) == decoded(text, text.size() + 1));
  require(by_chunks(text, 1) == by_chunks(text, text.size() + 1));
  check_base64(text);
  return 0;
}
