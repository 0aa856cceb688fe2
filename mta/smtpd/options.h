// mta-smtpd's command line: it has nothing but --help and --version; what it needs comes in the environment.
#pragma once

#include "base/result.h"

namespace mta {

struct SmtpdOptions {
  bool shown = false;  // --help or --version was answered
};

base::Result<SmtpdOptions> parse_smtpd_options(int argc, const char* const* argv);

}  // namespace mta
