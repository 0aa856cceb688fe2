// What the command lines of maildirsmtp and maildirqmtp share: the options that are maildirserial's, and the command
// line of maildirserial that both stand for.
#pragma once

#include <boost/program_options.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "serialmail/order_options.h"

namespace serialmail {

struct FlushWords {
  std::string lifetime = "1209600";  // two weeks
  std::string report_descriptor;     // empty: none
  std::string line_descriptor;       // empty: none
  OrderWords order;
  std::string maildir;
  std::string prefix;
};

// The programs are named by the caller of maildirserial_command(), who knows where they are.
struct FlushPrograms {
  std::string maildirserial;
  std::string client;
};

void add_flush_options(boost::program_options::options_description& description, FlushWords& words);

// A failure is permanent and names the option.
base::Result<void> check_flush_options(const FlushWords& words);

// maildirserial's command line up to the client's own options. taken: a further descriptor that is the client's for
// something else; empty: none.
std::vector<std::string> flush_command(const FlushWords& words, const FlushPrograms& programs,
                                       const std::string& taken);

}  // namespace serialmail
