#include "mta/qmgr/pass.h"

#include <unistd.h>

#include <catch2/catch.hpp>

#include "mta/mail/maildir.h"
#include "tests/mta/mail_store/scratch.h"

namespace fs = std::filesystem;
using mta::PassOutcome;

namespace {

constexpr std::int64_t now = 1'795'000'000;
constexpr std::int64_t day = 86400;

class Office {
 public:
  Office() {
    rules.host = "office.example";
    rules.bounce_host = {"MAILER-DAEMON", "office.example", "postmaster@office.example"};
    rules.routing.envnoathost = "office.example";
    rules.routing.locals = {"office.example"};
    fs::create_directories(scratch.path("ann"));
    fs::create_directories(scratch.path("bob"));
    fs::create_directories(scratch.path("spool"));
    users("=ann:u:" + ids() + scratch.path("ann") + ":::\n=bob:u:" + ids() + scratch.path("bob") + ":::\n.\n");
    routes("* provider alias-ppp- relay.example\n");
    clock.observe(reading, "boot");
  }

  void users(const std::string& text) { rules.routing.users = conf::Users::parse(text, "assign").value(); }
  void routes(const std::string& text) {
    rules.routing.routes = conf::Routes::parse(text, "routes", scratch.path("spool")).value();
  }
  static std::string ids() { return std::to_string(::getuid()) + ":" + std::to_string(::getgid()) + ":"; }

  void queue(const std::string& id, const std::string& sender, const std::vector<std::string>& recipients) {
    auto writer = store.create(id);
    REQUIRE(writer);
    REQUIRE(writer->append_message("Subject: x\n\n.body\n"));
    std::string envelope = "F" + sender + '\0';
    for (const auto& one : recipients) envelope += "T" + one + '\0';
    REQUIRE(writer->finish(envelope + '\0', {0, 0, 0, now, true, 0}));
    REQUIRE(store.publish(id));
  }

  mta::PassResult pass(const std::string& id) {
    return mta::run_pass(store, rules, {id, true, reading, clock, ::getuid(), ::getpid()});
  }

  void move_clock(std::int64_t seconds) {
    reading.wall_seconds += seconds;
    reading.boot_seconds += seconds;
    clock.observe(reading, "boot");
  }

  [[nodiscard]] std::vector<std::string> in(const std::string& maildir) const {
    std::vector<std::string> texts;
    if (!fs::exists(scratch.path(maildir + "/new"))) return texts;
    for (const auto& file : fs::directory_iterator(scratch.path(maildir + "/new")))
      texts.push_back(Scratch::read(file.path().string()));
    return texts;
  }

  Scratch scratch;
  mta::Store store = mta::Store::open(scratch.path("queue")).value();
  mta::Rules rules;
  base::ClockReading reading{now, 0, 1000};
  mail::ClockFloor clock;
};

}  // namespace

TEST_CASE("a local recipient's mail goes into the Maildir of the named home", "[qmgr][pass]") {
  Office office;
  office.queue("one", "joe@x.example", {"ann@office.example", "bob@office.example"});
  CHECK(office.pass("one").outcome == PassOutcome::finished);
  CHECK(office.in("ann/Maildir") ==
        std::vector<std::string>{
            "Return-Path: <joe@x.example>\nDelivered-To: ann@office.example\nSubject: x\n\n.body\n"});
  CHECK(office.in("bob/Maildir").size() == 1);
  CHECK_FALSE(office.store.has("one"));
}

TEST_CASE("the rest goes into the route's spool, one file a recipient, with the prefix", "[qmgr][pass]") {
  Office office;
  office.queue("one", "ann@office.example", {"a@far.example", "b@far.example"});
  CHECK(office.pass("one").outcome == PassOutcome::finished);
  const auto files = office.in("spool/provider");
  REQUIRE(files.size() == 2);
  const bool either = files[0].find("\nDelivered-To: alias-ppp-a@far.example\n") != std::string::npos ||
                      files[1].find("\nDelivered-To: alias-ppp-a@far.example\n") != std::string::npos;
  CHECK(either);
  for (const auto& file : fs::directory_iterator(office.scratch.path("spool/provider/new"))) {
    CHECK(mail::entry_id_of(file.path().filename().string()) == "one");
  }
}

TEST_CASE("a mailbox that nobody has is a bounce with 5.1.1 to the sender", "[qmgr][pass]") {
  Office office;
  office.queue("one", "ann@office.example", {"nobody@office.example", "bob@office.example"});
  const auto result = office.pass("one");
  CHECK(result.outcome == PassOutcome::finished);
  REQUIRE(result.bounce_id == "one-b");
  CHECK(office.in("bob/Maildir").size() == 1);
  CHECK(office.pass("one-b").outcome == PassOutcome::finished);
  const auto bounce = office.in("ann/Maildir");
  REQUIRE(bounce.size() == 1);
  CHECK(bounce[0].starts_with(
      "Return-Path: <>\nDelivered-To: ann@office.example\nReceived: (offhook one-b invoked for bounce)"));
  CHECK(bounce[0].find("\n<nobody@office.example>:\n5.1.1 ") != std::string::npos);
  CHECK(bounce[0].ends_with("Return-Path: <ann@office.example>\nSubject: x\n\n.body\n"));
}

TEST_CASE("one bounce tells of all that failed, when the last recipient is settled", "[qmgr][pass]") {
  Office office;
  fs::create_directories(office.scratch.path("bob/Maildir"));
  fs::permissions(office.scratch.path("bob"), fs::perms::owner_all);
  office.users("=bob:u:" + Office::ids() + office.scratch.path("nowhere") + ":::\n.\n");
  office.queue("one", "bob@office.example", {"nobody@office.example", "bob@office.example"});
  CHECK(office.pass("one").outcome == PassOutcome::waiting);
  CHECK_FALSE(office.store.has("one-b"));
  office.users("=bob:u:" + Office::ids() + office.scratch.path("bob") + ":::\n.\n");
  CHECK(office.pass("one").bounce_id == "one-b");
}

TEST_CASE("a double bounce goes to the postmaster and a third one nowhere", "[qmgr][pass]") {
  Office office;
  office.queue("one", "", {"nobody@office.example"});
  REQUIRE(office.pass("one").bounce_id == "one-b");
  // The postmaster has no mailbox either.
  CHECK(office.pass("one-b").outcome == PassOutcome::finished);
  CHECK_FALSE(office.store.has("one-b-b"));
  CHECK(office.store.ids().value().empty());
}

TEST_CASE("a domain that no route leads to fails, but without any routes mail waits", "[qmgr][pass]") {
  Office office;
  office.routes("far.example provider alias-ppp-\n");
  office.queue("one", "ann@office.example", {"x@elsewhere.example"});
  CHECK(office.pass("one").bounce_id == "one-b");
  office.routes("");
  office.queue("two", "ann@office.example", {"x@elsewhere.example"});
  CHECK(office.pass("two").outcome == PassOutcome::waiting);
  CHECK(office.store.has("two"));
}

TEST_CASE("a delivery that was cut off after its name was recorded is finished and not repeated", "[qmgr][pass]") {
  Office office;
  office.queue("one", "joe@x", {"ann@office.example"});
  REQUIRE(mail::make_maildir(office.scratch.path("ann/Maildir"), mail::MaildirKind::mailbox));
  const auto maildir = office.scratch.path("ann/Maildir");
  REQUIRE(office.store.entry("one", true)->record({mail::placing_record(0, now - 60, maildir, "recorded")}));
  SECTION("still in tmp: renamed") {
    office.scratch.write("ann/Maildir/tmp/recorded", "whole");
    CHECK(office.pass("one").outcome == PassOutcome::finished);
    CHECK(office.in("ann/Maildir") == std::vector<std::string>{"whole"});
  }
  SECTION("already in new: done") {
    office.scratch.write("ann/Maildir/new/recorded", "whole");
    CHECK(office.pass("one").outcome == PassOutcome::finished);
    CHECK(office.in("ann/Maildir").size() == 1);
  }
  SECTION("read and moved to cur: done") {
    office.scratch.write("ann/Maildir/cur/recorded:2,S", "whole");
    CHECK(office.pass("one").outcome == PassOutcome::finished);
    CHECK(office.in("ann/Maildir").empty());
  }
  SECTION("gone within 36 hours: done") {
    CHECK(office.pass("one").outcome == PassOutcome::finished);
    CHECK(office.in("ann/Maildir").empty());
  }
  SECTION("gone for longer: delivered anew") {
    office.move_clock(2 * day);
    CHECK(office.pass("one").outcome == PassOutcome::finished);
    CHECK(office.in("ann/Maildir").size() == 1);
  }
}

TEST_CASE("a bounce that was committed before a crash is not made twice", "[qmgr][pass]") {
  Office office;
  office.queue("one", "ann@office.example", {"nobody@office.example"});
  REQUIRE(office.store.entry("one", true)->record({mail::failed_record(0, now, "5.1.1 no")}));
  office.queue("one-b", "", {"ann@office.example"});
  const auto before = office.store.entry("one-b", true)->header().checksum;
  const auto result = office.pass("one");
  CHECK(result.outcome == PassOutcome::finished);
  CHECK(result.bounce_id == "one-b");
  CHECK(office.store.entry("one-b", true)->header().checksum == before);
}

TEST_CASE("a recipient that cannot be reached expires a lifetime after the first deferral, not after the birth",
          "[qmgr][pass]") {
  Office office;
  office.users("=ann:u:" + Office::ids() + office.scratch.path("nowhere") + ":::\n.\n");
  office.queue("one", "joe@far.example", {"ann@office.example"});
  office.move_clock(30 * day);  // the machine was off: never tried
  CHECK(office.pass("one").outcome == PassOutcome::waiting);
  office.move_clock(6 * day);
  CHECK(office.pass("one").outcome == PassOutcome::waiting);
  office.move_clock(2 * day);
  const auto result = office.pass("one");
  CHECK(result.outcome == PassOutcome::finished);
  CHECK(result.bounce_id == "one-b");
}

TEST_CASE("with a clock that cannot be believed nothing expires", "[qmgr][pass]") {
  Office office;
  office.users("=ann:u:" + Office::ids() + office.scratch.path("nowhere") + ":::\n.\n");
  office.queue("one", "joe@far.example", {"ann@office.example"});
  CHECK(office.pass("one").outcome == PassOutcome::waiting);
  office.reading.wall_seconds += 20 * day;  // set forward, without time passing
  office.clock.observe(office.reading, "boot");
  CHECK(office.pass("one").outcome == PassOutcome::waiting);
  office.move_clock(3600);  // believed by now, but the jump is no time that passed
  CHECK(office.pass("one").outcome == PassOutcome::waiting);
  CHECK(office.store.has("one"));
}

TEST_CASE("a mailbox of another user is left waiting with the reason", "[qmgr][pass]") {
  Office office;
  const auto other = std::to_string(::getuid() + 1) + ":" + std::to_string(::getgid()) + ":";
  office.users("=ann:u:" + other + office.scratch.path("ann") + ":::\n.\n");
  office.queue("one", "joe@x", {"ann@office.example"});
  CHECK(office.pass("one").outcome == PassOutcome::waiting);
  CHECK(office.store.entry("one", true)->state().recipients[0].text.starts_with("4.3.5 mailbox of uid "));
}

TEST_CASE("a damaged entry is reported and stays", "[qmgr][pass]") {
  Office office;
  office.scratch.write("queue/new/broken", "not an entry");
  CHECK(office.pass("broken").outcome == PassOutcome::damaged);
  CHECK(office.store.has("broken"));
}
