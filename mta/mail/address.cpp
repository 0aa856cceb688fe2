#include "mta/mail/address.h"

#include <algorithm>

namespace mail {
namespace {

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 32 || byte == 127;
}

bool is_high(char c) { return static_cast<unsigned char>(c) >= 128; }

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// RFC 5321 §4.1.2 atext and the dot.
bool is_safe(char c) {
  return is_alphanumeric(c) || std::string_view("!#$%&'*+-./=?^_`{|}~").find(c) != std::string_view::npos;
}

// Octets that would end a path, or change what it says, if they stood in a domain.
bool fits_domain(char c) {
  return !is_control(c) && c != ' ' && std::string_view("<>()\"\\,;@[]").find(c) == std::string_view::npos;
}

base::Result<void> check_domain(std::string_view domain) {
  if (domain.empty()) return base::permanent("address without a domain after @");
  if (domain.front() == '[') {
    // An address literal, or qmail's [] (double bounces, VERP).
    if (domain.back() != ']') return base::permanent("address literal without a closing bracket");
    domain = domain.substr(1, domain.size() - 2);
  } else if (domain.find(':') != std::string_view::npos) {
    return base::permanent("address with a colon in its domain");
  }
  if (!std::all_of(domain.begin(), domain.end(), fits_domain)) {
    return base::permanent("address with a character that no domain has");
  }
  return {};
}

base::Failure too_long() {
  return base::permanent("address longer than " + std::to_string(max_address_bytes) + " bytes");
}

base::Result<void> check_text(std::string_view text) {
  if (text.size() > max_address_bytes) return too_long();
  if (std::any_of(text.begin(), text.end(), is_control)) return base::permanent("address with a control character");
  return {};
}

bool needs_quotes(std::string_view local) {
  if (local.empty() || local.front() == '.' || local.back() == '.') return true;
  if (local.find("..") != std::string_view::npos) return true;
  return !std::all_of(local.begin(), local.end(), is_safe);
}

std::string quoted(std::string_view local) {
  std::string out = "\"";
  for (const char c : local) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

}  // namespace

// Recursive descent over one path or mailbox; each function reads what it is named for, from at_ on.
class PathParser {
 public:
  explicit PathParser(std::string_view text) : text_(text) {}

  base::Result<PathPrefix> path() {
    if (!take('<')) return base::permanent("path does not begin with <");
    if (take('>')) return PathPrefix{Address(), at_};
    if (peek() == '@') {
      if (auto route = source_route(); !route) return route.error();
    }
    auto address = mailbox();
    if (!address) return address.error();
    if (!take('>')) return base::permanent("path does not end with >");
    return PathPrefix{std::move(*address), at_};
  }

  base::Result<Address> mailbox() {
    std::string local;
    const auto start = at_;
    if (auto read = local_part(local); !read) return read.error();
    if (at_ == start) return base::permanent("address without a local part");
    std::string domain;
    if (take('@')) {
      const auto from = at_;
      while (!at_end() && (fits_domain(peek()) || peek() == '[' || peek() == ']')) ++at_;
      domain = text_.substr(from, at_ - from);
      if (auto good = check_domain(domain); !good) return good.error();
    } else if (local.empty()) {
      return base::permanent("address without a local part");
    } else if (local.find('@') != std::string::npos) {
      // "joe@there" in quotes and nothing behind: unquoted it would become an address at a domain nobody has checked.
      return base::permanent("address with an @ in its local part and no domain");
    }
    if (auto good = check_text(local); !good) return good.error();
    Address address(std::move(local), std::move(domain));
    if (address.to_envelope().size() > max_address_bytes) return too_long();
    return address;
  }

  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }

 private:
  [[nodiscard]] char peek() const { return at_end() ? '\0' : text_[at_]; }
  bool take(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  // RFC 5321 appendix C: "@a,@b:" is accepted and ignored.
  base::Result<void> source_route() {
    const auto colon = text_.find(':', at_);
    if (colon == std::string_view::npos) return base::permanent("source route without a colon");
    for (; at_ < colon; ++at_) {
      if (peek() != '@' && peek() != ',' && !fits_domain(peek())) return base::permanent("malformed source route");
    }
    ++at_;
    return {};
  }

  // Atoms and quoted strings in any order; RFC 821's quoted pair outside of quotes is read too.
  base::Result<void> local_part(std::string& local) {
    for (; !at_end(); ++at_) {
      const char c = peek();
      if (c == '"') {
        if (auto read = quoted_string(local); !read) return read.error();
      } else if (c == '\\') {
        ++at_;
        if (at_end()) return base::permanent("address ends in a backslash");
        local += peek();
      } else if (is_safe(c) || is_high(c)) {
        local += c;
      } else {
        return {};
      }
    }
    return {};
  }

  base::Result<void> quoted_string(std::string& local) {
    for (++at_; !at_end() && peek() != '"'; ++at_) {
      if (peek() == '\\') ++at_;
      if (at_end()) break;
      local += peek();
    }
    if (at_end()) return base::permanent("address with a quote that is not closed");
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

base::Result<Address> Address::from_envelope(std::string_view text) {
  if (auto good = check_text(text); !good) return good.error();
  const auto at = text.rfind('@');
  if (at == std::string_view::npos) return Address(std::string(text), {});
  const auto domain = text.substr(at + 1);
  if (auto good = check_domain(domain); !good) return good.error();
  return Address(std::string(text.substr(0, at)), std::string(domain));
}

std::string Address::to_envelope() const { return domain_.empty() ? local_ : local_ + "@" + domain_; }

base::Result<PathPrefix> parse_path_prefix(std::string_view text) { return PathParser(text).path(); }

base::Result<Address> parse_path(std::string_view text) {
  auto prefix = parse_path_prefix(text);
  if (!prefix) return prefix.error();
  if (prefix->length != text.size()) return base::permanent("path with something after its >");
  return std::move(prefix->address);
}

base::Result<Address> parse_mailbox(std::string_view text) {
  PathParser parser(text);
  auto address = parser.mailbox();
  if (address && !parser.at_end()) return base::permanent("address with a character that must be quoted");
  return address;
}

base::Result<Address> parse_return_path(std::string_view text) {
  if (text.size() < 2 || text.front() != '<' || text.back() != '>')
    return base::permanent("return path without < and >");
  if (auto path = parse_path(text)) return path;
  return Address::from_envelope(text.substr(1, text.size() - 2));
}

std::string to_mailbox(const Address& address) {
  if (address.is_null()) return {};
  std::string out = needs_quotes(address.local()) ? quoted(address.local()) : address.local();
  if (!address.domain().empty()) out += "@" + address.domain();
  return out;
}

std::string to_smtp(const Address& address) { return "<" + to_mailbox(address) + ">"; }

}  // namespace mail
