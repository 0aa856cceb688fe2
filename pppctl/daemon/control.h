// The daemon's control socket: one line asks, text answers, told with its length. The kernel tells who asks. A
// peer that is slow to ask or to read has seconds, and makes room for others before that.
#pragma once

#include <systemd/sd-event.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "conf/places.h"

namespace pppctl::daemon {

inline constexpr std::size_t max_request_bytes = 256;
inline constexpr std::size_t max_answer_bytes = 128U * 1024;
inline constexpr std::size_t max_connections = 32;

std::string control_socket(const conf::Places& places);

struct Answer {
  bool done = true;
  std::string text;  // lines
};

class Control {
 public:
  // has_rights: it is root or the daemon's own user who asks.
  using Handler = std::function<Answer(const std::string& request, bool has_rights)>;

  // Listens, in place of a daemon that is gone. The loop must outlive it.
  static base::Result<std::unique_ptr<Control>> open(const conf::Places& places, sd_event* loop, Handler handler);
  ~Control();
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

 private:
  struct Connection;
  Control(std::string path, sd_event* loop, Handler handler);
  static int on_accept(sd_event_source* source, int fd, uint32_t events, void* self);
  static int on_ready(sd_event_source* source, int fd, uint32_t events, void* connection);
  static int on_late(sd_event_source* source, uint64_t now, void* connection);
  void accept();
  void read_from(Connection& connection);
  void send_to(Connection& connection);
  void drop(Connection& connection);

  std::string path_;
  sd_event* loop_;
  Handler handler_;
  base::Fd socket_;
  sd_event_source* source_ = nullptr;
  std::map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  std::uint64_t next_number_ = 0;
};

// The other end. Temporary where no daemon listens; what it refuses is permanent.
base::Result<std::string> ask_daemon(const conf::Places& places, const std::string& request);

}  // namespace pppctl::daemon
