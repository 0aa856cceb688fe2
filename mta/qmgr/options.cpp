#include "mta/qmgr/options.h"

#include "conf/command_line.h"

namespace mta {

base::Result<QmgrOptions> parse_qmgr_options(int argc, const char* const* argv) {
  namespace po = boost::program_options;
  constexpr unsigned max_workers = 64;
  const conf::Program program{"mta-qmgr", "[--workers N] [--once]",
                              "The queue manager: takes mail in, delivers it, puts what leaves the house into spools.",
                              "0 ended as asked, 100 configuration or usage, 111 temporary failure"};
  po::options_description options("Options");
  options.add_options()("workers", po::value<unsigned>()->value_name("N"),
                        "threads that wait for the disk (default 4; 0: none, all on the main thread)")(
      "once", "work on everything that waits once, then end; no socket");
  const auto parsed = conf::parse_command_line(program, options, argc, argv);
  if (!parsed) return parsed.error();
  QmgrOptions out;
  out.shown = parsed->shown;
  if (!parsed->operands.empty()) return base::permanent("unexpected argument " + parsed->operands.front());
  if (parsed->values.count("workers") > 0) out.workers = parsed->values["workers"].as<unsigned>();
  if (out.workers > max_workers) return base::permanent("--workers: at most " + std::to_string(max_workers));
  out.once = parsed->values.count("once") > 0;
  return out;
}

}  // namespace mta
