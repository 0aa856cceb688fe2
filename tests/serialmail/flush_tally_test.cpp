#include "serialmail/flush_tally.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "serialmail/flush_summary.h"

using namespace std::chrono_literals;
using serialmail::FlushTally;

namespace {

const char* const line_event =
    R"({"event":"line","messages":2,"mail":4000,"up":4400,"down":300,"seconds":2.0,"idle":0.5})";

}  // namespace

TEST_CASE("progress tells files, octets, rate and the time left", "[serialmail][flush_tally]") {
  FlushTally tally;
  tally.planned(50, 100000, 1s);
  CHECK(tally.progress(1s) == "0 of 50");
  CHECK(tally.client_said(R"({"event":"begin","file":"new/a","octets":20000})"));
  CHECK(tally.client_said(R"({"event":"octets","file":"new/a","sent":5000})"));
  CHECK(tally.progress(3s) == "0 of 50, 5.0 kB of 100.0 kB (5 %), 2.5 kB/s, 0:38 left");
  tally.result("new/a");
  tally.result("new/copy");  // without a body of its own
  CHECK(tally.progress(6s) == "2 of 50, 20.0 kB of 100.0 kB (20 %), 4.0 kB/s, 0:20 left");
}

TEST_CASE("what a client sends is never more than all, and is counted anew in the next pass",
          "[serialmail][flush_tally]") {
  FlushTally tally;
  tally.planned(1, 1000, 0s);
  tally.client_said(R"({"event":"begin","file":"new/a","octets":1100})");
  tally.client_said(R"({"event":"octets","file":"new/a","sent":9999})");
  CHECK(tally.progress(1s) == "0 of 1, 1.1 kB of 1.1 kB (100 %), 1.1 kB/s, 0:00 left");
  tally.planned(1, 1000, 1s);
  CHECK(tally.progress(1s) == "0 of 1, 0 B of 1.0 kB (0 %)");
}

TEST_CASE("what clients tell of the line is summed over the passes, and foreign lines count for nothing",
          "[serialmail][flush_tally]") {
  FlushTally tally;
  tally.planned(3, 0, 0s);
  CHECK_FALSE(tally.line());
  CHECK(tally.client_said(line_event));
  CHECK(tally.client_said(line_event));  // the client's sums, not further ones
  tally.planned(1, 0, 0s);
  for (const auto* foreign : {"", "hello", "[1]", "{}", R"({"event":1})", "{\"event\":\"begin\""}) {
    CHECK_FALSE(tally.client_said(foreign));
  }
  CHECK(tally.line()->up == 4400);
  CHECK(tally.client_said(line_event));
  CHECK(tally.line()->messages == 4);
  CHECK(tally.line()->up == 8800);
  CHECK(tally.line()->idle == 1.0);
  tally.planned(1, 0, 0s);
  tally.client_said(R"({"event":"line","up":-5,"seconds":1})");
  CHECK(tally.line()->up == 8800);
  CHECK_FALSE(tally.line()->idle);  // one of them could not tell
}

TEST_CASE("a summary tells people what was sent, what the line did, and what is left and why",
          "[serialmail][flush_tally]") {
  serialmail::FlushEnd end;
  end.totals = {12, 1, 1, 4, 1, 1};
  end.kept_back = {{serialmail::Bound::size, 1}};
  end.line = serialmail::LineTold{10, 51200, 54000, 2100, 13.5, 0.54};
  end.took = 14500ms;
  end.exit_status = 111;
  CHECK(serialmail::summary_lines(end) ==
        std::vector<std::string>{
            "sent 10 messages to 12 recipients, 51.2 kB of mail, in 14.5 s; 1 refused",
            "on the line: 54.0 kB up, 2.1 kB down in 13.5 s, 4.0 kB/s up, idle 4 %",
            "left over: 5 (1 deferred by the server, 1 on hold, 1 by the bound on size, 1 with an unknown outcome, 1 "
            "without an answer)"});
  const auto json = nlohmann::json::parse(serialmail::summary_json(end));
  CHECK(json["messages"] == 10);
  CHECK(json["sent"] == 12);
  CHECK(json["kept"]["size"] == 1);
  CHECK(json["idle"] == 0.54);
  CHECK(json["exit"] == 111);
}

TEST_CASE("of a client that tells nothing the summary says what is known", "[serialmail][flush_tally]") {
  serialmail::FlushEnd end;
  end.totals.sent = 1;
  end.took = 2s;
  CHECK(serialmail::summary_lines(end) ==
        std::vector<std::string>{"sent mail to 1 recipient in 2.0 s", "left over: 0"});
  CHECK_FALSE(nlohmann::json::parse(serialmail::summary_json(end)).contains("up"));
}
