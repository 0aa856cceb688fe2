// A DCE on a pty of the test's own, played by a thread: it answers command lines as the test says, and is on line from
// CONNECT until DTR falls (speed B0) or an escape comes.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/fd.h"
#include "conf/modem.h"

namespace modem {

class ScriptedDce {
 public:
  // The whole answer to a command line; nothing: silence. "+++" is asked for too.
  using Answer = std::function<std::string(const std::string& command)>;

  explicit ScriptedDce(Answer answer);
  ~ScriptedDce();
  ScriptedDce(const ScriptedDce&) = delete;
  ScriptedDce& operator=(const ScriptedDce&) = delete;

  // A profile for it, with pauses of milliseconds.
  [[nodiscard]] conf::ModemProfile profile() const;
  [[nodiscard]] const std::string& folder() const { return folder_; }

  void send(const std::string& bytes);  // as from the other side
  void hang_up_tty();                   // the pty is gone, and its name leads to a new one
  void ignore_dtr() { ignores_dtr_ = true; }
  [[nodiscard]] std::vector<std::string> commands() const;
  [[nodiscard]] std::string data() const;  // what came in online data state
  [[nodiscard]] bool on_line() const { return on_line_; }
  // Waits until it holds, at most some seconds.
  [[nodiscard]] static bool wait(const std::function<bool()>& holds);

 private:
  void open_pty();
  void play();
  void take(char octet);
  void answer(const std::string& command);

  Answer answer_;
  std::string folder_;
  mutable std::mutex mutex_;
  base::Fd master_;
  std::string line_;
  std::vector<std::string> commands_;
  std::string data_;
  std::atomic<bool> on_line_ = false;
  std::atomic<bool> ignores_dtr_ = false;
  std::atomic<bool> ends_ = false;
  std::thread thread_;
};

// AT, init and hang-up commands get OK, everything else what the test says.
std::string hayes_answer(const std::string& command, const std::string& dial_answer);

}  // namespace modem
