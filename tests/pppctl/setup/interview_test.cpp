#include "pppctl/setup/interview.h"

#include <catch2/catch.hpp>

#include "conf/toml.h"
#include "pppctl/setup/files.h"

using namespace pppctl::setup;

namespace {

// The keys that are asked for, each answered by `given` or its standard or "x1".
std::vector<std::string> asked(const Answers& given, const Known& known, Answers* all = nullptr) {
  Answers answers;
  std::vector<std::string> keys;
  while (const auto question = next_question(answers, known)) {
    keys.push_back(question->key);
    const auto found = given.find(question->key);
    if (question->kind == Kind::secret) {
      answers[question->key].clear();
      continue;
    }
    const auto text = found != given.end() ? found->second : question->standard.empty() ? "x1" : question->standard;
    const auto accepted = accept(*question, text);
    INFO(question->key << " " << text);
    REQUIRE(accepted);
    answers[question->key] = *accepted;
  }
  if (all) *all = answers;
  return keys;
}

Known bare() {
  Known known;
  known.bases = {"null-modem", "usr"};
  return known;
}

// What the passwords' questions are answered with.
Secrets passwords() {
  Secrets secrets;
  for (const auto* key : {"password", "relay_password"}) secrets[key] = base::Secret("swordfish");
  return secrets;
}

const Answers by_line{
    {"link", "branch"},  {"kind", "line"},      {"name", "office.example"}, {"port", "/dev/ttyS1"},
    {"base", "usr"},     {"phone", "0555 100"}, {"route", "branch"},        {"domain", "Branch.example"},
    {"tariff", "local"}, {"price", "0.03"}};

std::string text_of(const std::vector<File>& files, const std::string& path) {
  for (const auto& file : files) {
    if (file.path == path) return file.text;
  }
  return "none";
}

}  // namespace

TEST_CASE("what an answer makes needless is not asked", "[pppctl][setup]") {
  using Keys = std::vector<std::string>;
  auto known = bare();
  CHECK(asked(by_line, known) == Keys{"link", "name", "kind", "modem", "port", "base", "speed", "phone", "login",
                                      "reliable", "route", "domain", "tariff", "currency", "time_zone", "setup_fee",
                                      "price", "step"});
  known.has_name = true;
  known.modems = {"modem"};
  auto given = by_line;
  given["tariff"] = none;
  CHECK(asked(given, known) ==
        Keys{"link", "kind", "modem", "phone", "login", "reliable", "route", "domain", "tariff"});
  given["kind"] = "ppp";
  given["login"] = yes;
  CHECK(asked(given, known) == Keys{"link", "kind", "modem", "phone", "login", "user", "password", "route", "domain",
                                    "relay", "relay_user", "tariff"});
}

TEST_CASE("an answer that cannot be is refused with what is wrong, a secret never shown", "[pppctl][setup]") {
  const auto refused = [](const Question& question, std::string_view answer) {
    const auto accepted = accept(question, answer);
    REQUIRE_FALSE(accepted);
    return accepted.error().text;
  };
  CHECK(refused({"link", "Link", Kind::text, "", {}}, "../x").find("letters") != std::string::npos);
  CHECK(refused({"phone", "Phone", Kind::text, "", {}}, "0\r").find("printed") != std::string::npos);
  CHECK(refused({"phone", "Phone", Kind::text, "", {}}, "x=1").find("dial string") != std::string::npos);
  CHECK(refused({"kind", "Kind", Kind::choice, "", {"line", "ppp"}}, "lime").find("did you mean line") !=
        std::string::npos);
  CHECK(refused({"price", "Price", Kind::text, "", {}}, "0,3").find("amount") != std::string::npos);
  CHECK(refused({"speed", "Speed", Kind::number, "", {}}, "fast").find("speed") != std::string::npos);
  CHECK(refused({"login", "Login", Kind::yes_no, "", {}}, "maybe").find("yes nor no") != std::string::npos);
  CHECK(refused({"user", "User", Kind::text, "", {}}, "@file").find("chat script") != std::string::npos);
  const auto secret = accept_secret({"password", "Password", Kind::secret, "", {}}, "a\nb");
  REQUIRE_FALSE(secret);
  CHECK(secret.error().text == "password: holds a character that cannot be printed");
  CHECK(refused({"port", "Port", Kind::text, "", {}}, "").find("needed") != std::string::npos);
}

TEST_CASE("what the modem says of itself is the standard of the base and the speed", "[pppctl][setup]") {
  auto known = bare();
  known.probed = {{"base", "usr"}, {"speed", "57600"}};
  Answers all;
  auto given = by_line;
  given.erase("base");
  asked(given, known, &all);
  CHECK(all["base"] == "usr");
  CHECK(all["speed"] == "57600");
}

TEST_CASE("the answers become files that stand before what names them, the link last", "[pppctl][setup]") {
  Answers all;
  auto given = by_line;
  given["login"] = yes;
  given["user"] = "office";
  asked(given, bare(), &all);
  const auto files =
      files_of(all, passwords(), bare(), {"/etc/offhook", "* provider alias-ppp- -\n", "speed = 9600\n"});
  std::vector<std::string> paths;
  for (const auto& file : files) {
    paths.push_back(file.path);
    CHECK(file.secret.view() == (file.path == "secrets/branch-login" ? "swordfish\n" : ""));
    CHECK(file.text.find("swordfish") == std::string::npos);
    if (file.path.ends_with(".toml")) CHECK(conf::TomlFile::parse(file.text, file.path));
  }
  CHECK(paths == std::vector<std::string>{"control/me", "modems/usr.toml", "modems/modem.toml", "secrets/branch-login",
                                          "chat/branch", "routes", "tariffs/local.toml", "links/branch.toml"});
  CHECK(text_of(files, "routes") == "* provider alias-ppp- -\nbranch.example branch alias-ppp- -\n");
  CHECK(text_of(files, "chat/branch").ends_with("ogin: office\nword: @/etc/offhook/secrets/branch-login\n"));
  CHECK(text_of(files, "links/branch.toml") ==
        "kind = \"line\"\nroutes = [\"branch\"]\nmodem = \"modem\"\nphone = \"0555 100\"\nchat = \"branch\"\n"
        "tariff = \"local\"\njobs = [\"flush\"]\n");
}

TEST_CASE("PPP logs in by itself, with the password from its file", "[pppctl][setup]") {
  Answers all;
  auto given = by_line;
  given["kind"] = "ppp";
  given["login"] = yes;
  given["user"] = "office";
  given["relay"] = "mail.example:25";
  asked(given, bare(), &all);
  const auto files = files_of(all, passwords(), bare(), {"/etc/offhook", "", ""});
  CHECK(
      text_of(files, "links/branch.toml").ends_with("\n[ppp]\nuser = \"office\"\nsecret = \"secrets/branch-login\"\n"));
  CHECK(text_of(files, "chat/branch") == "none");
  CHECK(text_of(files, "routes") == "branch.example branch alias-ppp- @branch\n");
}

TEST_CASE("a route of the same domain is replaced, others and remarks stay", "[pppctl][setup]") {
  Answers all;
  asked(by_line, bare(), &all);
  const std::string before = "# ours\nBRANCH.example old alias-ppp- -\n* provider alias-ppp- -\n";
  const auto files = files_of(all, passwords(), bare(), {"/etc/offhook", before, ""});
  CHECK(text_of(files, "routes") == "# ours\nbranch.example branch alias-ppp- -\n* provider alias-ppp- -\n");
}

TEST_CASE("a TOML string of any answer is read back as it was given", "[pppctl][setup]") {
  const std::string odd = "a\"b\\c'#";
  auto file = conf::TomlFile::parse("x = " + quoted(odd) + "\n", "x");
  REQUIRE(file);
  CHECK(file->top().text("x") == odd);
}
