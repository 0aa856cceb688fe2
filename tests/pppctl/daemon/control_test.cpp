#include "pppctl/daemon/control.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <future>

#include "base/io.h"

using namespace pppctl::daemon;

namespace {

// A control socket whose every answer is the same, longer than any buffer of a socket.
class Office {
 public:
  Office() {
    std::string name = (std::filesystem::temp_directory_path() / "offhook-control-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()));
    places_.run = name;
    REQUIRE(sd_event_new(&loop_) >= 0);
    auto control = Control::open(places_, loop_, [&](const std::string& request, bool) {
      return Answer{request != "order", text_};
    });
    REQUIRE(control);
    control_ = std::move(*control);
  }
  Office(const Office&) = delete;
  Office& operator=(const Office&) = delete;
  ~Office() {
    control_.reset();
    sd_event_unref(loop_);
    std::filesystem::remove_all(places_.run);
  }

  // Turns the loop until the answer is there.
  base::Result<std::string> ask(const std::string& request) {
    auto answer = std::async(std::launch::async, [&] { return ask_daemon(places_, request); });
    while (answer.wait_for(std::chrono::seconds(0)) != std::future_status::ready) turn();
    return answer.get();
  }

  // Has asked, and never reads.
  base::Fd deaf() {
    base::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = control_socket(places_);
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    REQUIRE(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(base::write_all(fd, "next\n"));
    for (int turns = 0; turns < 4; ++turns) turn();
    return fd;
  }

  void turn() { REQUIRE(sd_event_run(loop_, 10'000) >= 0); }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  conf::Places places_;
  sd_event* loop_ = nullptr;
  std::unique_ptr<Control> control_;
  std::string text_ = std::string(max_answer_bytes - 1, 'x') + "\n";
};

}  // namespace

TEST_CASE("an answer that no buffer of a socket takes at once arrives whole", "[pppctl][daemon]") {
  Office office;
  const auto answer = office.ask("next");
  REQUIRE(answer);
  CHECK(*answer == office.text());
  const auto refused = office.ask("order");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == base::FailureKind::permanent);
  CHECK(refused.error().text == office.text());
}

TEST_CASE("peers that do not read their answer keep nobody from his, and lose their own", "[pppctl][daemon]") {
  Office office;
  std::vector<base::Fd> deaf;
  for (std::size_t i = 0; i < 2 * max_connections; ++i) deaf.push_back(office.deaf());
  const auto answer = office.ask("next");
  REQUIRE(answer);
  CHECK(*answer == office.text());
  // The first has made room: its connection ends before its answer does.
  const auto rest = base::read_all(deaf.front(), 2 * max_answer_bytes, "answer");
  REQUIRE(rest);
  CHECK(rest->size() < office.text().size());
  deaf.clear();
  CHECK(office.ask("next"));
}
