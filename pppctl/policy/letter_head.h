// Whether a message was written by a person or by a program, from the head of its spool file. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace pppctl::policy {

inline constexpr std::size_t max_letter_head_bytes =
    32768;  // no more of a file is read; fields behind that do not count

// Mail of the null sender; with Auto-Submitted other than "no" (RFC 3834 §5); cron's (X-Cron-Env). head: the envelope
// lines and the message, or what of them was read.
bool is_automatic(std::string_view head);

}  // namespace pppctl::policy
