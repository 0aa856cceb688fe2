#include "pppctl/ppp/pppd.h"

#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>

#include "base/directory.h"
#include "base/io.h"

namespace pppctl::ppp {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t block_bytes = 4096;
constexpr int blocks_a_look = 16;
constexpr milliseconds to_die{2000};        // from SIGKILL
constexpr milliseconds to_take_down{3000};  // for the kernel, when the last descriptor has been closed
constexpr milliseconds look_at_interface{20};
constexpr milliseconds look_often{200};
constexpr std::size_t max_counter_bytes = 64;

// All of it at once: it is shorter than a pipe holds.
base::Result<base::Fd> password_pipe(const base::Secret& password) {
  auto pipe = base::make_pipe();
  if (!pipe) return pipe.error();
  if (auto written = base::write_all(pipe->write, password.view(), base::Deadline::after(milliseconds(0))); !written) {
    return base::temporary("unable to hand pppd the password");
  }
  return std::move(pipe->read);
}

base::Result<base::Fd> watch(const base::Fd& log, const base::Fd& end) {
  base::Fd set(::epoll_create1(EPOLL_CLOEXEC));
  if (!set.valid()) return base::system_failure("watch pppd");
  for (const auto* fd : {&log, &end}) {
    epoll_event event{};
    event.events = EPOLLIN;
    if (::epoll_ctl(set.get(), EPOLL_CTL_ADD, fd->get(), &event) < 0) return base::system_failure("watch pppd");
  }
  return set;
}

std::optional<std::uint64_t> counter(const std::string& interface, const char* name) {
  const auto text = base::read_file("/sys/class/net/" + interface + "/statistics/" + name, max_counter_bytes);
  if (!text) return {};
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc()) return {};
  return value;
}

}  // namespace

bool has_interface(const std::string& name) { return !name.empty() && ::if_nametoindex(name.c_str()) != 0; }

std::optional<InterfaceOctets> octets_of(const std::string& interface) {
  if (interface.empty()) return {};
  const auto sent = counter(interface, "tx_bytes");
  const auto received = counter(interface, "rx_bytes");
  if (!sent || !received) return {};
  return InterfaceOctets{*sent, *received};
}

base::Result<Pppd> Pppd::start(PppdOrder order) {
  auto log = base::make_pipe();
  if (!log) return log.error();
  if (auto set = base::set_nonblocking(log->read, true); !set) return set.error();
  base::Fd password;
  if (order.password) {
    auto pipe = password_pipe(*order.password);
    if (!pipe) return pipe.error();
    password = std::move(*pipe);
  }
  base::Fd nothing;
  if (!order.line) {
    auto opened = base::open_file("/dev/null", O_RDWR);
    if (!opened) return opened.error();
    nothing = std::move(*opened);
  }
  const auto& line = order.line ? *order.line : nothing;
  base::ChildOptions options;
  options.argv = order.argv;
  options.descriptors = {{line.get(), STDIN_FILENO}, {line.get(), STDOUT_FILENO}, {log->write.get(), log_descriptor}};
  if (password.valid()) options.descriptors.emplace_back(password.get(), secret_descriptor);
  // A set-uid pppd forgets it, and lives to maxconnect at most.
  options.die_with_parent = true;
  options.own_group = true;
  auto child = base::Child::start(options);
  if (!child) return child.error();
  auto event = watch(log->read, child->end_event());
  if (!event) return event.error();
  return Pppd(std::move(*child), std::move(log->read), std::move(*event), std::move(order));
}

Pppd::Pppd(base::Child child, base::Fd log, base::Fd event, PppdOrder order)
    : child_(std::move(child)),
      log_pipe_(std::move(log)),
      event_(std::move(event)),
      order_(std::move(order)),
      splitter_(max_log_line) {}

Pppd::~Pppd() {
  if (child_.pid() > 0) stop(nullptr);
}

void Pppd::hear(const std::string& line) {
  log_.hear(line);
  if (order_.said && !line.empty()) order_.said(line);
}

void Pppd::read_log() {
  std::array<char, block_bytes> block;
  for (int blocks = 0; blocks < blocks_a_look; ++blocks) {
    const auto n = base::read_some(log_pipe_, block, base::Deadline::after(milliseconds(0)));
    if (!n || *n == 0) return;
    for (const auto& line : splitter_.feed({block.data(), *n})) hear(line);
  }
}

bool Pppd::look() {
  if (end_ || child_.pid() <= 0) return false;
  const auto ended = child_.wait(base::Deadline::after(milliseconds(0)));
  // Its last lines are there when it has ended.
  read_log();
  if (!ended || !*ended) return true;
  end_ = **ended;
  if (const auto rest = splitter_.rest(); !rest.empty()) hear(rest);
  return false;
}

modem::Trouble Pppd::trouble() const { return trouble_of(end_.value_or(base::ChildEnd{}), log_.state()); }

modem::Outcome<void> Pppd::wait_up(milliseconds limit, base::StopSignals& stop) {
  const auto deadline = base::Deadline::after(limit);
  while (look()) {
    if (log_.state().is_up()) return {};
    const auto ready = base::wait_ready(event_, base::Interest::read, deadline, &stop);
    if (!ready) return modem::fail({modem::Retry::soon, ready.error().text, "", ready.error().error});
    if (!*ready) {
      return modem::fail({modem::Retry::soon, "no PPP link within " + modem::time_text(limit),
                          "does a PPP server answer on that number? up_limit in [ppp] is how long it may take", 0});
    }
  }
  return modem::fail(trouble());
}

bool Pppd::wait_end(const base::Deadline& deadline, base::StopSignals* signals) {
  const int before = signals ? signals->count() : 0;
  while (look()) {
    if (deadline.passed()) return false;
    // Not to be stopped but by one who is in a hurry; the signals that came before are not read as such.
    [[maybe_unused]] const auto ready =
        base::wait_ready(event_, base::Interest::read, base::earlier(deadline, base::Deadline::after(look_often)));
    if (signals && signals->count() > before) return false;
  }
  return true;
}

bool Pppd::stop(base::StopSignals* signals) {
  if (look()) {
    [[maybe_unused]] const auto told = child_.signal(SIGTERM);
    if (!wait_end(base::Deadline::after(order_.grace), signals)) {
      [[maybe_unused]] const auto killed = child_.signal(SIGKILL);
      [[maybe_unused]] const bool ended = wait_end(base::Deadline::after(to_die), nullptr);
      wait_interface_gone();
      return true;
    }
  }
  wait_interface_gone();
  return false;
}

void Pppd::wait_interface_gone() const {
  const auto limit = base::Deadline::after(to_take_down);
  while (has_interface(log_.state().interface) && !limit.passed()) {
    [[maybe_unused]] const auto waited = base::pause(base::Deadline::after(look_at_interface), nullptr);
  }
}

}  // namespace pppctl::ppp
