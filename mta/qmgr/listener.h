// The queue manager's socket: submissions and questions, one a connection, told apart by peer credentials.
#pragma once

#include <systemd/sd-event.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mta/qmgr/intake.h"
#include "mta/qmgr/manager.h"

namespace mta {

inline constexpr std::size_t max_connections = 500;
inline constexpr std::size_t max_connections_per_user = 50;  // root and our own user are not counted

class Listener {
 public:
  struct Questions {
    std::function<std::vector<std::string>()> list;  // the lines of mailq
    std::function<std::string()> clock;              // what is believed of the clock
  };

  // Listens at the path, replacing what a former queue manager left there. The event loop, store, manager and clock
  // must outlive it.
  static base::Result<std::unique_ptr<Listener>> open(const std::string& path, sd_event* loop, Store& store,
                                                      Manager& manager, ClockKeeper& clock, Questions questions);
  ~Listener();  // unlinks the path; submissions under way come to nothing
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] bool idle() const { return connections_.empty(); }

 private:
  struct Connection;

  Listener(std::string path, sd_event* loop, Store& store, Manager& manager, ClockKeeper& clock, Questions questions);
  static int on_accept(sd_event_source* source, int fd, uint32_t events, void* self);
  static int on_ready(sd_event_source* source, int fd, uint32_t events, void* connection);
  void accept();
  void read_from(Connection& connection);
  void act(Connection& connection, Intake::Action action);
  void begin(Connection& connection);
  void append(Connection& connection, std::string_view octets);
  void commit(Connection& connection, const std::string& envelope);
  void confirm_clock(Connection& connection);
  void fail(Connection& connection, const base::Failure& failure);
  void answer(Connection& connection, std::string octets);
  void flush(Connection& connection);
  void drop(Connection& connection);

  std::string path_;
  sd_event* loop_;
  Store& store_;
  Manager& manager_;
  ClockKeeper& clock_;
  Questions questions_;
  base::Fd socket_;
  sd_event_source* source_ = nullptr;
  std::map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  std::map<uid_t, std::size_t> per_user_;
  std::uint64_t next_number_ = 0;
};

}  // namespace mta
