// An envelope address: the local part as it is meant (unquoted) and the domain. Quoting exists only in RFC 5321's
// written form, and is undone and done here. An Address made by this file's functions holds no control character, no
// CR, LF or NUL, so it can be written into a command line as it is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mail {

// RFC 5321 §4.5.3.1 asks for at least 64 octets of local part, 255 of domain and 256 of path; those are floors, and
// VERP local parts pass them every day. The bound that holds everywhere here is the one of qmail's envelope.
inline constexpr std::size_t max_address_bytes = 1000;

class Address {
 public:
  Address() = default;  // the null path, <>

  // The unquoted form that envelopes hold (local@domain, split at the last @; no @: a local part alone; empty: the null
  // path). Fails permanently on control characters, on a domain that no path can hold and beyond max_address_bytes.
  static base::Result<Address> from_envelope(std::string_view text);

  [[nodiscard]] const std::string& local() const { return local_; }
  [[nodiscard]] const std::string& domain() const { return domain_; }  // empty: none was given
  [[nodiscard]] bool is_null() const { return local_.empty() && domain_.empty(); }
  [[nodiscard]] std::string to_envelope() const;

  friend bool operator==(const Address&, const Address&) = default;

 private:
  Address(std::string local, std::string domain) : local_(std::move(local)), domain_(std::move(domain)) {}
  friend class PathParser;

  std::string local_;
  std::string domain_;
};

// A path at the front of a text, and how many octets it took.
struct PathPrefix {
  Address address;
  std::size_t length = 0;
};

// RFC 5321 §4.1.2 path, "<local@domain>" or "<>", at the front of the text; a source route is read and dropped.
base::Result<PathPrefix> parse_path_prefix(std::string_view text);

// The same for a text that is one path and nothing else.
base::Result<Address> parse_path(std::string_view text);

// A mailbox without brackets ("a b"@host): what old clients send after MAIL FROM: and people write in arguments.
base::Result<Address> parse_mailbox(std::string_view text);

// What follows "Return-Path: " in a spool file. Delivery agents quote it, so quoting is undone; a text that is no
// well-formed path is taken as it stands between the brackets.
base::Result<Address> parse_return_path(std::string_view text);

// The mailbox with the local part quoted where it must be; the null path is empty.
std::string to_mailbox(const Address& address);

// The path, brackets included: "<>", "<local@domain>".
std::string to_smtp(const Address& address);

}  // namespace mail
