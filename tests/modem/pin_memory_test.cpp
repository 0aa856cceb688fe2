#include "modem/pin_memory.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

namespace {

using modem::PinFate;
using modem::PinMemory;

class Folder {
 public:
  Folder() {
    std::string name = "/tmp/offhook-pins-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string path() const { return path_ + "/modems"; }

  [[nodiscard]] PinMemory open(const std::string& profile, const std::string& serial) const {
    auto memory = PinMemory::open(path(), profile, serial);
    REQUIRE(memory);
    return std::move(*memory);
  }
  [[nodiscard]] PinFate fate(const std::string& profile, const std::string& serial, std::string_view pin) const {
    const auto found = open(profile, serial).fate(pin);
    REQUIRE(found);
    return *found;
  }

 private:
  std::string path_;
};

}  // namespace

TEST_CASE("a refused PIN is known again by its modem or by its profile", "[modem][pin_memory]") {
  const Folder folder;
  REQUIRE(folder.open("line", "356938035643809").note("1234", PinFate::refused));
  CHECK(folder.fate("line", "356938035643809", "1234") == PinFate::refused);
  CHECK(folder.fate("other", "356938035643809", "1234") == PinFate::refused);
  CHECK(folder.fate("line", "", "1234") == PinFate::refused);
  CHECK(folder.fate("other", "111111111111111", "1234") == PinFate::unsent);
  CHECK(folder.fate("line", "356938035643809", "4321") == PinFate::unsent);
}

TEST_CASE("a second PIN does not make the first one forgotten", "[modem][pin_memory]") {
  const Folder folder;
  auto memory = folder.open("line", "");
  REQUIRE(memory.note("1111", PinFate::refused));
  REQUIRE(memory.note("2222", PinFate::sent));
  CHECK(folder.fate("line", "", "1111") == PinFate::refused);
  CHECK(folder.fate("line", "", "2222") == PinFate::sent);
  REQUIRE(memory.note("2222", PinFate::unsent));
  CHECK(folder.fate("line", "", "2222") == PinFate::unsent);
  CHECK(folder.fate("line", "", "1111") == PinFate::refused);
}

TEST_CASE("no PIN stands in the file, which is private", "[modem][pin_memory]") {
  const Folder folder;
  REQUIRE(folder.open("line", "").note("73519264", PinFate::refused));
  const auto file = folder.path() + "/line.pins";
  const auto text = base::read_file(file, 10000);
  REQUIRE(text);
  CHECK(text->find("73519264") == std::string::npos);
  CHECK(text->starts_with("refused $6$"));
  using std::filesystem::perms;
  CHECK((std::filesystem::status(file).permissions() & (perms::group_all | perms::others_all)) == perms::none);
}

TEST_CASE("what the memory cannot read or write is no leave to send a PIN", "[modem][pin_memory]") {
  const Folder folder;
  auto memory = folder.open("line", "");
  const auto directory = base::Directory::open(folder.path());
  REQUIRE(directory);
  for (const auto* text : {"nonsense\n", "refused\n", "refused x y\n", "gone $6$a$b\n", "refused *0\n"}) {
    CAPTURE(text);
    REQUIRE(base::replace_file(*directory, "line.pins", text, 0600));
    CHECK_FALSE(memory.fate("1234"));
  }
  REQUIRE(base::replace_file(*directory, "line.pins", "", 0644));
  CHECK_FALSE(memory.fate("1234"));
  CHECK_FALSE(memory.note("1234", PinFate::sent));
  CHECK_FALSE(PinMemory::open("/dev/null/x", "line", ""));
}

TEST_CASE("the memory of refused PINs is bounded", "[modem][pin_memory]") {
  const Folder folder;
  auto memory = folder.open("line", "");
  for (std::size_t i = 0; i <= PinMemory::max_pins; ++i)
    REQUIRE(memory.note(std::to_string(1000 + i), PinFate::refused));
  CHECK(folder.fate("line", "", "1000") == PinFate::unsent);
  CHECK(folder.fate("line", "", "1001") == PinFate::refused);
}
