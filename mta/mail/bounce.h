// Bounce messages in QSBMF (cr.yp.to/proto/qsbmf.txt): the text in front of the original message, which the caller
// appends.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mail {

struct BounceHost {
  std::string from = "MAILER-DAEMON";  // control/bouncefrom
  std::string host;                    // control/bouncehost
  std::string double_to;               // doublebounceto@doublebouncehost
};

struct FailedRecipient {
  std::string address;  // as the sender knew it: a spool's prefix is off
  std::string reason;   // one or more lines; peers' bytes already printable
};

struct Bounce {
  std::string sender;     // envelope sender of the bounce: empty, or #@[] for a double bounce
  std::string recipient;  // envelope recipient
  std::string text;       // header, introduction, recipient paragraphs, break, Return-Path line; LF line ends
};

enum class BounceKind {
  bounce,         // to the sender, from the null sender
  double_bounce,  // the null sender's mail failed: to the postmaster, from #@[]
  discard         // a double bounce failed: nobody is left to tell
};

BounceKind bounce_kind(std::string_view original_sender);

// What the sender of a message is told. reporter names the program in the introduction ("the Offhook program",
// "maildirbounce"). original_sender is the envelope sender, unquoted, as in the envelope; date in RFC 5322 form; id
// makes the Message-ID. Not for BounceKind::discard.
Bounce make_bounce(const BounceHost& host, std::string_view reporter, std::string_view original_sender,
                   const std::vector<FailedRecipient>& failed, std::string_view date, std::string_view id);

}  // namespace mail
