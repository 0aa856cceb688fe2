// What is sent through a modem's loop, and what it says of the line when it comes back otherwise.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace modem {

// Each of the 256 values once.
std::string every_octet();
// Printable text of lines that are all different, for what must not get lost on the way.
std::string numbered_text(std::size_t octets);

// What is wrong, and what a person can do; empty: it came back as it was sent.
std::string loop_fault(std::string_view sent, std::string_view returned);

}  // namespace modem
