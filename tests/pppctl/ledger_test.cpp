#include "pppctl/ledger.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "pppctl/ledger_schema.h"

using namespace pppctl;

namespace {

// The failure's text with the check.
template <class T>
void good(const base::Result<T>& result) {
  INFO((result ? std::string() : result.error().text));
  REQUIRE(result);
}

class Folder {
 public:
  Folder() {
    std::string name = "/tmp/offhook-ledger-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string ledger() const { return path_ + "/ledger"; }

 private:
  std::string path_;
};

// As the first program that kept a ledger wrote it.
constexpr const char* first_form = R"(
CREATE TABLE call (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  link TEXT NOT NULL, kind TEXT NOT NULL, number TEXT NOT NULL, modem TEXT NOT NULL, port TEXT NOT NULL,
  device TEXT NOT NULL, lock_dir TEXT NOT NULL,
  pid INTEGER NOT NULL, start_ticks INTEGER NOT NULL, boot_id TEXT NOT NULL,
  started_wall_ms INTEGER NOT NULL, started_boot_ms INTEGER NOT NULL,
  phase TEXT NOT NULL, connect TEXT NOT NULL DEFAULT '', speed INTEGER,
  sent INTEGER NOT NULL DEFAULT 0, received INTEGER NOT NULL DEFAULT 0,
  updated_wall_ms INTEGER NOT NULL, updated_boot_ms INTEGER NOT NULL,
  on_hook_boot_ms INTEGER, ended_wall_ms INTEGER, ended_boot_ms INTEGER,
  result TEXT NOT NULL DEFAULT 'open', retry TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '', exit INTEGER);
CREATE INDEX call_link ON call (link, id);
CREATE INDEX call_open ON call (id) WHERE ended_wall_ms IS NULL;
CREATE TABLE phase (
  call INTEGER NOT NULL REFERENCES call (id), seq INTEGER NOT NULL, name TEXT NOT NULL, at_ms INTEGER NOT NULL,
  took_ms INTEGER, result TEXT NOT NULL DEFAULT '', retry TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (call, seq)) WITHOUT ROWID;
CREATE TABLE job (
  call INTEGER NOT NULL REFERENCES call (id), seq INTEGER NOT NULL, job TEXT NOT NULL, route TEXT NOT NULL,
  exit INTEGER, signal INTEGER, accepted INTEGER NOT NULL, refused INTEGER NOT NULL, deferred INTEGER NOT NULL,
  left_over INTEGER NOT NULL, unknown INTEGER NOT NULL, sent INTEGER NOT NULL, received INTEGER NOT NULL,
  took_ms INTEGER NOT NULL, text TEXT NOT NULL,
  PRIMARY KEY (call, seq)) WITHOUT ROWID;
CREATE TABLE link (
  name TEXT PRIMARY KEY, failing INTEGER NOT NULL, since_wall_ms INTEGER NOT NULL, retry TEXT NOT NULL,
  reason TEXT NOT NULL, count INTEGER NOT NULL) WITHOUT ROWID;
PRAGMA user_version=1; PRAGMA application_id=1332111467;
)";

CallStart start(const std::string& link = "provider") {
  return {link, "line", "0555100", "hayes", "/dev/modem", "/dev/ttyS1", "/var/lock", this_process(), {1000000, 5000}};
}

Call only_call(Ledger& ledger) {
  auto calls = ledger.calls("", 10);
  REQUIRE(calls);
  REQUIRE(calls->size() == 1);
  return calls->front();
}

}  // namespace

TEST_CASE("the ledger is made with mode 0640 and opened again", "[pppctl][ledger]") {
  const Folder folder;
  REQUIRE(Ledger::open(folder.ledger()));
  struct stat found {};
  REQUIRE(::stat(folder.ledger().c_str(), &found) == 0);
  CHECK((found.st_mode & 07777) == 0640);
  CHECK(Ledger::open(folder.ledger()));
}

TEST_CASE("no ledger is no failure for who only reads", "[pppctl][ledger]") {
  const Folder folder;
  const auto ledger = Ledger::open_existing(folder.ledger());
  REQUIRE(ledger);
  CHECK_FALSE(*ledger);
  CHECK_FALSE(std::filesystem::exists(folder.ledger()));
}

TEST_CASE("a call is kept with its phases, its jobs and its end", "[pppctl][ledger]") {
  const Folder folder;
  auto ledger = Ledger::open(folder.ledger());
  REQUIRE(ledger);
  const auto id = ledger->begin(start());
  REQUIRE(id);
  good(ledger->change_phases(*id, {{Phase::locked, {1000100, 5100}, {}}, {Phase::dialling, {1000200, 5200}, {}}}, {}));
  CallNews connected;
  connected.connection = {"CONNECT 33600/ARQ", 33600};
  good(ledger->change_phases(*id, {}, {}, connected));
  good(ledger->note_octets(*id, {70, 30}, {1003000, 8000}));
  JobRecord job;
  job.job = "flush";
  job.route = "provider";
  job.exit = 0;
  job.accepted = 3;
  job.octets = {70, 30};
  const modem::Trouble busy{modem::Retry::soon, "BUSY", "", 0};
  CallNews done;
  done.jobs.push_back(job);
  good(ledger->change_phases(*id, {{Phase::hanging_up, {1004000, 9000}, busy}}, {70, 30}, done));
  good(ledger->end(*id, {CallResult::failed, "soon", "BUSY", 111, {1005000, 10000}, 9500},
                   LinkState{"provider", true, 1005000, "soon", "BUSY", 1}));

  const auto call = only_call(*ledger);
  CHECK(call.start.number == "0555100");
  CHECK(call.start.process == this_process());
  CHECK(call.connect == "CONNECT 33600/ARQ");
  CHECK(call.speed == 33600);
  CHECK(call.octets.sent == 70);
  CHECK(call.result == "failed");
  CHECK(call.exit == 111);
  CHECK(call.ended->boot_ms == 10000);
  REQUIRE(call.phases.size() == 4);
  CHECK(call.phases[0].name == "idle");
  CHECK(call.phases[0].took_ms == 100);
  CHECK(call.phases[2].name == "dialling");
  CHECK(call.phases[2].at_ms == 200);
  CHECK(call.phases[2].took_ms == 3800);
  CHECK(call.phases[2].result == "failed");
  CHECK(call.phases[2].retry == "soon");
  CHECK(call.phases[3].took_ms == 1000);
  REQUIRE(call.jobs.size() == 1);
  CHECK(call.jobs[0].accepted == 3);
  CHECK(call.jobs[0].exit == 0);
  CHECK_FALSE(call.jobs[0].signal);

  const auto state = ledger->state("provider");
  REQUIRE(state);
  REQUIRE(*state);
  CHECK((*state)->failing);
  CHECK((*state)->reason == "BUSY");
  const auto on_hook = ledger->last_on_hook("/dev/modem", call.start.process.boot_id);
  REQUIRE(on_hook);
  CHECK(*on_hook == 9500);
  CHECK_FALSE(*ledger->last_on_hook("/dev/modem", "another boot"));
}

TEST_CASE("open rows are those without an end", "[pppctl][ledger]") {
  const Folder folder;
  auto ledger = Ledger::open(folder.ledger());
  REQUIRE(ledger);
  const auto first = ledger->begin(start());
  const auto second = ledger->begin(start("branch"));
  REQUIRE(first);
  REQUIRE(second);
  CHECK(ledger->open_calls("")->size() == 2);
  CHECK(ledger->open_calls("branch")->size() == 1);
  good(ledger->end(*first, {CallResult::died, "soon", "died", {}, {1, 1}, {}}, {}));
  CHECK(ledger->open_calls("")->size() == 1);
  CHECK(ledger->calls("provider", 5)->front().result == "died");
  CHECK_FALSE(ledger->calls("provider", 5)->front().exit);
}

TEST_CASE("the phase in which a session died stays without an end", "[pppctl][ledger]") {
  const Folder folder;
  auto ledger = Ledger::open(folder.ledger());
  REQUIRE(ledger);
  const auto id = ledger->begin(start());
  REQUIRE(id);
  good(ledger->end(*id, {CallResult::died, "soon", "died", {}, {1, 1}, {}}, {}));
  CHECK_FALSE(only_call(*ledger).phases.back().took_ms);
}

TEST_CASE("the newest calls come first and no more than asked for", "[pppctl][ledger]") {
  const Folder folder;
  auto ledger = Ledger::open(folder.ledger());
  REQUIRE(ledger);
  for (int i = 0; i < 5; ++i) good(ledger->begin(start()));
  const auto calls = ledger->calls("provider", 2);
  REQUIRE(calls);
  REQUIRE(calls->size() == 2);
  CHECK(calls->at(0).id > calls->at(1).id);
}

TEST_CASE("a file that is no ledger is refused in one line", "[pppctl][ledger]") {
  const Folder folder;
  std::ofstream(folder.ledger()) << std::string(5000, 'x');
  const auto ledger = Ledger::open(folder.ledger());
  REQUIRE_FALSE(ledger);
  CHECK(ledger.error().kind == base::FailureKind::temporary);
  CHECK(ledger.error().text.find("is damaged") != std::string::npos);
  CHECK(ledger.error().text.find('\n') == std::string::npos);
}

TEST_CASE("a ledger with a torn page is refused in one line", "[pppctl][ledger]") {
  const Folder folder;
  {
    auto ledger = Ledger::open(folder.ledger());
    REQUIRE(ledger);
    for (int i = 0; i < 200; ++i) good(ledger->begin(start()));
  }
  std::fstream file(folder.ledger(), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(4096);
  file << std::string(8192, '\x5a');
  file.close();
  const auto ledger = Ledger::open(folder.ledger());
  REQUIRE_FALSE(ledger);
  CHECK(ledger.error().text.find("is damaged") != std::string::npos);
}

TEST_CASE("a ledger is looked through once in a boot, and again in the next", "[pppctl][ledger]") {
  const Folder folder;
  {
    auto ledger = Ledger::open(folder.ledger());
    REQUIRE(ledger);
    for (int i = 0; i < 200; ++i) good(ledger->begin(start()));
  }
  REQUIRE(Ledger::open(folder.ledger()));
  auto database = Database::open(folder.ledger(), Database::Mode::existing);
  REQUIRE(database);
  // An entry that its table has not: only who looks at all of them finds it.
  good(
      database->execute("PRAGMA writable_schema=ON; UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM "
                        "sqlite_schema WHERE name = 'job') WHERE name = 'phase'; PRAGMA writable_schema=OFF"));
  CHECK(Ledger::open(folder.ledger()));
  good(database->execute("UPDATE looked_through SET boot_id = 'the boot before'"));
  const auto ledger = Ledger::open(folder.ledger());
  REQUIRE_FALSE(ledger);
  CHECK(ledger.error().text.find("is damaged") != std::string::npos);
}

TEST_CASE("each dial has its number, and the call that of the last", "[pppctl][ledger]") {
  const Folder folder;
  auto ledger = Ledger::open(folder.ledger());
  REQUIRE(ledger);
  const auto id = ledger->begin(start());
  REQUIRE(id);
  const modem::Trouble busy{modem::Retry::soon, "BUSY", "", 0};
  good(ledger->change_phases(*id, {{Phase::dialling, {1000100, 5100}, {}, "1"}}, {}));
  good(ledger->change_phases(*id, {{Phase::port_open, {1000200, 5200}, busy}}, {}));
  CHECK(only_call(*ledger).start.number == "1");
  good(ledger->change_phases(*id, {{Phase::dialling, {1000300, 5300}, {}, "2"}}, {}));
  CHECK(only_call(*ledger).start.number == "2");
  good(ledger->end(*id, {CallResult::ok, "", "", 0, {1005000, 10000}, 9500}, {}));
  const auto dials = ledger->dials("provider", 9);
  REQUIRE(dials);
  REQUIRE(dials->size() == 2);
  CHECK(dials->at(0).number == "2");
  CHECK(dials->at(0).result == "ok");
  CHECK(dials->at(0).at.at.boot_ms == 5300);
  CHECK(dials->at(1).number == "1");
  CHECK(dials->at(1).result == "failed");
  CHECK(only_call(*ledger).phases.at(1).number == "1");
}

TEST_CASE("the number that somebody else dialled is that of the phase in hand", "[pppctl][ledger]") {
  const Folder folder;
  auto ledger = Ledger::open(folder.ledger());
  REQUIRE(ledger);
  const auto id = ledger->begin(start());
  REQUIRE(id);
  good(ledger->change_phases(*id, {{Phase::dialling, {1000100, 5100}, {}}}, {}));
  CHECK(ledger->dials("provider", 9)->at(0).number.empty());
  CallNews news;
  news.number = "2";
  good(ledger->change_phases(*id, {{Phase::connected, {1000200, 5200}, {}}}, {}, news));
  CHECK(ledger->dials("provider", 9)->at(0).number == "2");
  CHECK(only_call(*ledger).start.number == "2");
}

TEST_CASE("what a person has cleared counts for no number, and stays so through later failures", "[pppctl][ledger]") {
  const Folder folder;
  auto ledger = Ledger::open(folder.ledger());
  REQUIRE(ledger);
  const auto fail = [&] {
    const auto id = ledger->begin(start());
    REQUIRE(id);
    good(ledger->change_phases(*id, {{Phase::dialling, {1000100, 5100}, {}, "1"}}, {}));
    good(ledger->end(*id, {CallResult::failed, "soon", "BUSY", 111, {1005000, 10000}, 9500},
                     LinkState{"provider", true, 1005000, "soon", "BUSY", 1}));
  };
  const auto numbers = [&] {
    std::vector<std::string> all;
    for (const auto& dial : ledger->dials("provider", 9).value()) all.push_back(dial.number);
    return all;
  };
  fail();
  CHECK(numbers() == std::vector<std::string>{"1"});
  good(ledger->clear("provider", 1006000));
  CHECK(numbers() == std::vector<std::string>{""});
  CHECK_FALSE(ledger->state("provider")->value().failing);
  fail();
  CHECK(numbers() == std::vector<std::string>{"1", ""});
}

TEST_CASE("a ledger of a newer form is refused", "[pppctl][ledger]") {
  const Folder folder;
  REQUIRE(Ledger::open(folder.ledger()));
  auto database = Database::open(folder.ledger(), Database::Mode::existing);
  REQUIRE(database);
  REQUIRE(database->execute("PRAGMA user_version=99"));
  CHECK_FALSE(Ledger::open(folder.ledger()));
}

TEST_CASE("a ledger of the first form keeps its calls and gets what the later ones have", "[pppctl][ledger]") {
  const Folder folder;
  {
    auto database = Database::open(folder.ledger(), Database::Mode::create);
    REQUIRE(database);
    good(database->execute(first_form));
    good(database->execute(
        "INSERT INTO call (link, kind, number, modem, port, device, lock_dir, pid, start_ticks, boot_id, "
        "started_wall_ms, started_boot_ms, phase, updated_wall_ms, updated_boot_ms) VALUES ('provider', 'line', "
        "'0555100', 'hayes', '/dev/modem', '/dev/ttyS1', '/var/lock', 7, 8, 'boot', 1000000, 5000, 'dialling', "
        "1000000, "
        "5000); INSERT INTO phase (call, seq, name, at_ms) VALUES (1, 0, 'idle', 0), (1, 1, 'dialling', 10), (1, 2, "
        "'port_open', 20), (1, 3, 'dialling', 30); INSERT INTO link VALUES ('provider', 1, 1000000, 'soon', 'BUSY', "
        "3)"));
  }
  auto ledger = Ledger::open(folder.ledger());
  good(ledger);
  const auto old = only_call(*ledger);
  CHECK(old.start.number == "0555100");
  CHECK(old.start.account.empty());
  CHECK(old.interface.name.empty());
  CHECK_FALSE(old.cost);
  CHECK(ledger->state("provider")->value().count == 3);
  CHECK(ledger->dials("provider", 9)->at(0).number.empty());
  CHECK(ledger->dials("provider", 9)->at(1).number == "0555100");
  good(ledger->begin(start()));
  good(Ledger::open(folder.ledger()));
  auto database = Database::open(folder.ledger(), Database::Mode::existing);
  REQUIRE(database);
  auto version = database->prepare("PRAGMA user_version");
  REQUIRE(version.step());
  CHECK(version.integer(0) == schema_version);
}

TEST_CASE("a change of form that fails leaves the ledger in the form it had", "[pppctl][ledger]") {
  const Folder folder;
  {
    auto database = Database::open(folder.ledger(), Database::Mode::create);
    REQUIRE(database);
    good(database->execute(first_form));
    // In the way of the last column but some.
    good(database->execute("ALTER TABLE call ADD COLUMN tax_nano INTEGER"));
  }
  CHECK_FALSE(Ledger::open(folder.ledger()));
  auto database = Database::open(folder.ledger(), Database::Mode::existing);
  REQUIRE(database);
  auto version = database->prepare("PRAGMA user_version");
  REQUIRE(version.step());
  CHECK(version.integer(0) == 1);
  auto columns = database->prepare("SELECT COUNT(*) FROM pragma_table_info('call') WHERE name = 'interface'");
  REQUIRE(columns.step());
  CHECK(columns.integer(0) == 0);
}

TEST_CASE("a call keeps whose money it is, its interface and what its modem said", "[pppctl][ledger]") {
  const Folder folder;
  auto ledger = Ledger::open(folder.ledger());
  REQUIRE(ledger);
  auto priced = start();
  priced.account = "office";
  priced.currency = "EUR";
  priced.tariff = "landline";
  const auto id = ledger->begin(priced);
  REQUIRE(id);
  CallNews news;
  news.interface = {"ppp0", "10.0.0.2", "10.0.0.1"};
  news.modem = {"home", "Example Mobile", "-73 dBm", "33600 V.42"};
  good(ledger->change_phases(*id, {}, {}, news));
  const auto call = only_call(*ledger);
  CHECK(call.start.account == "office");
  CHECK(call.start.currency == "EUR");
  CHECK(call.start.tariff == "landline");
  CHECK(call.interface.name == "ppp0");
  CHECK(call.interface.local_ip == "10.0.0.2");
  CHECK(call.interface.remote_ip == "10.0.0.1");
  CHECK(call.modem.network == "home");
  CHECK(call.modem.carrier == "Example Mobile");
  CHECK(call.modem.signal == "-73 dBm");
  CHECK(call.modem.report == "33600 V.42");
  CHECK(call.reserved_nano == 0);
  CHECK_FALSE(call.cost);
}

TEST_CASE("a folder that is not there is said with its name", "[pppctl][ledger]") {
  const auto ledger = Ledger::open("/nonexistent/ledger");
  REQUIRE_FALSE(ledger);
  CHECK(ledger.error().text == "make the ledger /nonexistent/ledger: No such file or directory");
}

TEST_CASE("a transaction that is not committed leaves nothing", "[pppctl][ledger]") {
  const Folder folder;
  auto database = Database::open(folder.ledger(), Database::Mode::create);
  REQUIRE(database);
  REQUIRE(database->execute("CREATE TABLE t (x INTEGER)"));
  {
    auto transaction = Transaction::begin(*database);
    REQUIRE(transaction);
    REQUIRE(database->prepare("INSERT INTO t VALUES (?)").with(1).run());
  }
  auto count = database->prepare("SELECT COUNT(*) FROM t");
  REQUIRE(count.step());
  CHECK(count.integer(0) == 0);
}
