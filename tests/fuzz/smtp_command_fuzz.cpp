// Any octets as a client's side of a session: the server answers the same whole and byte by byte, every line it says is
// a reply, a message is committed only after a clean end, and nothing comes after Close. A transaction that was cut can
// be gone on with: what a session leaves in the store serves the next one.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "mta/mail/smtp_server.h"
#include "tests/mta/mail_smtp/memory_store.h"

namespace {

using Server = mail::SmtpServer;

void require(bool held) {
  if (!held) std::abort();
}

Server::Policy policy() {
  Server::Policy made;
  made.greeting = "isp.example";
  made.rcpt_hosts = {"office.example", ".lan.example"};
  made.bad_mail_from = {"@spam.example"};
  made.data_bytes = 4000;
  made.checkpoint = true;
  made.local_ip = "192.0.2.1";
  made.local_ip_host = "office.example";
  return made;
}

class Session {
 public:
  explicit Session(MemoryStore& store) : store_(store) {}

  // What was said, and every message that was committed with its envelope.
  std::string run(std::string_view octets, std::size_t piece) {
    take(server_.start());
    for (; !octets.empty() && !closed_; octets.remove_prefix(std::min(piece, octets.size()))) {
      take(server_.on(Server::Octets{octets.substr(0, piece)}));
    }
    if (!closed_) take(server_.on(Server::Closed{}));
    require(closed_ && !open_);
    require(server_.on(Server::Octets{"NOOP\r\n"}).empty());
    check_replies();
    return said_ + committed_;
  }

 private:
  void take(const Server::Actions& actions) {
    bool opened = false;
    bool complete = false;
    const Server::Recall* recall = nullptr;
    for (const auto& action : actions) {
      require(!closed_);
      if (const auto* write = std::get_if<Server::Write>(&action)) said_ += write->bytes;
      if (const auto* open = std::get_if<Server::OpenQueue>(&action)) {
        require(!open_);
        open_ = opened = true;
        is_kept_ = open->is_kept;
        body_ = is_kept_ ? store_.begin(*open) : "";
      }
      if (const auto* asked = std::get_if<Server::Recall>(&action)) recall = asked;
      if (std::holds_alternative<Server::Forget>(action)) store_.forget();
      if (const auto* body = std::get_if<Server::Body>(&action)) {
        require(open_);
        body_ += body->bytes;
        if (is_kept_) store_.append(body->bytes);
      }
      if (const auto* commit = std::get_if<Server::Commit>(&action)) {
        require(open_ && !commit->recipients.empty());
        require(body_.find_first_of(std::string_view("\r\0", 2)) == std::string::npos);
        require(body_.empty() || body_.back() == '\n');
        committed_ += commit->sender + "\n";
        for (const auto& recipient : commit->recipients) committed_ += recipient + "\n";
        committed_ += body_;
        if (is_kept_) store_.accept(commit->octets, "1 qp 2");
        complete = true;
      }
      if (std::holds_alternative<Server::Abort>(action)) {
        require(open_);
        open_ = false;
      }
      if (std::holds_alternative<Server::Close>(action)) closed_ = true;
    }
    if (recall) return take(server_.on(store_.recall(*recall)));
    if (complete) {
      open_ = false;
      return take(server_.on(Server::Queued{"1 qp 2"}));
    }
    if (opened) take(server_.on(Server::QueueOpened{}));
  }

  void check_replies() const {
    std::string_view rest = said_;
    while (!rest.empty()) {
      const auto end = rest.find("\r\n");
      require(end != std::string_view::npos && end >= 4);
      const auto line = rest.substr(0, end);
      require(line[0] >= '2' && line[0] <= '5' && (line[3] == ' ' || line[3] == '-'));
      require(std::all_of(line.begin(), line.end(), [](char c) { return c >= 32 && c < 127; }));
      rest.remove_prefix(end + 2);
    }
  }

  Server server_{policy()};
  MemoryStore& store_;
  bool is_kept_ = false;
  std::string said_;
  std::string body_;
  std::string committed_;
  bool open_ = false;
  bool closed_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  MemoryStore one;
  MemoryStore other;
  for (int session = 0; session < 2; ++session) {
    require(Session(one).run(octets, 1) == Session(other).run(octets, octets.size() + 1));
  }
  return 0;
}
