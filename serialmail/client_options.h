// What the command lines of serialsmtp and serialqmtp share.
#pragma once

#include <boost/program_options.hpp>
#include <optional>
#include <string>

#include "base/result.h"
#include "serialmail/line_word.h"

namespace serialmail {

struct ClientOptions {
  std::optional<std::string> connect;  // none: descriptors 6 and 7
  unsigned port = 0;
  std::optional<int> report_descriptor;
  LineWord line;
};

void add_client_options(boost::program_options::options_description& description, unsigned default_port);

// A failure is permanent and names the option.
base::Result<ClientOptions> read_client_options(const boost::program_options::variables_map& values,
                                                unsigned default_port);

// An option that belongs to another one; not given: the default.
base::Result<unsigned> read_port(const boost::program_options::variables_map& values, const std::string& name,
                                 bool has_other, const std::string& other, unsigned default_port);

// Not given: none.
base::Result<std::optional<int>> read_descriptor(const boost::program_options::variables_map& values,
                                                 const std::string& name, std::int64_t lowest);

}  // namespace serialmail
