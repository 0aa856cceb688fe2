#include "mta/queue/qmgr_client.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/io.h"
#include "mta/mail/netstring.h"

namespace mta {
namespace {

constexpr timeval connect_timeout{10, 0};  // a queue manager with a full backlog: then the drop directory is quicker
constexpr std::chrono::seconds list_timeout{60};
constexpr std::size_t max_list_line_bytes = 65536;

base::Result<void> ask(const base::Fd& fd, std::string_view request, const base::Deadline& deadline) {
  return base::write_all(fd, mail::netstring(request), deadline);
}

}  // namespace

base::Result<base::Fd> connect_qmgr(const conf::Places& places) {
  std::string path = places.socket_file();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  base::Fd folder;
  if (path.size() >= sizeof address.sun_path) {
    // sun_path holds 107 octets; a long path is reached through its open folder.
    auto opened = base::open_file(places.run, O_PATH | O_DIRECTORY);
    if (!opened) return opened.error();
    folder = std::move(*opened);
    path = "/proc/self/fd/" + std::to_string(folder.get()) + "/" + path.substr(path.rfind('/') + 1);
  }
  std::copy(path.begin(), path.end(), address.sun_path);
  base::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return base::system_failure("create socket");
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &connect_timeout, sizeof connect_timeout) < 0) {
    return base::system_failure("limit connect");
  }
  while (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) {
    if (errno != EINTR) return base::system_failure("connect to " + places.socket_file());
  }
  if (auto set = base::set_nonblocking(fd, true); !set) return set.error();
  return fd;
}

base::Result<std::string> read_netstring(const base::Fd& fd, std::size_t max_bytes, const base::Deadline& deadline) {
  mail::NetstringParser parser(max_bytes);
  // Octet by octet as far as the length: what follows this netstring belongs to the next call.
  std::array<char, 1> octet{};
  while (!parser.complete()) {
    const auto n = base::read_some(fd, octet, deadline);
    if (!n) return n.error();
    if (*n == 0) return base::temporary("the queue manager ended the connection");
    if (auto taken = parser.feed(std::string_view(octet.data(), 1)); !taken) return taken.error();
  }
  return parser.take();
}

base::Result<std::vector<std::string>> ask_for_list(const conf::Places& places) {
  auto fd = connect_qmgr(places);
  if (!fd) return fd.error();
  const auto deadline = base::Deadline::after(list_timeout);
  if (auto asked = ask(*fd, "list 1", deadline); !asked) return asked.error();
  std::vector<std::string> lines;
  mail::NetstringParser parser(max_list_line_bytes);
  std::array<char, 16384> block;
  for (;;) {
    const auto n = base::read_some(*fd, block, deadline);
    if (!n) return n.error();
    if (*n == 0) return base::temporary("the queue manager ended the connection inside its list");
    for (std::string_view octets(block.data(), *n); !octets.empty();) {
      const auto taken = parser.feed(octets);
      if (!taken) return taken.error();
      octets.remove_prefix(*taken);
      if (!parser.complete()) continue;
      lines.push_back(parser.take());
      if (lines.back().empty()) {  // the empty netstring closes the list
        lines.pop_back();
        return lines;
      }
    }
  }
}

base::Result<void> poke_qmgr(const conf::Places& places) {
  auto fd = connect_qmgr(places);
  if (!fd) return fd.error();
  const auto deadline = base::Deadline::after(list_timeout);
  if (auto asked = ask(*fd, "poke 1", deadline); !asked) return asked;
  constexpr std::size_t max_answer_bytes = 1000;
  auto answer = read_netstring(*fd, max_answer_bytes, deadline);
  if (!answer) return answer.error();
  if (!answer->starts_with('K')) return base::temporary("queue manager: " + *answer);
  return {};
}

}  // namespace mta
