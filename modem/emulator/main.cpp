#include "base/run.h"
#include "modem/emulator/options.h"
#include "modem/emulator/shell.h"

int main(int argc, char** argv) {
  return base::run("modem-emulator", [&]() -> base::Result<void> {
    const auto options = emulator::parse_options(argc, argv);
    if (!options) return options.error();
    if (options->shown) return {};
    return emulator::run_emulator(*options);
  });
}
