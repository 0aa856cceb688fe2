// What a local program's message gets before it is queued: the fields that it lacks, without those that nobody may see.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "mta/mail/address_list.h"
#include "mta/mail/header.h"

namespace mail {

struct Author {
  std::string address;    // local@host, unquoted
  std::string full_name;  // may be empty
};

struct SubmissionFacts {
  Author author;
  std::string date;        // RFC 5322 form
  std::string message_id;  // without its brackets
};

// The recipients in To, Cc and Bcc, or, where the header has Resent- fields, in those of that set (RFC 5322 §3.6.6).
// Each address once. A field that is no address list: permanent, naming the field.
base::Result<std::vector<std::string>> header_recipients(const Header& header, const HostDefaults& defaults);

// Adds Date, Message-ID and From where they are absent (the Resent- ones where the message is resent); removes Bcc,
// Resent-Bcc, and Return-Path, which only a final delivery may write (RFC 5321 §4.4).
void complete_header(Header& header, const SubmissionFacts& facts);

}  // namespace mail
