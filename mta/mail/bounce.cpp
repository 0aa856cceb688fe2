#include "mta/mail/bounce.h"

namespace mail {
namespace {

// QSBMF: a blank line would end the recipient's paragraph.
std::string paragraph(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n' && (out.empty() || out.back() == '\n')) out += '/';
    out += c;
  }
  while (!out.empty() && out.back() == '\n') out.pop_back();
  return out + '\n';
}

// In a header field and in <…> nothing may break the line.
std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : text) out += (c == '\n' || c == '\r' || c == '\0') ? '_' : c;
  return out;
}

}  // namespace

BounceKind bounce_kind(std::string_view original_sender) {
  if (original_sender == "#@[]") return BounceKind::discard;
  return original_sender.empty() ? BounceKind::double_bounce : BounceKind::bounce;
}

Bounce make_bounce(const BounceHost& host, std::string_view reporter, std::string_view original_sender,
                   const std::vector<FailedRecipient>& failed, std::string_view date, std::string_view id) {
  const bool is_double = bounce_kind(original_sender) != BounceKind::bounce;
  Bounce bounce;
  bounce.sender = is_double ? "#@[]" : "";
  bounce.recipient = is_double ? host.double_to : std::string(original_sender);

  std::string& text = bounce.text;
  text += "Date: " + std::string(date) + "\n";
  text += "From: " + host.from + "@" + host.host + "\n";
  text += "To: " + one_line(bounce.recipient) + "\n";
  text += "Subject: failure notice\n";
  text += "Message-ID: <" + std::string(id) + "@" + host.host + ">\n";
  text += "Auto-Submitted: auto-replied\n\n";  // RFC 3834 §5: no robot answers this, and it never makes a line dial
  text += "Hi. This is the " + std::string(reporter) + " program at " + host.host + ".\n";
  text += is_double ? "I tried to deliver a bounce message to this address, but the bounce bounced!\n\n"
                    : "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
                      "This is a permanent error; I've given up. Sorry it didn't work out.\n\n";
  for (const auto& one : failed) text += "<" + one_line(one.address) + ">:\n" + paragraph(one.reason) + "\n";
  text += is_double ? "--- Below this line is the original bounce.\n\n"
                    : "--- Below this line is a copy of the message.\n\n";
  text += "Return-Path: <" + one_line(original_sender) + ">\n";
  return bounce;
}

}  // namespace mail
