#include "mta/mail/smtp_command.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "conf/text.h"

namespace mail {
namespace {

constexpr std::string_view blanks = " \t";

constexpr std::array<std::pair<std::string_view, Verb>, 11> verbs{{{"helo", Verb::helo},
                                                                   {"ehlo", Verb::ehlo},
                                                                   {"mail", Verb::mail},
                                                                   {"rcpt", Verb::rcpt},
                                                                   {"data", Verb::data},
                                                                   {"bdat", Verb::bdat},
                                                                   {"rset", Verb::rset},
                                                                   {"noop", Verb::noop},
                                                                   {"quit", Verb::quit},
                                                                   {"help", Verb::help},
                                                                   {"vrfy", Verb::vrfy}}};

// Whatever a server may answer positively: RFC 5321, 821, 3030, 4468, 4954, 3207, 1985, 2645, 2033, Postfix's own.
constexpr std::array<std::string_view, 26> words_obeyed{
    "helo", "ehlo", "lhlo", "mail", "rcpt", "data", "bdat",     "burl",    "rset",     "noop", "quit", "help", "vrfy",
    "expn", "turn", "etrn", "atrn", "auth", "send", "starttls", "xclient", "xforward", "onex", "verb", "soml", "saml"};
constexpr std::size_t longest_word_obeyed = 8;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

struct PathAndParameters {
  Address address;
  std::vector<std::string_view> parameters;
};

// "FROM:<path> NAME=VALUE NAME": blanks after the colon and a path without brackets are what old office machines send.
base::Result<PathAndParameters> parse_argument(std::string_view argument, std::string_view label) {
  if (conf::lower(argument.substr(0, label.size())) != label) {
    return base::permanent("501 5.5.4 syntax: " + std::string(label) + "<address>");
  }
  const auto text = trimmed(argument.substr(label.size()));
  PathAndParameters out;
  std::string_view rest;
  if (text.starts_with('<')) {
    auto path = parse_path_prefix(text);
    if (!path) return base::permanent("501 5.1.3 " + path.error().text);
    out.address = std::move(path->address);
    rest = text.substr(path->length);
  } else {
    const auto word = text.substr(0, text.find_first_of(blanks));
    auto address = parse_mailbox(word);
    if (!address) return base::permanent("501 5.1.3 " + address.error().text);
    out.address = std::move(*address);
    rest = text.substr(word.size());
  }
  if (!rest.empty() && blanks.find(rest.front()) == std::string_view::npos) {
    return base::permanent("501 5.5.4 no blank behind the address");
  }
  out.parameters = conf::words_of(rest);
  return out;
}

// "<local@domain>"; case matters (RFC 1845 §4).
bool is_transid(std::string_view value) {
  if (value.size() < 5 || value.size() > max_transid_bytes + 2) return false;
  if (!value.starts_with('<') || !value.ends_with('>')) return false;
  const auto id = value.substr(1, value.size() - 2);
  const auto at = id.find('@');
  return at != 0 && at != std::string_view::npos && at + 1 < id.size() &&
         std::all_of(id.begin(), id.end(), [](char c) { return c > 32 && c < 127 && c != '<' && c != '>'; });
}

base::Result<void> take_mail_parameter(std::string_view parameter, MailCommand& command) {
  const auto equals = parameter.find('=');
  const auto name = conf::lower(parameter.substr(0, equals));
  const auto value = equals == std::string_view::npos ? std::string_view{} : parameter.substr(equals + 1);
  if (name == "size") {
    const auto size = conf::decimal(value);
    if (!size || command.size) return base::permanent("501 5.5.4 malformed SIZE parameter");
    command.size = size;
    return {};
  }
  if (name == "body") {
    const auto kind = conf::lower(value);
    if (kind != "7bit" && kind != "8bitmime") return base::permanent("501 5.5.4 malformed BODY parameter");
    return {};
  }
  if (name == "transid") {
    if (!is_transid(value) || command.transid) return base::permanent("501 5.5.4 malformed TRANSID parameter");
    command.transid = value;
    return {};
  }
  return base::permanent("555 5.5.4 unknown MAIL parameter");
}

}  // namespace

CommandLine parse_command(std::string_view line) {
  const auto end = line.find_first_of(blanks);
  const auto word = conf::lower(line.substr(0, end));
  const auto found = std::find_if(verbs.begin(), verbs.end(), [&](const auto& entry) { return entry.first == word; });
  CommandLine command;
  if (found != verbs.end()) command.verb = found->second;
  if (end != std::string_view::npos) command.argument = trimmed(line.substr(end));
  return command;
}

base::Result<MailCommand> parse_mail(std::string_view argument) {
  auto parsed = parse_argument(argument, "from:");
  if (!parsed) return parsed.error();
  MailCommand command;
  command.sender = std::move(parsed->address);
  for (const auto parameter : parsed->parameters) {
    if (auto taken = take_mail_parameter(parameter, command); !taken) return taken.error();
  }
  return command;
}

base::Result<Address> parse_rcpt(std::string_view argument) {
  auto parsed = parse_argument(argument, "to:");
  if (!parsed) return parsed.error();
  if (!parsed->parameters.empty()) return base::permanent("555 5.5.4 unknown RCPT parameter");
  if (parsed->address.is_null()) return base::permanent("501 5.1.3 a recipient cannot be empty");
  return std::move(parsed->address);
}

base::Result<BdatCommand> parse_bdat(std::string_view argument) {
  const auto words = conf::words_of(argument);
  const auto octets = words.empty() ? std::nullopt : conf::decimal(words[0]);
  const bool last = words.size() == 2 && conf::lower(words[1]) == "last";
  if (!octets || (words.size() != 1 && !last)) return base::permanent("501 5.5.4 syntax: BDAT size [LAST]");
  return BdatCommand{*octets, last};
}

void CommandSpotter::feed(std::string_view text) {
  for (std::size_t i = 0; !found_ && i < text.size(); ++i) {
    const char c = text[i];
    if (!in_word_) {
      // Not find_first_of(), which calls a function an octet.
      const auto from = text.begin() + static_cast<std::ptrdiff_t>(i);
      const auto end = std::find_if(from, text.end(), [](char octet) { return octet == '\r' || octet == '\n'; });
      if (end == text.end()) return;
      i = static_cast<std::size_t>(end - text.begin());
      in_word_ = true;
    } else if (is_letter(c)) {
      if (word_.size() <= longest_word_obeyed) word_ += c;
    } else if (!word_.empty() || blanks.find(c) == std::string_view::npos) {
      in_word_ = c == '\r' || c == '\n';
      end_word();
    }
  }
}

void CommandSpotter::end_word() {
  const auto word = conf::lower(word_);
  found_ = std::find(words_obeyed.begin(), words_obeyed.end(), word) != words_obeyed.end();
  word_.clear();
}

}  // namespace mail
