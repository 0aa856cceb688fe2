// Every class of reply at every step of a session: what becomes of each recipient.
//
// Two messages: the first to two recipients, the second to one. A server that answers everything well gives one answer
// that is not the usual one, the first time that a step of theirs is reached. A cell of the tables says what each
// recipient got: A accepted, D deferred, R refused, - nothing, * nothing and its message is in doubt; and behind it, !
// where that was the end of the session. Silence is an answer that does not come within its time.
#include <catch2/catch.hpp>

#include <array>
#include <deque>
#include <map>
#include <sstream>

#include "mta/mail/smtp_client.h"

namespace {

using Client = mail::SmtpClient;
constexpr Client::Time now{0};

enum class Way { lock_step, pipelining, first_chunk, chunks, remembered };  // remembered: by an earlier session

constexpr std::array columns{"220", "250",      "354",   "450",     "550",    "421",  "530",
                             "150", "nonsense", "mixed", "silence", "closed", "twice"};

// What stands in a column, as octets; silence and closed are none.
std::string octets_of(const std::string& column) {
  if (column == "nonsense") return "hello\r\n";
  if (column == "mixed") return "250-yes\r\n550 and no\r\n";
  return column + " so it is\r\n";
}

class Session {
 public:
  Session(Way way, std::string step, std::string column)
      : client_(options(way)), step_(std::move(step)), column_(std::move(column)), way_(way) {
    const bool opening = step_ == "connect" || step_ == "EHLO" || step_ == "HELO";
    if (way == Way::chunks) offers_.push_back(message(0, {"w"}));  // it goes well, so that BDAT is trusted
    counting_ = opening || way != Way::chunks;
    abandoned_ = step_ == "RSET";
    offers_.push_back(message(1, {"x", "y"}));
    offers_.push_back(message(2, {"z"}));
    take(client_.start());
    answer("connect", "220 ready");
    run();
  }

  [[nodiscard]] std::string outcome() const {
    std::string text;
    for (const std::uint64_t id : {1U, 2U}) {
      const bool doubted = std::find(in_doubt_.begin(), in_doubt_.end(), id) != in_doubt_.end();
      for (std::size_t recipient = 0; recipient < (id == 1 ? 2U : 1U); ++recipient) {
        const auto found = results_.find({id, recipient});
        text += found != results_.end() ? found->second : doubted ? '*' : '-';
      }
    }
    return text + (failed_ ? "!" : "");
  }

 private:
  static Client::Transaction message(std::uint64_t id, const std::vector<std::string>& recipients) {
    Client::Transaction made;
    made.id = id;
    made.sender = mail::Address::from_envelope("a@office.example").value();
    for (const auto& one : recipients)
      made.recipients.push_back(mail::Address::from_envelope(one + "@isp.example").value());
    made.size = 100;
    made.command_like = false;
    return made;
  }

  // The server.

  void answer(const std::string& step, const std::string& usual) {
    if (counting_ && step == step_) {
      counting_ = false;
      if (column_ == "silence" || column_ == "closed") return replies_.push_back(column_);
      if (column_ != "twice") {
        replies_.push_back(octets_of(column_));
        return obey(step, std::atoi(column_.c_str()));
      }
      replies_.push_back(usual + "\r\n");
    }
    replies_.push_back(usual + "\r\n");
    obey(step, std::atoi(usual.c_str()));
  }

  void obey(const std::string& step, int code) {
    if (step == "MAIL") has_sender_ = code / 100 == 2;
    if (step.starts_with("RCPT") && code / 100 == 2) recipients_ += step.back();
    if (step == "body" && code == 250) taken_ += recipients_;
    if (step == "body" || step == "RSET") has_sender_ = false, recipients_.clear();
  }

  void command(const std::string& line) {
    const auto verb = line.substr(0, 4);
    if (verb == "EHLO") {
      if (step_ == "HELO") return answer("EHLO", "502 what?");
      std::string extensions = "250 isp.example";
      if (way_ == Way::pipelining) extensions = "250-isp.example\r\n250 PIPELINING";
      if (way_ >= Way::first_chunk) extensions = "250-isp.example\r\n250-PIPELINING\r\n250 CHUNKING";
      return answer("EHLO", extensions);
    }
    if (verb == "RCPT") {
      const auto name = line.substr(line.find('<') + 1, 1);
      if (!has_sender_) return answer("order", "503 MAIL first");
      if (abandoned_ && name != "z" && name != "w") return answer("refused", "550 nobody");
      return answer("RCPT-" + name, "250 ok");
    }
    if (verb == "DATA") return recipients_.empty() ? answer("order", "503 RCPT first") : answer("DATA", "354 go");
    if (verb == "BDAT") return;  // its answer comes behind its octets
    answer(verb, "250 ok");
  }

  void body() {
    sent_ = true;
    if (recipients_.empty()) return answer("order", "503 RCPT first");
    answer("body", "250 taken");
  }

  // The client's shell.

  void take(const Client::Actions& actions) {
    for (const auto& action : actions) {
      if (const auto* write = std::get_if<Client::Write>(&action)) {
        std::istringstream lines(write->bytes);
        for (std::string line; std::getline(lines, line);) command(line);
      } else if (std::holds_alternative<Client::SendBody>(action)) {
        body();
      } else if (const auto* result = std::get_if<Client::Result>(&action)) {
        const auto placed =
            results_.emplace(std::pair(result->transaction, result->recipient), letter(result->verdict));
        REQUIRE(placed.second);  // one result a recipient
        if (result->verdict == Client::Verdict::accepted) REQUIRE(taken_.find(name_of(*result)) != std::string::npos);
        if (result->transaction == 0) counting_ = true;
      } else if (const auto* done = std::get_if<Client::Done>(&action)) {
        failed_ = !done->outcome;
        in_doubt_ = done->in_doubt;
        done_ = true;
      } else if (const auto* arm = std::get_if<Client::Arm>(&action)) {
        timed_ = arm->within.count() > 0;
      } else if (std::holds_alternative<Client::Want>(action)) {
        wanted_ = true;
      }
    }
  }

  static char name_of(const Client::Result& result) {
    constexpr std::array names{"w", "xy", "z"};
    return names.at(result.transaction)[result.recipient];
  }

  static char letter(Client::Verdict verdict) { return std::string_view("ARD")[static_cast<std::size_t>(verdict)]; }

  void run() {
    while (!done_) {
      if (sent_) {
        sent_ = false;
        take(client_.on(Client::BodySent{}, now));
      } else if (wanted_ && (counting_ || replies_.empty())) {
        offer();
      } else if (!replies_.empty()) {
        const auto reply = replies_.front();
        replies_.pop_front();
        take(reply == "silence"  ? client_.on(Client::Expired{}, now)
             : reply == "closed" ? client_.on(Client::Closed{}, now)
                                 : client_.on(Client::Octets{reply}, now));
      } else {
        REQUIRE(timed_);  // it waits for another reply, which never comes
        take(client_.on(Client::Expired{}, now));
      }
    }
  }

  void offer() {
    wanted_ = false;
    if (offers_.empty()) return take(client_.on(Client::NoMore{}, now));
    const auto next = offers_.front();
    offers_.pop_front();
    take(client_.on(Client::Offer{next}, now));
  }

  static Client::Options options(Way way) {
    Client::Options made{"office.example"};
    if (way == Way::remembered) made.flew_before = "ready\nisp.example\n250-PIPELINING\n250 CHUNKING";
    return made;
  }

  Client client_;
  std::string step_, column_;
  Way way_;
  bool abandoned_ = false;  // the first message is refused to all its recipients
  bool counting_ = false;   // the step has not been reached
  std::deque<Client::Transaction> offers_;
  std::deque<std::string> replies_;
  bool has_sender_ = false;
  std::string recipients_;  // by their letters: accepted in this transaction
  std::string taken_;       // and those for whom the server has taken a message
  bool sent_ = false, wanted_ = false, timed_ = false, done_ = false, failed_ = false;
  std::map<std::pair<std::uint64_t, std::size_t>, char> results_;
  std::vector<std::uint64_t> in_doubt_;
};

}  // namespace

TEST_CASE("every class of reply at every step gives each recipient its own result, or none where the session ends",
          "[mail][smtp][table]") {
  // A cell for each of `columns`.
  const std::vector<std::string> opening{
      "connect AAA  ---! ---! ---! ---! ---! ---! ---! ---! ---! ---! ---! ---!",
      "EHLO    AAA  AAA  AAA  AAA  AAA  ---! AAA  ---! ---! ---! ---! ---! ---!",
      "HELO    ---! AAA  ---! ---! ---! ---! ---! ---! ---! ---! ---! ---! ---!",
  };
  const std::vector<std::string> by_data{
      "MAIL    ---! AAA  ---! DDA  RRA  ---! ---! ---! ---! ---! ---! ---! ---!",
      "RCPT-x  ---! AAA  ---! DAA  RAA  ---! ---! ---! ---! ---! ---! ---! ---!",
      "RCPT-y  ---! AAA  ---! ADA  ARA  ---! ---! ---! ---! ---! ---! ---! ---!",
      "DATA    ---! ---! AAA  DDA  RRA  ---! ---! ---! ---! ---! ---! ---! **-!",
      "body    **-! AAA  **-! DDA  RRA  ---! RRA  **-! **-! **-! **-! **-! AA-!",
      "RSET    RR-! RRA  RR-! RR-! RR-! RR-! RR-! RR-! RR-! RR-! RR-! RR-! RR-!",
  };
  // A refused body goes again by DATA.
  const std::vector<std::string> by_first_chunk{
      "MAIL    ---! AAA  ---! DDA  RRA  ---! ---! ---! ---! ---! ---! ---! AA-!",
      "RCPT-x  ---! AAA  ---! DAA  RAA  ---! ---! ---! ---! ---! ---! ---! AA-!",
      "RCPT-y  ---! AAA  ---! ADA  ARA  ---! ---! ---! ---! ---! ---! ---! AA-!",
      "body    **-! AAA  **-! AAA  AAA  ---! AAA  **-! **-! **-! **-! **-! AA-!",
      "RSET    RR-! RRA  RR-! RR-! RR-! RR-! RR-! RR-! RR-! RR-! RR-! RR-! RRA!",
  };
  // The body is on its way with its envelope.
  const std::vector<std::string> by_chunks{
      "MAIL    **-! AAA  **-! DDA  RRA  **-! **-! **-! **-! **-! **-! **-! AA-!",
      "RCPT-x  **-! AAA  **-! DAA  RAA  **-! **-! **-! **-! **-! **-! **-! AA-!",
      "RCPT-y  **-! AAA  **-! ADA  ARA  **-! **-! **-! **-! **-! **-! **-! AA-!",
      "body    **-! AAA  **-! DDA  RRA  ---! RRA  **-! **-! **-! **-! **-! AA-!",
      "RSET    RR*! RRA  RR*! RR*! RR*! RR*! RR*! RR*! RR*! RR*! RR*! RR*! RRA!",
  };
  // Both.
  const std::vector<std::string> by_remembered{
      "MAIL    **-! AAA  **-! DDA  RRA  **-! **-! **-! **-! **-! **-! **-! AA-!",
      "RCPT-x  **-! AAA  **-! DAA  RAA  **-! **-! **-! **-! **-! **-! **-! AA-!",
      "RCPT-y  **-! AAA  **-! ADA  ARA  **-! **-! **-! **-! **-! **-! **-! AA-!",
      "body    **-! AAA  **-! AAA  AAA  ---! AAA  **-! **-! **-! **-! **-! AA-!",
      "RSET    RR*! RRA  RR*! RR*! RR*! RR*! RR*! RR*! RR*! RR*! RR*! RR*! RRA!",
  };
  const std::vector<std::pair<Way, const std::vector<std::string>*>> ways{{Way::lock_step, &by_data},
                                                                          {Way::pipelining, &by_data},
                                                                          {Way::first_chunk, &by_first_chunk},
                                                                          {Way::chunks, &by_chunks},
                                                                          {Way::remembered, &by_remembered}};
  for (const auto& [way, rows] : ways) {
    for (const auto* table : {&opening, rows}) {
      for (const auto& row : *table) {
        std::istringstream cells(row);
        std::string step;
        cells >> step;
        for (const char* column : columns) {
          std::string wanted;
          cells >> wanted;
          INFO("way " << static_cast<int>(way) << ", " << column << " at " << step);
          CHECK(Session(way, step, column).outcome() == wanted);
        }
      }
    }
  }
}
