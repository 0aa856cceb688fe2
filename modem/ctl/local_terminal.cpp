#include "modem/ctl/local_terminal.h"

#include <fcntl.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <array>

#include "base/log.h"

namespace modem {
namespace {

// Of the one terminal that a process has, for a handler that is given nothing.
int terminal = -1;
termios before;

// SIGTERM, SIGINT and SIGHUP are read beside everything else (base::StopSignals) and end us in order; these do not.
constexpr auto deadly = std::to_array<int>({SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM, SIGUSR1,
                                            SIGUSR2, SIGXCPU, SIGVTALRM, SIGPROF, SIGSYS, SIGTRAP});

// tcsetattr() and raise() may be called here (signal-safety(7)); the default is back, and ends us on our return.
void restore_and_die(int number) {
  ::tcsetattr(terminal, TCSANOW, &before);
  ::raise(number);
}

void handle_deadly(bool on) {
  for (const int number : deadly) {
    struct sigaction action {};
    action.sa_handler = on ? restore_and_die : SIG_DFL;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    ::sigaction(number, &action, nullptr);
  }
}

}  // namespace

base::Result<LocalTerminal> LocalTerminal::take() {
  std::array<char, 256> name{};
  if (::isatty(STDOUT_FILENO) == 0 || ::ttyname_r(STDIN_FILENO, name.data(), name.size()) != 0)
    return base::permanent("term: standard input and output are no terminal; for programs there is `modemctl at`");
  base::Fd fd(::open(name.data(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid() || ::tcgetattr(fd.get(), &before) < 0)
    return base::system_failure("open the terminal " + base::escape(name.data()));
  terminal = fd.get();
  LocalTerminal local(std::move(fd));
  handle_deadly(true);
  auto raw = before;
  ::cfmakeraw(&raw);
  if (::tcsetattr(local.fd().get(), TCSADRAIN, &raw) < 0) return base::system_failure("set the terminal's modes");
  return local;
}

LocalTerminal::~LocalTerminal() {
  if (!fd_.valid()) return;
  // What is typed ahead was meant for the line.
  ::tcflush(fd_.get(), TCIFLUSH);
  ::tcsetattr(fd_.get(), TCSANOW, &before);
  handle_deadly(false);
  terminal = -1;
}

}  // namespace modem
