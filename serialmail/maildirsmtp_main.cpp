#include "base/child.h"
#include "base/run.h"
#include "serialmail/maildirsmtp_options.h"

namespace {

base::Result<void> run(int argc, const char* const* argv) {
  const auto options = serialmail::parse_maildirsmtp_options(argc, argv);
  if (!options) return options.error();
  if (options->shown) return {};
  const serialmail::FlushPrograms programs{base::sibling_program("maildirserial"), base::sibling_program("serialsmtp")};
  return base::replace_process(serialmail::maildirserial_command(*options, programs));
}

}  // namespace

int main(int argc, char** argv) {
  return base::run("maildirsmtp", [&] { return run(argc, argv); });
}
