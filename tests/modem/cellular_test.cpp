#include "modem/cellular.h"

#include <catch2/catch.hpp>
#include <map>

namespace {

using namespace std::chrono_literals;
using modem::AtDialogue;
using modem::CellularDialogue;
using modem::PinFate;
using modem::Service;

// What the modem answers to each command, in turn; the last answer stays. "+CREG: 0,2|OK" is two lines, "" silence. A
// command that is not here gets OK.
using Answers = std::map<std::string, std::vector<std::string>>;

struct Modem {
  Answers answers;
  std::map<std::string, std::size_t> asked;
  std::vector<std::string> transcript;
  std::string pin = "1234";
  PinFate fate = PinFate::unsent;
  CellularDialogue::Time now{0};

  modem::AtAnswer answer(const modem::AtCommand& command) {
    const auto line = command.bytes.substr(0, command.bytes.find('\r'));
    auto& turn = asked[line];
    const auto found = answers.find(line);
    std::string text = found == answers.end() ? "OK" : found->second[std::min(turn, found->second.size() - 1)];
    ++turn;
    now += text.empty() ? std::chrono::duration_cast<CellularDialogue::Time>(command.limit) : 100ms;
    for (char& c : text) {
      if (c == '|') c = '\r';
    }
    AtDialogue dialogue(command);
    [[maybe_unused]] auto begun = dialogue.start();
    for (const char c : text + "\r") {
      for (auto& action : dialogue.on(AtDialogue::Octet{static_cast<unsigned char>(c)})) {
        if (auto* done = std::get_if<AtDialogue::Done>(&action)) return done->answer;
      }
    }
    return std::get<AtDialogue::Done>(dialogue.on(AtDialogue::Expired{}).at(0)).answer;
  }

  std::string fate_word(PinFate of) {
    return of == PinFate::sent ? "sent" : of == PinFate::refused ? "refused" : "taken";
  }

  // The end: "ready: …" or "later: … (…)".
  std::string run(CellularDialogue::Order order) {
    CellularDialogue dialogue(std::move(order));
    auto action = dialogue.start();
    for (int i = 0; i < 1000; ++i) {
      if (const auto* ask = std::get_if<CellularDialogue::Ask>(&action)) {
        transcript.push_back(ask->command.bytes.substr(0, ask->command.bytes.find('\r')));
        action = dialogue.on(CellularDialogue::Answered{answer(ask->command)}, now);
      } else if (const auto* wait = std::get_if<CellularDialogue::Wait>(&action)) {
        now += wait->time;
        transcript.push_back("wait " + std::to_string(wait->time.count()));
        action = dialogue.on(CellularDialogue::Waited{}, now);
      } else if (const auto* read = std::get_if<CellularDialogue::ReadPin>(&action)) {
        transcript.push_back("read PIN of " + read->serial);
        action = dialogue.on(CellularDialogue::PinRead{base::Secret(pin), fate, "MEMORY"}, now);
      } else if (const auto* note = std::get_if<CellularDialogue::NotePin>(&action)) {
        transcript.push_back("note " + fate_word(note->fate));
        action = dialogue.on(CellularDialogue::PinNoted{}, now);
      } else if (const auto* ready = std::get_if<CellularDialogue::Ready>(&action)) {
        return "ready: " + ready->state.text();
      } else {
        const auto& trouble = std::get<CellularDialogue::Failed>(action).trouble;
        return std::string(modem::word(trouble.retry)) + ": " + trouble.line();
      }
    }
    return "endless";
  }

  [[nodiscard]] std::size_t count(const std::string& line) const {
    return static_cast<std::size_t>(std::count(transcript.begin(), transcript.end(), line));
  }
};

Answers good() {
  return {{"AT+CPIN?", {"+CPIN: READY|OK"}},       {"AT+CREG?", {"+CREG: 0,1|OK"}},
          {"AT+CGREG?", {"+CGREG: 0,1|OK"}},       {"AT+CSQ", {"+CSQ: 17,99|OK"}},
          {"AT+COPS?", {"+COPS: 0,0,\"Net\"|OK"}}, {"AT+CGATT?", {"+CGATT: 1|OK"}},
          {"AT+CGSN", {"356938035643809|OK"}},     {"AT+CPINR", {"+CPINR: SIM PIN,3,3|OK"}}};
}

CellularDialogue::Order order(Service service = Service::circuit) {
  CellularDialogue::Order order;
  order.file = "modems/m.toml";
  order.service = service;
  order.profile.pin_file = "PINFILE";
  return order;
}

CellularDialogue::Order iridium() {
  auto made = order();
  made.satellite = true;
  return made;
}

Modem with(Answers more) {
  Modem modem;
  modem.answers = good();
  for (auto& [command, answers] : more) modem.answers[command] = answers;
  return modem;
}

std::string run(Answers more, CellularDialogue::Order of = order()) { return with(std::move(more)).run(std::move(of)); }

bool starts(const std::string& text, const std::string& with) { return text.starts_with(with); }

using Transcript = std::vector<std::string>;

}  // namespace

TEST_CASE("a modem that is ready is asked everything once", "[modem][cellular]") {
  auto modem = with({});
  CHECK(modem.run(order()) == "ready: in its home network Net, signal 17 of 31 (-79 dBm)");
  CHECK(modem.transcript == Transcript{"AT+CMEE=1", "AT+CPIN?", "AT+CREG?", "AT+COPS?", "AT+CSQ"});
}

TEST_CASE("a packet call asks for the packet network and sets its context", "[modem][cellular]") {
  auto modem = with({{"AT+CGATT?", {"+CGATT: 0|OK"}}});
  auto packet = order(Service::packet);
  packet.profile.apn = "internet";
  packet.profile.context = 2;
  CHECK(starts(modem.run(packet), "ready: "));
  CHECK(modem.transcript == Transcript{"AT+CMEE=1", "AT+CPIN?", "AT+CGREG?", "AT+COPS?", "AT+CSQ",
                                       "AT+CGDCONT=2,\"IP\",\"internet\"", "AT+CGATT?", "AT+CGATT=1"});
  CHECK(modem::service_of("*99#") == Service::packet);
  CHECK(modem::service_of("*99***1#") == Service::packet);
  CHECK(modem::service_of("008816000025") == Service::circuit);
}

TEST_CASE("a circuit-switched call sets its bearer", "[modem][cellular]") {
  auto modem = with({});
  auto circuit = order();
  circuit.profile.bearer = "71,0,1";
  CHECK(starts(modem.run(circuit), "ready: "));
  CHECK(modem.transcript.back() == "AT+CBST=71,0,1");
  CHECK(starts(run({{"AT+CBST=71,0,1", {"+CME ERROR: 50"}}}, circuit), "stop: incorrect parameters: it answers "));
}

TEST_CASE("a satellite's modem has a signal of its own", "[modem][cellular]") {
  auto modem = with({{"AT+CSQ", {"+CSQ:3|OK"}}});
  CHECK(modem.run(iridium()) == "ready: in its home network Net, signal 3 of 5");
  CHECK(modem.transcript.back() == "AT+CSQ");
  CHECK(modem.count("AT+CREG?") == 1);
  auto slow = with({{"AT+CSQ", {""}}, {"AT+CSQF", {"+CSQF:2|OK"}}});
  CHECK(slow.run(iridium()) == "ready: in its home network Net, signal 2 of 5");
}

TEST_CASE("the PIN is sent once, after it was noted, and forgotten when it was taken", "[modem][cellular]") {
  auto modem = with({{"AT+CPIN?", {"+CPIN: SIM PIN|OK", "+CPIN: READY|OK"}}});
  CHECK(starts(modem.run(order()), "ready: "));
  CHECK(modem.transcript == Transcript{"AT+CMEE=1", "AT+CPIN?", "AT+CGSN", "AT+CPINR", "read PIN of 356938035643809",
                                       "note sent", "AT+CPIN=\"1234\"", "note taken", "AT+CPIN?", "AT+CREG?",
                                       "AT+COPS?", "AT+CSQ"});
}

TEST_CASE("whatever else than OK comes back to the PIN, it is noted as refused and not sent again",
          "[modem][cellular]") {
  for (const auto* said : {"+CME ERROR: 16", "ERROR", "+CME ERROR: 12", "+CME ERROR: 14", "+CME ERROR: nonsense"}) {
    CAPTURE(said);
    auto modem = with({{"AT+CPIN?", {"+CPIN: SIM PIN|OK"}}, {"AT+CPIN=\"1234\"", {said}}});
    const auto end = modem.run(order());
    CHECK(starts(end, "stop: the SIM has refused the PIN in PINFILE"));
    CHECK(end.find("1234") == std::string::npos);
    CHECK(modem.count("AT+CPIN=\"1234\"") == 1);
    CHECK(modem.transcript.back() == "note refused");
  }
}

TEST_CASE("a PIN without an answer stays noted as sent", "[modem][cellular]") {
  auto modem = with({{"AT+CPIN?", {"+CPIN: SIM PIN|OK"}}, {"AT+CPIN=\"1234\"", {""}}});
  const auto end = modem.run(order());
  CHECK(end == "later: no answer to 'AT+CPIN=...' within 15 s");
  CHECK(modem.transcript.back() == "AT+CPIN=\"1234\"");
}

TEST_CASE("a PIN that was refused, or sent without an answer, is not sent again", "[modem][cellular]") {
  for (const auto fate : {PinFate::refused, PinFate::sent}) {
    auto modem = with({{"AT+CPIN?", {"+CPIN: SIM PIN|OK"}}, {"AT+CPINR", {"ERROR"}}});
    modem.fate = fate;
    const auto end = modem.run(order());
    CHECK(starts(end, "stop: "));
    CHECK(end.find("remove MEMORY") != std::string::npos);
    CHECK(modem.count("AT+CPIN=\"1234\"") == 0);
  }
  // All its attempts are left, so that the one without an answer did not count.
  auto modem = with({{"AT+CPIN?", {"+CPIN: SIM PIN|OK", "+CPIN: READY|OK"}}});
  modem.fate = PinFate::sent;
  CHECK(starts(modem.run(order()), "ready: "));
}

TEST_CASE("the last attempt of a PIN is left to a person", "[modem][cellular]") {
  auto modem = with({{"AT+CPIN?", {"+CPIN: SIM PIN|OK"}}, {"AT+CPINR", {"+CPINR: SIM PIN,1,3|OK"}}});
  CHECK(starts(modem.run(order()), "stop: the SIM has 1 attempt left for its PIN"));
  CHECK(modem.count("AT+CPIN=\"1234\"") == 0);
}

TEST_CASE("a SIM that asks again after it has taken the PIN does not get it twice", "[modem][cellular]") {
  auto modem = with({{"AT+CPIN?", {"+CPIN: SIM PIN|OK"}}});
  CHECK(starts(modem.run(order()), "soon: the SIM is busy"));
  CHECK(modem.count("AT+CPIN=\"1234\"") == 1);
}

TEST_CASE("what is no PIN is not sent", "[modem][cellular]") {
  for (const auto* pin : {"", "123", "123456789", "12a4", "1234\",\"", " 1234"}) {
    CAPTURE(pin);
    auto modem = with({{"AT+CPIN?", {"+CPIN: SIM PIN|OK"}}});
    modem.pin = pin;
    CHECK(starts(modem.run(order()), "stop: PINFILE holds no PIN"));
    CHECK(modem.transcript.back() == "read PIN of 356938035643809");
  }
}

TEST_CASE("what the SIM asks for besides its PIN is a person's", "[modem][cellular]") {
  CHECK(starts(run({{"AT+CPIN?", {"+CPIN: SIM PUK|OK"}}}), "stop: the SIM is locked and asks for its PUK"));
  CHECK(starts(run({{"AT+CPIN?", {"+CPIN: PH-NET PIN|OK"}}}),
               "stop: the SIM or the modem is locked: it asks for 'PH-NET PIN'"));
  CHECK(starts(run({{"AT+CPIN?", {"+CME ERROR: 10"}}}), "stop: SIM not inserted"));
  auto without = order();
  without.profile.pin_file.clear();
  CHECK(starts(run({{"AT+CPIN?", {"+CPIN: SIM PIN|OK"}}}, without), "stop: the SIM asks for its PIN ("));
}

TEST_CASE("a SIM that is busy is waited for, at most 30 s", "[modem][cellular]") {
  auto modem = with({{"AT+CPIN?", {"+CME ERROR: 14", "+CME ERROR: 14", "+CPIN: READY|OK"}}});
  CHECK(starts(modem.run(order()), "ready: "));
  CHECK(modem.count("wait 5000") == 2);
  auto busy = with({{"AT+CPIN?", {"+CME ERROR: 14"}}});
  CHECK(starts(busy.run(order()), "soon: the SIM is busy, for 30 s by now"));
  CHECK(busy.count("wait 5000") == 6);
}

TEST_CASE("a modem without a card's commands is asked for its registration", "[modem][cellular]") {
  CHECK(starts(run({{"AT+CPIN?", {"ERROR"}}, {"AT+CMEE=1", {"ERROR"}}}), "ready: "));
  CHECK(starts(run({{"AT+CPIN?", {"+CME ERROR: 4"}}}), "ready: "));
}

TEST_CASE("a registration is waited for until its time is up", "[modem][cellular]") {
  auto modem = with({{"AT+CREG?", {"+CREG: 0,2|OK", "+CREG: 0,2|OK", "+CREG: 0,1|OK"}}});
  CHECK(starts(modem.run(order()), "ready: "));
  CHECK(modem.count("wait 3000") == 2);
  auto impatient = order();
  impatient.profile.registration_timeout = 10s;
  CHECK(starts(run({{"AT+CREG?", {"+CREG: 0,2|OK"}}}, impatient),
               "later: not in a network: searching for a network after 10 s (look at the antenna"));
  CHECK(starts(run({{"AT+CREG?", {"+CREG: 0,0|OK"}}}, impatient), "later: not in a network: not registered and not"));
  CHECK(starts(run({{"AT+CREG?", {"+CREG: 0,8|OK"}}}, impatient), "stop: "));
  CHECK(starts(run({{"AT+CREG?", {"+CME ERROR: 30"}}}, impatient), "later: not in a network: registration unknown"));
}

TEST_CASE("a denial that stays is a person's matter", "[modem][cellular]") {
  auto modem = with({{"AT+CREG?", {"+CREG: 0,3|OK"}}});
  CHECK(starts(modem.run(order()), "stop: not in a network: registration denied"));
  CHECK(modem.count("AT+CREG?") == 2);
  CHECK(starts(run({{"AT+CREG?", {"+CREG: 0,3|OK", "+CREG: 0,2|OK", "+CREG: 0,3|OK", "+CREG: 0,1|OK"}}}), "ready: "));
}

TEST_CASE("of several packet domains one that has registered will do", "[modem][cellular]") {
  auto modem = with({{"AT+CGREG?", {"+CGREG: 0,2|OK"}}, {"AT+CEREG?", {"+CEREG: 0,1|OK"}}});
  CHECK(starts(modem.run(order(Service::packet)), "ready: "));
  auto old = with({{"AT+CGREG?", {"+CGREG: 0,2|OK", "+CGREG: 0,1|OK"}}, {"AT+CEREG?", {"ERROR"}}});
  CHECK(starts(old.run(order(Service::packet)), "ready: "));
  CHECK(old.count("AT+CEREG?") == 1);
  auto older = with({{"AT+CGREG?", {"ERROR"}}, {"AT+CEREG?", {"ERROR"}}});
  CHECK(starts(older.run(order(Service::packet)), "ready: "));
  CHECK(older.count("AT+CREG?") == 1);
  CHECK(starts(run({{"AT+CREG?", {"ERROR"}}}), "stop: the modem refuses a command"));
}

TEST_CASE("an unsolicited registration is no answer", "[modem][cellular]") {
  auto modem = with({{"AT+CREG?", {"+CREG: 1|+CREG: 1,2|OK", "+CREG: 2|+CREG: 1,1|OK"}}});
  CHECK(starts(modem.run(order()), "ready: "));
  CHECK(modem.count("AT+CREG?") == 2);
}

TEST_CASE("in a foreign network nothing is dialled unless the profile allows it", "[modem][cellular]") {
  const Answers abroad{{"AT+CREG?", {"+CREG: 0,5|OK"}}};
  CHECK(run(abroad) ==
        "stop: in a foreign network Net, and roaming is not allowed: not dialled (if its costs are accepted, set "
        "roaming = "
        "true in [cellular] of modems/m.toml)");
  auto allowed = order();
  allowed.profile.roaming = true;
  CHECK(run(abroad, allowed) == "ready: in a foreign network Net, signal 17 of 31 (-79 dBm)");
}

TEST_CASE("a weak signal is asked for again slowly, and then nothing is dialled", "[modem][cellular]") {
  auto modem = with({{"AT+CSQ", {"+CSQ: 0,99|OK"}}});
  CHECK(starts(modem.run(order()), "later: signal 0 of 31 (-113 dBm), and the least for a call is 1"));
  CHECK(modem.count("AT+CSQ") == 5);
  CHECK(modem.count("wait 3000") == 4);
  CHECK(starts(run({{"AT+CSQ", {"+CSQ:0|OK"}}}, iridium()), "later: signal 0 of 5, and the least for a call is 1"));
  CHECK(starts(run({{"AT+CSQ", {"+CSQ: 0,99|OK", "+CSQ: 9,99|OK"}}}), "ready: "));
  auto any = order();
  any.profile.min_signal = 0;
  CHECK(starts(run({{"AT+CSQ", {"+CSQ: 0,99|OK"}}}, any), "ready: "));
}

TEST_CASE("a signal that the modem does not know is not held against it", "[modem][cellular]") {
  CHECK(run({{"AT+CSQ", {"+CSQ: 99,99|OK"}}}) == "ready: in its home network Net, signal unknown");
  CHECK(run({{"AT+CSQ", {"ERROR"}}}) == "ready: in its home network Net, signal unknown");
}

TEST_CASE("a network of our choice is set only where the modem is in another", "[modem][cellular]") {
  auto chosen = order();
  chosen.profile.network = "26201";
  auto modem = with({{"AT+COPS?", {"+COPS: 0,2,\"26202\"|OK", "+COPS: 1,2,\"26201\"|OK"}}});
  CHECK(starts(modem.run(chosen), "ready: "));
  CHECK(modem.count("AT+COPS=3,2") == 1);
  CHECK(modem.count("AT+COPS=1,2,\"26201\"") == 1);
  auto there = with({{"AT+COPS?", {"+COPS: 1,2,\"26201\"|OK"}}});
  CHECK(starts(there.run(chosen), "ready: "));
  CHECK(there.count("AT+COPS=1,2,\"26201\"") == 0);
  chosen.profile.network = "Net 2";
  auto named = with({});
  CHECK(starts(named.run(chosen), "ready: "));
  CHECK(named.count("AT+COPS=1,0,\"Net 2\"") == 1);
  CHECK(named.count("AT+COPS=?") == 0);
}

TEST_CASE("a hardware failure of the transceiver ends it wherever it comes", "[modem][cellular]") {
  for (const auto* command : {"AT+CMEE=1", "AT+CPIN?", "AT+CREG?", "AT+CSQ"}) {
    CAPTURE(command);
    CHECK(starts(run({{command, {"HARDWARE FAILURE: 0,1|OK"}}}, iridium()),
                 "later: the modem says 'HARDWARE FAILURE: 0,1'"));
  }
}

TEST_CASE("a modem that falls silent in the dialogue is told with the command", "[modem][cellular]") {
  for (const auto& [command, seconds] : std::map<std::string, std::string>{
           {"AT+CPIN?", "15"}, {"AT+CREG?", "5"}, {"AT+CSQ", "15"}, {"AT+COPS?", "15"}}) {
    CHECK(run({{command, {""}}}) == "later: no answer to '" + command + "' within " + seconds + " s");
  }
}
