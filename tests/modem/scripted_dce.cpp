#include "scripted_dce.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>

#include "base/deadline.h"
#include "base/stop_signals.h"

namespace modem {

using namespace std::chrono_literals;

ScriptedDce::ScriptedDce(Answer answer) : answer_(std::move(answer)) {
  std::string name = (std::filesystem::temp_directory_path() / "dce.XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  folder_ = name;
  open_pty();
  thread_ = std::thread([this] { play(); });
}

ScriptedDce::~ScriptedDce() {
  ends_ = true;
  thread_.join();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void ScriptedDce::open_pty() {
  base::Fd master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  REQUIRE(::grantpt(master.get()) == 0);
  REQUIRE(::unlockpt(master.get()) == 0);
  // Raw from the start: what the DCE says before the port is opened must not come back as an echo.
  termios modes{};
  REQUIRE(::tcgetattr(master.get(), &modes) == 0);
  ::cfmakeraw(&modes);
  REQUIRE(::tcsetattr(master.get(), TCSANOW, &modes) == 0);
  const std::string link = folder_ + "/modem";
  const std::string fresh = folder_ + "/fresh";
  REQUIRE(::symlink(::ptsname(master.get()), fresh.c_str()) == 0);
  REQUIRE(::rename(fresh.c_str(), link.c_str()) == 0);
  master_ = std::move(master);
}

conf::ModemProfile ScriptedDce::profile() const {
  conf::ModemProfile profile;
  profile.name = "test";
  profile.file = "modems/test.toml";
  profile.port = folder_ + "/modem";
  profile.flow = conf::FlowControl::none;
  profile.init = {"ATZ", "ATE0V1"};
  profile.settle = 10ms;
  profile.command_timeout = 300ms;
  profile.command_pause = 1ms;
  profile.reset_pause = 1ms;
  profile.pace = 0ms;
  profile.dtr_low = 60ms;
  profile.carrier_off = 600ms;
  profile.guard_time = 30ms;
  profile.connect_timeout = 2000ms;
  profile.lock_dir = folder_;
  return profile;
}

void ScriptedDce::send(const std::string& bytes) {
  const std::lock_guard guard(mutex_);
  REQUIRE(::write(master_.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
}

void ScriptedDce::hang_up_tty() {
  const std::lock_guard guard(mutex_);
  on_line_ = false;
  line_.clear();
  open_pty();
}

std::vector<std::string> ScriptedDce::commands() const {
  const std::lock_guard guard(mutex_);
  return commands_;
}

std::string ScriptedDce::data() const {
  const std::lock_guard guard(mutex_);
  return data_;
}

bool ScriptedDce::wait(const std::function<bool()>& holds) {
  const auto limit = base::Deadline::after(10s);
  while (!holds()) {
    if (limit.passed() || !base::pause(base::Deadline::after(2ms), nullptr)) return false;
  }
  return true;
}

void ScriptedDce::play() {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, nullptr);  // signals are the test's own matter
  while (!ends_) {
    [[maybe_unused]] auto waited = base::pause(base::Deadline::after(2ms), nullptr);
    const std::lock_guard guard(mutex_);
    termios modes{};
    const bool dtr_low = ::tcgetattr(master_.get(), &modes) == 0 && ::cfgetospeed(&modes) == B0;
    if (dtr_low && !ignores_dtr_) on_line_ = false;
    std::array<char, 4096> block;
    const auto n = ::read(master_.get(), block.data(), block.size());
    for (ssize_t i = 0; i < n; ++i) take(block[static_cast<std::size_t>(i)]);
  }
}

void ScriptedDce::take(char octet) {
  if (on_line_) data_ += octet;
  if (octet == '\r') {
    const auto command = std::exchange(line_, {});
    if (!command.empty() && !on_line_) answer(command);
    return;
  }
  line_ += octet;
  if (line_.ends_with("+++")) answer("+++");
}

void ScriptedDce::answer(const std::string& command) {
  commands_.push_back(command);
  const auto text = answer_(command);
  if (command == "+++" && !text.empty()) on_line_ = false;
  if (text.find("CONNECT") != std::string::npos) on_line_ = true;
  [[maybe_unused]] const auto n = ::write(master_.get(), text.data(), text.size());
}

std::string hayes_answer(const std::string& command, const std::string& dial_answer) {
  if (command == "+++") return "\r\nOK\r\n";
  if (command.starts_with("ATD") || command == "ATA") return dial_answer;
  return "\r\nOK\r\n";
}

}  // namespace modem
