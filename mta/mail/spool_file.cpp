#include "mta/mail/spool_file.h"

namespace mail {
namespace {

constexpr std::string_view return_path_field = "Return-Path: ";
constexpr std::string_view delivered_to_field = "Delivered-To: ";

// The line at offset without its LF; offset is moved behind it.
base::Result<std::string_view> line_at(std::string_view head, std::uint64_t& offset, std::string_view which) {
  const auto end = head.find('\n', offset);
  if (end == std::string_view::npos) {
    if (head.size() >= max_spool_head_bytes) return base::permanent(std::string(which) + " line is too long");
    return base::permanent("the file ends within its " + std::string(which) + " line");
  }
  const auto line = head.substr(offset, end - offset);
  offset = end + 1;
  return line;
}

}  // namespace

base::Result<SpoolFile> parse_spool_file(std::string_view head, std::string_view prefix) {
  head = head.substr(0, max_spool_head_bytes);
  SpoolFile file;
  const auto first = line_at(head, file.body_offset, "Return-Path");
  if (!first) return first.error();
  auto path = *first;
  if (!path.starts_with(return_path_field)) return base::permanent("line 1 is no Return-Path line");
  path.remove_prefix(return_path_field.size());
  if (path.size() < 2 || path.front() != '<' || path.back() != '>') {
    return base::permanent("the Return-Path line has no <sender>");
  }
  auto sender = parse_return_path(path);
  if (!sender) return base::permanent("bad sender: " + sender.error().text);
  file.sender = std::move(*sender);
  file.return_path = path.substr(1, path.size() - 2);

  const auto second = line_at(head, file.body_offset, "Delivered-To");
  if (!second) return second.error();
  auto recipient = *second;
  if (!recipient.starts_with(delivered_to_field)) return base::permanent("line 2 is no Delivered-To line");
  recipient.remove_prefix(delivered_to_field.size());
  file.has_prefix = recipient.starts_with(prefix);
  if (!file.has_prefix) return file;
  recipient.remove_prefix(prefix.size());
  auto address = Address::from_envelope(recipient);
  if (!address) return base::permanent("bad recipient: " + address.error().text);
  if (address->is_null()) return base::permanent("the Delivered-To line has no recipient");
  file.recipient = std::move(*address);
  return file;
}

}  // namespace mail
