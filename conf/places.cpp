#include "conf/places.h"

#include <cstdlib>

namespace conf {
namespace {

void take(const char* variable, std::string& root) {
  const char* value = std::getenv(variable);
  if (value == nullptr || *value == '\0') return;
  root = value;
  while (root.size() > 1 && root.back() == '/') root.pop_back();
}

}  // namespace

Places Places::from_environment() {
  Places places;
  take("OFFHOOK_CONFIG", places.config);
  take("OFFHOOK_STATE", places.state);
  take("OFFHOOK_RUN", places.run);
  return places;
}

}  // namespace conf
