#include "chat/conversation.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <string>
#include <system_error>
#include <vector>

#include "base/bug.h"
#include "base/fd.h"
#include "chat/session.h"

namespace chat {
namespace {

using base::Deadline;

constexpr std::chrono::milliseconds moment{10};
constexpr std::chrono::milliseconds fifo_look{20};
// Octets that had come when the limit passed and are read nevertheless: as many as a tty's buffer holds. A line that
// never falls silent has its limit too.
constexpr std::size_t max_late_octets = 4096;

std::string reason(int error) { return std::generic_category().message(error); }

template <class... Arguments>
void tell(const std::function<void(Arguments...)>& listener, Arguments... arguments) {
  if (listener) listener(arguments...);
}

// Does what the session wants and brings it what came of it.
class Player {
 public:
  Player(const Settings& settings, Line& line, const Listener& listener)
      : settings_(settings), line_(line), listener_(listener) {}

  // The answer to the last action; none when it is Done.
  std::optional<Event> perform(std::vector<Action>& actions) {
    for (auto& action : actions) {
      if (auto* send = std::get_if<Send>(&action)) return do_send(*send);
      if (std::holds_alternative<ReadOctet>(action)) return read_octet();
      if (auto* file = std::get_if<ReadFile>(&action)) return read_file(file->name);
      if (auto* done = std::get_if<Done>(&action)) {
        ending_ = Ending{done->status, std::move(done->matched), std::move(done->why)};
        return std::nullopt;
      }
      announce(action);
    }
    base::bug("a batch of actions that waits for nothing");
  }

  [[nodiscard]] const Ending& ending() const { return ending_; }

 private:
  void announce(const Action& action) {
    if (const auto* arm = std::get_if<Arm>(&action)) {
      deadline_ = arm->within.count() > 0 ? Deadline::after(arm->within) : Deadline{};
      late_ = 0;
    } else if (const auto* log = std::get_if<Log>(&action)) {
      announce_log(*log);
    } else if (const auto* echo = std::get_if<Echo>(&action)) {
      tell<std::string_view>(listener_.echo, echo->text);
    } else if (const auto* received = std::get_if<Received>(&action)) {
      tell(listener_.received, received->octet);
    } else if (const auto* say = std::get_if<Say>(&action)) {
      tell<std::string_view>(listener_.say, say->text);
    } else if (const auto* report = std::get_if<Report>(&action)) {
      tell<std::string_view>(listener_.report, report->text);
    } else if (const auto* hangup = std::get_if<ObeyHangup>(&action)) {
      tell(listener_.hangup, hangup->on);
    }
  }

  void announce_log(const Log& log) {
    switch (log.kind) {
      case Log::Kind::step:
        return tell<std::string_view>(listener_.log, log.text);
      case Log::Kind::failed:
        return tell<std::string_view>(listener_.failed, log.text);
      case Log::Kind::error:
        return tell<std::string_view>(listener_.error, log.text);
    }
  }

  Event trouble(const base::Failure& failure) const {
    if (failure.error == EINTR) {
      tell(listener_.interrupted);
      return Interrupted{failure.text};
    }
    if (failure.error == ETIMEDOUT) return Expired{};
    const bool gone = failure.error == EIO || failure.error == ENXIO || failure.error == ENODEV;
    const bool ended = failure.error == ENODATA;
    return LineFailed{failure.error != 0 && !ended ? reason(failure.error) : failure.text, gone, ended};
  }

  Event read_octet() {
    auto octet = line_.read_octet(deadline_);
    if (!octet) return trouble(octet.error());
    if (!*octet || (deadline_.passed() && ++late_ > max_late_octets)) return Expired{};
    return Octet{**octet};
  }

  // The limit is looked at when an octet is written: a pause at the end may outlast it (chat(8)).
  Event do_send(const Send& send) {
    for (const auto& piece : send.pieces) {
      if (auto done = do_piece(piece); !done) return trouble(done.error());
    }
    return Sent{};
  }

  base::Result<void> do_piece(const SendPiece& piece) {
    switch (piece.kind) {
      case SendPiece::Kind::second:
        return line_.pause(Deadline::after(std::chrono::seconds(1)));
      case SendPiece::Kind::moment:
        return line_.pause(Deadline::after(moment));
      case SendPiece::Kind::line_break:
        return line_.send_break();
      case SendPiece::Kind::octet:
        break;
    }
    if (settings_.pace.count() > 0) {
      if (auto paced = line_.pause(Deadline::after(settings_.pace)); !paced) return paced;
    }
    if (deadline_.passed()) return base::system_failure("write", ETIMEDOUT);
    return line_.write_octet(piece.octet, deadline_);
  }

  // A file or a FIFO, which may have no writer yet: it is waited for by way of the line, whose pauses a signal ends.
  Event read_file(const std::string& name) {
    const base::Fd file(::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file.valid()) return FileFailed{name + " -- open failed: " + reason(errno)};
    std::array<char, max_file_string_bytes> text{};
    std::size_t length = 0;
    while (length < text.size()) {
      pollfd polled{file.get(), POLLIN, 0};
      if (deadline_.passed()) return Expired{};
      if (::poll(&polled, 1, 0) == 0) {
        if (auto waited = line_.pause(Deadline::after(fifo_look)); !waited) return trouble(waited.error());
        continue;
      }
      const auto n = ::read(file.get(), text.data() + length, text.size() - length);
      if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (n < 0) return FileFailed{name + " -- read failed: " + reason(errno)};
      if (n == 0) break;
      length += static_cast<std::size_t>(n);
    }
    if (length > 0 && text[length - 1] == '\n') --length;
    return FileText{std::string(text.data(), length)};
  }

  const Settings& settings_;
  Line& line_;
  const Listener& listener_;
  Deadline deadline_;
  std::size_t late_ = 0;
  Ending ending_;
};

}  // namespace

Ending converse(const Script& script, const Settings& settings, Line& line, const Listener& listener) {
  Session session(script, settings);
  Player player(settings, line, listener);
  auto actions = session.start();
  while (const auto event = player.perform(actions)) actions = session.on(*event);
  return player.ending();
}

}  // namespace chat
