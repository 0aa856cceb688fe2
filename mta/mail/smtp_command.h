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

// Looks through a message, in pieces, for a line that a server could obey if it took the message for commands, as one
// does that refuses a BDAT and leaves its octets unread. Line ends are CR, LF or both.
class CommandSpotter {
 public:
  void feed(std::string_view text);
  // A line began, behind blanks, with a verb of SMTP or of one of its extensions. Valid once everything was fed, a line
  // end behind it.
  [[nodiscard]] bool found() const { return found_; }

 private:
  void end_word();

  bool in_word_ = true;  // nothing but blanks and letters in this line so far
  std::string word_;     // as much of its first word as decides
  bool found_ = false;
};

}  // namespace mail
