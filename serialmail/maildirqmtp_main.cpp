#include "base/child.h"
#include "base/run.h"
#include "serialmail/maildirqmtp_options.h"

namespace {

base::Result<void> run(int argc, const char* const* argv) {
  const auto options = serialmail::parse_maildirqmtp_options(argc, argv);
  if (!options) return options.error();
  if (options->shown) return {};
  const serialmail::FlushPrograms programs{base::sibling_program("maildirserial"), base::sibling_program("serialqmtp")};
  return base::replace_process(serialmail::maildirserial_command(*options, programs));
}

}  // namespace

int main(int argc, char** argv) {
  return base::run("maildirqmtp", [&] { return run(argc, argv); });
}
