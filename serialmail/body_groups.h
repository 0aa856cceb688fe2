// Copies of one message for several recipients, one file each in a spool, brought together so that the body crosses the
// line once (a mail transaction with many recipients, RFC 5321 §3.3). Pure.
//
// Only likely copies: whoever sends them compares their octets.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "serialmail/flush_books.h"

namespace serialmail {

// Every server takes so many in one transaction (RFC 5321 §4.5.3.1.8).
inline constexpr std::size_t max_copies = 100;
// A client is given the names of copies by one write into a pipe.
inline constexpr std::size_t max_copies_name_bytes = 4096;
// Copies were spooled so close together.
inline constexpr std::chrono::seconds copies_moment{600};

// Equal for files that may be copies, and never 0. entry_id: of the queue entry that they came from, if it is known.
std::uint64_t likeness_of(std::string_view sender, std::uint64_t octets, std::string_view entry_id);

// Moves each copy right behind the first of its kind and marks it as following; the order is kept else. No two copies
// are for the same recipient: that one wants it twice.
void gather_copies(std::span<Candidate> waiting);

}  // namespace serialmail
