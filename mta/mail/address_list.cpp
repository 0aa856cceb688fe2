#include "mta/mail/address_list.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "base/log.h"
#include "mta/mail/address.h"
#include "mta/mail/envelope.h"

namespace mail {
namespace {

enum class TokenKind { atom, quoted, literal, special };

struct Token {
  TokenKind kind;
  std::string text;  // unquoted; a domain literal with its brackets

  [[nodiscard]] bool is(char special) const { return kind == TokenKind::special && text[0] == special; }
  [[nodiscard]] bool is_word() const { return kind == TokenKind::atom || kind == TokenKind::quoted; }
};
using Tokens = std::span<const Token>;

constexpr std::string_view specials = "<>,;:@.";
constexpr std::string_view blanks = " \t\r\n";

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  base::Result<std::vector<Token>> run() {
    std::vector<Token> tokens;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (blanks.find(c) != std::string_view::npos) {
        ++at_;
      } else if (c == '(') {
        if (!skip_comment()) return base::permanent("comment without its )");
      } else if (c == '"') {
        auto quoted = enclosed('"');
        if (!quoted) return base::permanent("quoted string without its closing \"");
        tokens.push_back({TokenKind::quoted, *quoted});
      } else if (c == '[') {
        auto literal = enclosed(']');
        if (!literal) return base::permanent("domain literal without its ]");
        tokens.push_back({TokenKind::literal, "[" + *literal + "]"});
      } else if (specials.find(c) != std::string_view::npos) {
        tokens.push_back({TokenKind::special, std::string(1, c)});
        ++at_;
      } else if (c == ')' || c == ']') {
        return base::permanent(std::string("a ").append(1, c).append(" that closes nothing"));
      } else {
        tokens.push_back({TokenKind::atom, atom()});
      }
    }
    return tokens;
  }

 private:
  // Comments nest (RFC 5322 §3.2.2).
  bool skip_comment() {
    std::size_t depth = 0;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\\') {
        ++at_;
      } else if (c == '(') {
        ++depth;
      } else if (c == ')' && --depth == 0) {
        ++at_;
        return true;
      }
    }
    return false;
  }

  std::optional<std::string> enclosed(char close) {
    std::string content;
    for (++at_; at_ < text_.size(); ++at_) {
      char c = text_[at_];
      if (c == close) {
        ++at_;
        return content;
      }
      if (c == '\\' && at_ + 1 < text_.size()) c = text_[++at_];
      if (c != '\n' && c != '\r') content += c;  // a fold inside is no part of the string (RFC 5322 §3.2.4)
    }
    return std::nullopt;
  }

  std::string atom() {
    std::string content;
    constexpr std::string_view ends = "<>,;:@.()\"[] \t\r\n";
    for (; at_ < text_.size() && ends.find(text_[at_]) == std::string_view::npos; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;  // RFC 822 allowed joe\ doe@host
      content += text_[at_];
    }
    return content;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

// word *("." word), dots anywhere tolerated: old hosts made such local parts. Empty: not of that form.
std::optional<std::string> joined(Tokens tokens, bool domain) {
  std::string text;
  bool after_word = false;
  for (const auto& token : tokens) {
    const bool word = domain ? token.kind == TokenKind::atom || token.kind == TokenKind::literal : token.is_word();
    if (token.is('.')) {
      text += '.';
      after_word = false;
    } else if (word && !after_word) {
      text += token.text;
      after_word = true;
    } else {
      return std::nullopt;
    }
  }
  return text;
}

base::Result<std::string> address_of(Tokens tokens, const HostDefaults& defaults) {
  // A source route is read and dropped (RFC 5322 §4.4).
  if (!tokens.empty() && tokens.front().is('@')) {
    const auto colon = std::find_if(tokens.begin(), tokens.end(), [](const Token& t) { return t.is(':'); });
    if (colon == tokens.end()) return base::permanent("source route without its :");
    tokens = tokens.subspan(static_cast<std::size_t>(colon - tokens.begin()) + 1);
  }
  const auto at = std::find_if(tokens.begin(), tokens.end(), [](const Token& t) { return t.is('@'); });
  const auto local_size = static_cast<std::size_t>(at - tokens.begin());
  const auto local = joined(tokens.first(local_size), false);
  const bool has_domain = at != tokens.end();
  const auto domain = has_domain ? joined(tokens.subspan(local_size + 1), true) : std::optional<std::string>("");
  std::string shown;
  for (const auto& token : tokens) shown += (shown.empty() ? "" : " ") + token.text;
  if (!local || local_size == 0 || !domain || (has_domain && domain->empty())) {
    return base::permanent("'" + base::escape(std::string_view(shown).substr(0, 100)) + "' is no address");
  }
  std::string address = *local + "@" + complete_host(*domain, defaults);
  const auto checked = encode_envelope({address, {}});
  if (!checked) return checked.error();
  // An envelope holds anything; what no SMTP path can say would be found out only when the line is up.
  if (const auto sendable = Address::from_envelope(address); !sendable) return sendable.error();
  return address;
}

// One element between commas: an address, or a display name with an address in angle brackets.
base::Result<std::string> element_address(Tokens tokens, const HostDefaults& defaults) {
  const auto open = std::find_if(tokens.begin(), tokens.end(), [](const Token& t) { return t.is('<'); });
  if (open == tokens.end()) return address_of(tokens, defaults);
  for (auto token = tokens.begin(); token != open; ++token) {
    if (!token->is_word() && !token->is('.'))
      return base::permanent("a display name with '" + token->text + "' in it needs quotes");
  }
  if (!tokens.back().is('>')) return base::permanent("something stands behind an address's >");
  return address_of(tokens.subspan(static_cast<std::size_t>(open - tokens.begin()) + 1,
                                   static_cast<std::size_t>(tokens.end() - open) - 2),
                    defaults);
}

}  // namespace

std::string complete_host(std::string host, const HostDefaults& defaults) {
  while (host.size() > 1 && host.back() == '.') host.pop_back();
  if (host.empty()) host = defaults.default_host;
  if (host.starts_with('[')) return host;
  if (host.ends_with('+')) {
    host.pop_back();
    return host + "." + defaults.plus_domain;
  }
  if (host.find('.') == std::string::npos && !defaults.default_domain.empty())
    return host + "." + defaults.default_domain;
  return host;
}

base::Result<std::vector<std::string>> parse_address_list(std::string_view text, const HostDefaults& defaults) {
  const auto tokens = Lexer(text).run();
  if (!tokens) return tokens.error();
  const Tokens all(*tokens);
  std::vector<std::string> addresses;
  std::size_t start = 0;
  bool in_brackets = false;
  bool in_group = false;
  const auto finish_element = [&](std::size_t end) -> base::Result<void> {
    const auto element = all.subspan(start, end - start);
    start = end + 1;
    if (element.empty()) return {};  // RFC 5322 §4.4: empty elements of a list
    auto address = element_address(element, defaults);
    if (!address) return address.error();
    addresses.push_back(std::move(*address));
    return {};
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Token& token = all[i];
    if (token.is('<') || token.is('>')) {
      if (token.is('<') == in_brackets) return base::permanent("angle brackets that do not match");
      in_brackets = !in_brackets;
    } else if (in_brackets) {
      continue;  // the commas and the colon of a source route
    } else if (token.is(':')) {
      if (in_group) return base::permanent("a group inside a group");
      in_group = true;
      start = i + 1;  // the group's name is no address
    } else if (token.is(',') || token.is(';')) {
      if (auto done = finish_element(i); !done) return done.error();
      if (token.is(';')) in_group = false;
    }
  }
  if (in_brackets) return base::permanent("angle brackets that do not match");
  if (auto done = finish_element(all.size()); !done) return done.error();
  return addresses;
}

std::string format_phrase(std::string_view text) {
  const auto atom_octet = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(" !#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
  };
  if (std::all_of(text.begin(), text.end(), atom_octet)) return std::string(text);
  const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 127; });
  std::string out;
  if (ascii) {
    for (const char c : text) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    return "\"" + out + "\"";
  }
  // RFC 2047 §2: an encoded word is at most 75 octets long, and a character is never cut (§5).
  constexpr std::string_view hex = "0123456789ABCDEF";
  constexpr std::string_view open = "=?utf-8?q?";
  constexpr std::size_t max_word_bytes = 75 - 2 - 4 * 3;  // the ?= and a character of four octets still fit behind
  std::size_t word_start = 0;
  out = open;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    const bool continues = (octet & 0xC0) == 0x80;
    if (!continues && out.size() - word_start > max_word_bytes) {
      out += "?= ";
      word_start = out.size();
      out += open;
    }
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain) {
      out += c;
    } else if (c == ' ') {
      out += '_';
    } else {
      out += {'=', hex[octet >> 4], hex[octet & 15]};
    }
  }
  return out + "?=";
}

}  // namespace mail
