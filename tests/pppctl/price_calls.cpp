// For money_test.py: prices calls. price_calls TARIFF.toml …; a line of standard input is a call: the tariff's number
// from 0, begin (seconds of UTC), time (ms), octets sent and received, free ms and octets that are left; a line of
// output its cost.
#include <iostream>

#include "base/run.h"
#include "conf/tariff.h"
#include "pppctl/money/pricing.h"

namespace {

base::Result<std::vector<conf::Tariff>> load(int argc, const char* const* argv) {
  std::vector<conf::Tariff> tariffs;
  for (int i = 1; i < argc; ++i) {
    auto file = conf::TomlFile::load(argv[i]);
    if (!file) return file.error();
    tariffs.push_back(conf::read_tariff(file->top()));
    if (auto done = file->finish(); !done) return done.error();
  }
  return tariffs;
}

base::Result<void> run(int argc, const char* const* argv) {
  const auto tariffs = load(argc, argv);
  if (!tariffs) return tariffs.error();
  std::size_t index = 0;
  std::int64_t begin = 0, ms = 0;
  pppctl::money::Billed billed;
  pppctl::money::Allowance left;
  while (std::cin >> index >> begin >> ms >> billed.sent >> billed.received >> left.ms >> left.octets) {
    if (index >= tariffs->size()) return base::permanent("no such tariff");
    billed.begin = std::chrono::sys_seconds(std::chrono::seconds(begin));
    billed.time = std::chrono::milliseconds(ms);
    const auto cost = pppctl::money::price((*tariffs)[index], billed, left);
    if (!cost) return cost.error();
    std::cout << cost->nano << ' ' << cost->setup_nano << ' ' << cost->time_nano << ' ' << cost->volume_nano << ' '
              << cost->tax_nano << ' ' << cost->billed_ms << ' ' << cost->billed_octets << ' ' << cost->free_ms << ' '
              << cost->free_octets << '\n';
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  return base::run("price_calls", [&] { return run(argc, argv); });
}
