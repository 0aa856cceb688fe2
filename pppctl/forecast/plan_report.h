// What `pppctl plan` says of a link, for people and as JSON. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pppctl/forecast/forecast.h"

namespace pppctl::forecast {

struct RouteLoad {
  std::string route;
  Load load;
};

struct CostRange {
  std::string currency;
  std::int64_t least_nano = 0, usual_nano = 0, most_nano = 0;
};

struct LinkPlan {
  std::string link;
  std::vector<RouteLoad> routes;
  Pace pace;
  Forecast forecast;
  std::optional<CostRange> cost;  // none: the link has no tariff
};

// The lines of maildirserial's plan, as JSON. Events and fields that are not known are let go; a line that is none is a
// failure.
base::Result<Load> load_of(std::string_view plan);

std::string plan_text(const std::vector<LinkPlan>& links);
std::string plan_json(const std::vector<LinkPlan>& links);

}  // namespace pppctl::forecast
