// The command lines a client sends (RFC 5321 §4.1), taken apart. Pure text; the order of commands is SmtpServer's
// matter.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "mta/mail/address.h"

namespace mail {

enum class Verb { helo, ehlo, mail, rcpt, data, bdat, rset, noop, quit, help, vrfy, unknown };

struct CommandLine {
  Verb verb = Verb::unknown;
  std::string_view argument;  // what stands behind the verb, without blanks around it
};

CommandLine parse_command(std::string_view line);  // without its line end

inline constexpr std::size_t max_transid_bytes = 80;  // RFC 1845 §4

struct MailCommand {
  Address sender;
  std::optional<std::uint64_t> size;   // RFC 1870
  std::optional<std::string> transid;  // RFC 1845, with its brackets
};

struct BdatCommand {
  std::uint64_t octets = 0;  // that follow the command
  bool last = false;
};

// The argument of MAIL, RCPT or BDAT. A failure's text is the reply: "501 5.5.4 …", "555 5.5.4 …" (RFC 5321 §4.1.1.11).
base::Result<MailCommand> parse_mail(std::string_view argument);
base::Result<Address> parse_rcpt(std::string_view argument);
base::Result<BdatCommand> parse_bdat(std::string_view argument);

}  // namespace mail
