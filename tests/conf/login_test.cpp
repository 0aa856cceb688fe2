#include "conf/login.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace conf {
namespace {

constexpr std::string_view table_text = R"(# who gets what
/AutoPPP/  -     a_ppp  /usr/sbin/pppd auth require-chap

root       -     -      !
mail       mail  mail   /usr/lib/offhook/bin/mta-smtpd
U*         uucp  @      tty:/usr/lib/uucp/uucico -l -u @
*-x        -     -      /bin/echo @ a@b
*          -     -      /bin/login @
)";

TEST_CASE("the first line whose pattern the name has counts", "[conf][login]") {
  const auto table = LoginTable::parse(table_text, "login");
  REQUIRE(table);
  CHECK(table->find("root")->program.empty());
  CHECK(table->find("mail")->account == "mail");
  CHECK(table->find("Uhost")->program.front() == "/usr/lib/uucp/uucico");
  CHECK(table->find("any-x")->program.front() == "/bin/echo");
  CHECK(table->find("anna")->program == std::vector<std::string>{"/bin/login", "@"});
  CHECK(table->for_ppp()->utmp == "a_ppp");
  CHECK(table->find("/AutoPPP/")->program.front() == "/bin/login");
}

TEST_CASE("a name is one argument, and only the word @ is it", "[conf][login]") {
  const auto table = LoginTable::parse(table_text, "login");
  REQUIRE(table);
  CHECK(words_for(*table->find("a-x"), "a-x") == std::vector<std::string>{"/bin/echo", "a-x", "a@b"});
}

TEST_CASE("login, pppd and what the table says get the port itself, other programs a socket", "[conf][login]") {
  const auto table = LoginTable::parse(table_text, "login");
  REQUIRE(table);
  CHECK(table->for_ppp()->has_terminal);
  CHECK(table->find("anna")->has_terminal);
  CHECK(table->find("Uhost")->has_terminal);
  CHECK_FALSE(table->find("mail")->has_terminal);
}

TEST_CASE("a fault of the login table names file and line", "[conf][login]") {
  const auto [line, what] = GENERATE(table<std::string, std::string>({{"anna - -", "3 words of 4"},
                                                                      {"a*b - - /bin/login", "pattern"},
                                                                      {"** - - /bin/login", "pattern"},
                                                                      {"a;b - - /bin/login", "pattern"},
                                                                      {"anna -x - /bin/login", "account"},
                                                                      {"anna - - login @", "absolute path"},
                                                                      {"anna - - tty: @", "absolute path"},
                                                                      {"anna - - ! x", "behind !"}}));
  const auto table = LoginTable::parse("# one\n" + line + "\n", "login");
  REQUIRE_FALSE(table);
  CHECK(table.error().text.starts_with("login:2: "));
  CHECK(table.error().text.find(what) != std::string::npos);
  CHECK(table.error().kind == base::FailureKind::permanent);
}

TEST_CASE("a user name is of a safe set and never an option", "[conf][login]") {
  for (const auto* name : {"anna", "U2", "anna@office.example", "a+b", "_x", "9"}) CHECK(is_login_name(name));
  for (const auto* name : {"", "-froot", "a b", "a;b", "$(id)", "a/b", "a\n", "\xc3\xa4"})
    CHECK_FALSE(is_login_name(name));
  CHECK(is_login_name(std::string(max_login_name_bytes, 'a')));
  CHECK_FALSE(is_login_name(std::string(max_login_name_bytes + 1, 'a')));
}

TEST_CASE("a login table that others may read is refused with what to do", "[conf][login]") {
  std::string folder = "/tmp/offhook-login-XXXXXX";
  REQUIRE(::mkdtemp(folder.data()));
  const auto file = folder + "/login";
  std::ofstream(file) << table_text;
  ::chmod(file.c_str(), 0644);
  const auto open = load_login(file);
  ::chmod(file.c_str(), 0600);
  const auto closed = load_login(file);
  const auto none = load_login(file + "x");
  std::filesystem::remove_all(folder);
  REQUIRE_FALSE(open);
  CHECK(open.error().text.find("chmod 600 " + file) != std::string::npos);
  CHECK(closed);
  CHECK_FALSE(none);
}

}  // namespace
}  // namespace conf
