#include "modem/ctl/output.h"

#include <algorithm>
#include <iostream>

#include "base/log.h"

namespace modem {

void print_json(const nlohmann::json& value) {
  std::cout << value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

void print_rows(const Rows& rows) {
  std::size_t width = 0;
  for (const auto& [name, text] : rows) width = std::max(width, name.size());
  for (const auto& [name, text] : rows)
    std::cout << name << std::string(width - name.size() + 2, ' ') << base::escape(text) << '\n';
}

}  // namespace modem
