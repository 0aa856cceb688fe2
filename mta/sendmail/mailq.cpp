#include "mta/sendmail/mailq.h"

#include "base/directory.h"
#include "base/io.h"
#include "conf/waiting_file.h"
#include "mta/queue/listing.h"
#include "mta/queue/qmgr_client.h"

namespace mta {

SendmailOutcome print_queue(const conf::Places& places) {
  std::string text;
  auto lines = ask_for_list(places);
  base::Result<void> readable;
  if (!lines) {
    text = "the queue manager is not running (" + lines.error().text + "): this is what the folders hold\n";
    lines = list_lines(places);
    const auto queue = base::Directory::open(places.queue_dir());
    if (!queue && queue.error().error != ENOENT) readable = queue.error();
  }
  for (const auto& line : *lines) text += line + "\n";
  for (const auto& line : conf::read_waiting(places)) text += "route " + line + "\n";
  const base::Fd output(1);
  if (auto written = base::write_all(output, text); !written) {
    return sendmail_failure(Sysexit::io_error, "write the list: " + written.error().text);
  }
  if (!readable) return sendmail_failure(Sysexit::temporary, readable.error().text);
  return {};
}

}  // namespace mta
