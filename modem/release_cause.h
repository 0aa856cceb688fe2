// Why a network ended the last call: the answer to +CEER (3GPP TS 27.007 §6.10), whose text is each maker's own. Read
// are the causes of 3GPP TS 24.008 annex H, by number or by their usual words. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "modem/result_code.h"

namespace modem {

// The information line, "+CEER: …". Empty: it tells nothing that is known here. The text is the cause alone.
std::optional<Trouble> trouble_of_release(std::string_view line);

}  // namespace modem
