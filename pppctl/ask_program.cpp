#include "pppctl/ask_program.h"

#include <poll.h>
#include <sys/mman.h>

#include <array>

#include "base/child.h"
#include "base/io.h"
#include "base/line_splitter.h"
#include "pppctl/call_record.h"

namespace pppctl {
namespace {

constexpr std::size_t block_bytes = 16384;
constexpr int signal_base = 128;

// Takes what there is; false: the end has come.
base::Result<bool> take(const base::Fd& from, std::string& into) {
  std::array<char, block_bytes> block;
  const auto n = base::read_some(from, block);
  if (!n) return n.error();
  into.append(block.data(), *n);
  return *n > 0;
}

void note_line(std::string_view line, ProgramAnswer& answer) {
  answer.last_line = line;
  if (answer.first_line.empty()) answer.first_line = line;
}

// A file and no pipe: whoever ends without having read it all is not waited for.
base::Result<base::Fd> input_file(std::string_view input) {
  base::Fd file(::memfd_create("input", MFD_CLOEXEC));
  if (!file.valid()) return base::system_failure("make a file in memory");
  if (auto written = base::write_all_at(file, input, 0); !written) return written.error();
  return file;
}

base::Result<void> hear(const base::Pipe& output, const base::Pipe& errors, const base::Deadline& deadline,
                        base::StopSignals& stop, ProgramAnswer& answer, const std::string& name) {
  base::LineSplitter splitter(max_reason_bytes);
  bool has_output = true;
  bool has_errors = true;
  while (has_output || has_errors) {
    std::array<pollfd, 3> entries{pollfd{has_output ? output.read.get() : -1, POLLIN, 0},
                                  pollfd{has_errors ? errors.read.get() : -1, POLLIN, 0},
                                  pollfd{stop.fd().get(), POLLIN, 0}};
    const int ready = ::poll(entries.data(), entries.size(), deadline.poll_timeout());
    if (ready < 0 && errno != EINTR) return base::system_failure("wait for " + name);
    if (deadline.passed()) return base::temporary(name + " does not end");
    if (ready <= 0) continue;
    if (entries[2].revents != 0 && stop.count() > 0)
      return base::Failure{base::FailureKind::temporary, "stopped by a signal", EINTR};
    if (entries[0].revents != 0) {
      const auto more = take(output.read, answer.output);
      if (!more) return more.error();
      has_output = *more;
      if (answer.output.size() > max_answer_bytes) return base::temporary(name + " says too much");
    }
    if (entries[1].revents != 0) {
      std::string said;
      const auto more = take(errors.read, said);
      if (!more) return more.error();
      has_errors = *more;
      for (const auto& line : splitter.feed(said)) note_line(line, answer);
    }
  }
  if (const auto rest = splitter.rest(); !rest.empty()) note_line(rest, answer);
  return {};
}

}  // namespace

base::Result<ProgramAnswer> ask_program(const std::vector<std::string>& argv, std::chrono::milliseconds limit,
                                        base::StopSignals& stop, std::string_view input) {
  const auto given = input_file(input);
  if (!given) return given.error();
  auto output = base::make_pipe();
  if (!output) return output.error();
  auto errors = base::make_pipe();
  if (!errors) return errors.error();
  base::ChildOptions options;
  options.argv = argv;
  options.descriptors = {{given->get(), 0}, {output->write.get(), 1}, {errors->write.get(), 2}};
  options.die_with_parent = true;
  const auto deadline = base::Deadline::after(limit);
  auto child = base::Child::start(options);
  if (!child) return child.error();
  output->write.reset();
  errors->write.reset();
  ProgramAnswer answer;
  if (auto heard = hear(*output, *errors, deadline, stop, answer, argv.front()); !heard) return heard.error();
  const auto end = child->wait(deadline);
  if (!end) return end.error();
  if (!*end) return base::temporary(argv.front() + " does not end");
  answer.status = (*end)->exited ? (*end)->status : signal_base + (*end)->status;
  return answer;
}

}  // namespace pppctl
