#include "modem/ask.h"

#include <array>
#include <cerrno>
#include <optional>

namespace modem {
namespace {

// Empty: the deadline passed.
base::Result<std::optional<unsigned char>> read_octet(Port& port, const base::Deadline& deadline,
                                                      base::StopSignals* stop) {
  std::array<char, 1> octet{};
  const auto n = port.read(octet, deadline, stop);
  if (!n && n.error().error == ETIMEDOUT) return std::optional<unsigned char>();
  if (!n) return n.error();
  if (*n == 0) return base::system_failure("read " + port.device(), EIO);
  return std::optional(static_cast<unsigned char>(octet[0]));
}

}  // namespace

base::Result<AtAnswer> ask(Port& port, AtCommand command, base::StopSignals* stop) {
  AtDialogue dialogue(std::move(command));
  base::Deadline deadline;
  std::size_t late = 0;
  for (auto actions = dialogue.start();;) {
    for (auto& action : actions) {
      if (auto* done = std::get_if<AtDialogue::Done>(&action)) return std::move(done->answer);
      if (auto* arm = std::get_if<AtDialogue::Arm>(&action)) {
        deadline = base::Deadline::after(arm->within);
        late = 0;
      } else if (auto* write = std::get_if<AtDialogue::Write>(&action)) {
        auto written = port.write(write->bytes, deadline, stop);
        // A modem that takes no octets answers none either: the same silence, by flow control.
        if (!written && written.error().error != ETIMEDOUT) return written.error();
      } else if (auto flushed = port.flush_input(); !flushed) {
        return flushed.error();
      }
    }
    const auto octet = read_octet(port, deadline, stop);
    if (!octet) return octet.error();
    const bool is_over = !*octet || (deadline.passed() && ++late > max_late_octets);
    actions = !is_over ? dialogue.on(AtDialogue::Octet{**octet}) : dialogue.on(AtDialogue::Expired{});
  }
}

base::Result<std::vector<std::string>> read_pending(Port& port) {
  constexpr std::size_t most = 4096;  // more is no modem's
  std::vector<std::string> lines;
  ResultReader reader;
  for (std::size_t n = 0; n < most; ++n) {
    const auto octet = read_octet(port, base::Deadline::after({}), nullptr);
    if (!octet) return octet.error();
    if (!*octet) break;
    if (auto line = reader.feed(**octet)) lines.push_back(std::move(*line));
  }
  return lines;
}

}  // namespace modem
