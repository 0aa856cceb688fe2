#include "modem/tilde.h"

#include <catch2/catch.hpp>
#include <string_view>
#include <vector>

using modem::TildeReader;
using Order = TildeReader::Order;

namespace {

struct Read {
  std::string sent;
  std::vector<Order> orders;
};

Read read(std::string_view typed) {
  TildeReader reader;
  Read out;
  for (const char c : typed) {
    const auto one = reader.feed(c);
    out.sent += one.send;
    if (one.order != Order::none) out.orders.push_back(one.order);
  }
  return out;
}

}  // namespace

TEST_CASE("a tilde at the start of a line begins an order, and nothing of it is sent", "[modem][term]") {
  CHECK(read("~.").orders == std::vector{Order::leave});
  CHECK(read("~.").sent.empty());
  CHECK(read("ATI\r~?\r~b~#").orders == std::vector{Order::help, Order::send_break, Order::send_break});
  CHECK(read("ATI\r~?\r").sent == "ATI\r\r");
}

TEST_CASE("a tilde elsewhere is a tilde", "[modem][term]") {
  CHECK(read("a~.").sent == "a~.");
  CHECK(read("a~.").orders.empty());
}

TEST_CASE("two tildes at the start of a line are one, and one before anything else is itself", "[modem][term]") {
  CHECK(read("~~.").sent == "~.");
  CHECK(read("~~.").orders.empty());
  CHECK(read("~x~.").sent == "~x~.");
  CHECK(read("~\r~.").sent == "~\r");
  CHECK(read("~\r~.").orders == std::vector{Order::leave});
}
