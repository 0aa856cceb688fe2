#include "pppctl/policy/decision.h"

#include <catch2/catch.hpp>

#include "situation.h"

namespace {

namespace policy = pppctl::policy;
using policy::Act;
using policy::Why;

struct Case {
  std::string words;
  Act act;
  Why why;
  int wait_seconds = -1;  // -1: until nothing known
};

constexpr int minute = 60;
constexpr int hour = 3600;

void check(const std::vector<Case>& cases) {
  for (const auto& one : cases) {
    const auto question = situation(one.words);
    const auto decision = policy::decide(question);
    INFO(one.words << "\n  -> " << decision.reason);
    CHECK(decision.act == one.act);
    CHECK(static_cast<int>(decision.why) == static_cast<int>(one.why));
    const auto wait =
        decision.until ? std::chrono::ceil<std::chrono::seconds>(*decision.until - question.now).count() : -1;
    CHECK(wait == one.wait_seconds);
    CHECK_FALSE(decision.reason.empty());
  }
}

}  // namespace

TEST_CASE("mail is a reason to call, automatic mail never", "[pppctl][policy]") {
  check({
      {"", Act::wait, Why::nothing_waits},
      {"mail=1*1k", Act::call, Why::mail},
      {"mail=1*1k/-9", Act::call, Why::mail},
      {"mail=3*1k!", Act::wait, Why::only_automatic},
      {"mail=3*1k@365d!", Act::wait, Why::only_automatic},
      {"mail=3*1k/9! priority=4", Act::wait, Why::only_automatic},
      {"mail=3000*1k! messages=10", Act::wait, Why::only_automatic},
      {"mail=3*1k! asked=order", Act::wait, Why::only_automatic},
      {"mail=3*1k! asked=always", Act::call, Why::asked},
      {"mail=3*1k! mail=1*1k", Act::call, Why::mail},
      {"mail=3*1k! interval=1h", Act::call, Why::interval},
      {"asked=order", Act::wait, Why::nothing_waits},
      {"asked=always", Act::call, Why::asked},
      {"at-work mail=1*1k", Act::wait, Why::at_work},
      {"at-work asked=always", Act::wait, Why::at_work},
  });
}

TEST_CASE("with amounts in the policy a call waits until there is enough", "[pppctl][policy]") {
  check({
      {"older=30m mail=1*1k@10m", Act::wait, Why::too_little, 20 * minute + 1},
      {"older=30m mail=1*1k@30m", Act::wait, Why::too_little, 1},
      {"older=30m mail=1*1k@31m", Act::call, Why::mail},
      {"older=30m mail=1*1k@31m!", Act::wait, Why::only_automatic},
      {"older=30m mail=1*1k@31m! mail=1*1k@1m", Act::wait, Why::too_little, 29 * minute + 1},
      {"older=30m mail=1*1k@10m asked=order", Act::call, Why::mail},
      {"messages=10 mail=10*1k", Act::wait, Why::too_little},
      {"messages=10 mail=11*1k", Act::call, Why::mail},
      {"messages=10 mail=10*1k mail=5*1k!", Act::wait, Why::too_little},
      {"messages=0 mail=1*1k", Act::call, Why::mail},
      {"messages=10 mail=1*1k asked=order", Act::call, Why::mail},
      {"octets=10k mail=1*10k", Act::wait, Why::too_little},
      {"octets=10k mail=2*6k", Act::call, Why::mail},
      {"octets=10k mail=2*6k!", Act::wait, Why::only_automatic},
      {"priority=4 mail=5*1k/3", Act::wait, Why::too_little},
      {"priority=4 mail=5*1k mail=1*1k/4", Act::call, Why::mail},
      {"priority=4 mail=1*1k/9", Act::call, Why::mail},
      {"older=30m messages=10 mail=11*1k@1m", Act::call, Why::mail},
      {"older=30m messages=10 mail=2*1k@31m", Act::call, Why::mail},
      {"older=30m messages=10 octets=100k priority=4 mail=2*1k@20m", Act::wait, Why::too_little, 10 * minute + 1},
  });
}

TEST_CASE("an interval is a reason to call though nothing waits", "[pppctl][policy]") {
  check({
      {"interval=4h", Act::call, Why::interval},
      {"interval=4h begin=3h", Act::wait, Why::interval, hour},
      {"interval=4h begin=4h", Act::call, Why::interval},
      {"interval=4h begin=3h asked=order", Act::wait, Why::nothing_waits},
      {"interval=4h begin=3h mail=1*1k", Act::call, Why::mail},
      {"interval=4h begin=3h older=30m mail=1*1k@1m", Act::wait, Why::too_little, 29 * minute + 1},
      {"interval=4h begin=235m older=30m mail=1*1k@1m", Act::wait, Why::interval, 5 * minute},
      {"interval=4h begin=5h dials=5h,10m hour=1", Act::call, Why::interval},
  });
}

TEST_CASE("mail that a link does not take is no reason to call by it", "[pppctl][policy]") {
  check({
      {"max=100k mail=1*100k", Act::call, Why::mail},
      {"max=100k mail=1*101k", Act::never, Why::not_by_this_link},
      {"max=100k mail=1*101k mail=1*1k", Act::call, Why::mail},
      {"max=100k mail=1*101k mail=1*1k!", Act::wait, Why::only_automatic},
      {"min=2 mail=9*1k/1", Act::never, Why::not_by_this_link},
      {"min=2 mail=1*1k/2", Act::call, Why::mail},
      {"min=2 max=10k mail=1*20k/2 mail=1*1k/1", Act::never, Why::not_by_this_link},
      {"min=2 mail=9*1k/1 asked=always", Act::call, Why::asked},
      {"messages=1 max=100k mail=1*1k mail=5*200k", Act::wait, Why::too_little},
      {"max=100k mail=1*101k interval=1h", Act::call, Why::interval},
  });
}

TEST_CASE("between calls there are pauses", "[pppctl][policy]") {
  check({
      {"pause=2m end=1m mail=1*1k", Act::wait, Why::pause, minute},
      {"pause=2m end=2m mail=1*1k", Act::call, Why::mail},
      {"pause=2m end=1m mail=1*1k asked=order", Act::call, Why::mail},
      {"pause=2m end=1m mail=1*1k asked=always", Act::call, Why::asked},
      {"pause=2m mail=1*1k", Act::call, Why::mail},
      {"fail=soon:1 end=10s mail=1*1k", Act::wait, Why::back_off, 50},
      {"fail=soon:1 end=1m mail=1*1k", Act::call, Why::mail},
      {"fail=soon:3 end=1m mail=1*1k", Act::wait, Why::back_off, 3 * minute},
      {"fail=soon:19 end=1m mail=1*1k", Act::wait, Why::back_off, 29 * minute},
      {"fail=later:1 end=1m mail=1*1k", Act::wait, Why::back_off, 9 * minute},
      {"fail=later:2 end=1m mail=1*1k", Act::wait, Why::back_off, 19 * minute},
      {"fail=later:9 end=1h mail=1*1k", Act::wait, Why::back_off, 3 * hour},
      {"fail=later:9 end=4h mail=1*1k", Act::call, Why::mail},
      {"fail=later:2 end=1m mail=1*1k asked=order", Act::call, Why::mail},
      {"fail=soon:2 soon=10m,3,1h end=0s mail=1*1k", Act::wait, Why::back_off, 30 * minute},
      {"fail=soon:1 end=10s pause=5m mail=1*1k", Act::wait, Why::pause, 290},
      {"fail=soon:1 end=10s interval=1h begin=70m", Act::wait, Why::back_off, 50},
      {"fail=soon:1 end=10s interval=1h begin=30m", Act::wait, Why::interval, 30 * minute},
  });
}

TEST_CASE("beyond a ceiling nobody dials", "[pppctl][policy]") {
  check({
      {"hour=2 dials=5m,10m mail=1*1k", Act::wait, Why::hour_ceiling, 50 * minute},
      {"hour=2 dials=5m,60m mail=1*1k", Act::call, Why::mail},
      {"hour=2 dials=5m,10m,20m mail=1*1k", Act::wait, Why::hour_ceiling, 50 * minute},
      {"hour=2 dials=5m,10m mail=1*1k asked=order", Act::wait, Why::hour_ceiling, 50 * minute},
      {"hour=2 dials=5m,10m asked=always", Act::wait, Why::hour_ceiling, 50 * minute},
      {"hour=2 dials=5m mail=1*1k", Act::call, Why::mail},
      {"day=3 dials=1h,2h,3h mail=1*1k", Act::wait, Why::day_ceiling, 21 * hour},
      {"day=3 dials=1h,2h,24h mail=1*1k", Act::call, Why::mail},
      {"day=3 dials=1h,2h,3h asked=always", Act::wait, Why::day_ceiling, 21 * hour},
      {"hour=1 day=1 dials=30m mail=1*1k", Act::wait, Why::day_ceiling, 23 * hour + 30 * minute},
      // Where the profile has none: calls by themselves have some, people have not.
      {"dials=1m,2m,3m,4m,5m,6m,7m,8m,9m,10m,11m,12m mail=1*1k", Act::wait, Why::hour_ceiling, 48 * minute},
      {"dials=1m,2m,3m,4m,5m,6m,7m,8m,9m,10m,11m,12m mail=1*1k asked=order", Act::call, Why::mail},
  });
}

TEST_CASE("a call has as many dials as its ceilings leave", "[pppctl][policy]") {
  const auto most = [](const std::string& words) { return policy::decide(situation(words)).most_dials; };
  CHECK(most("hour=5 day=9 dials=5m,10m,2h mail=1*1k") == 3U);
  CHECK(most("hour=5 day=4 dials=5m,10m,2h mail=1*1k") == 1U);
  CHECK(most("mail=1*1k") == 12U);
  CHECK_FALSE(most("mail=1*1k asked=order"));
}

TEST_CASE("a stopped link is not called, whoever asks", "[pppctl][policy]") {
  check({
      {"fail=stop:1 mail=1*1k", Act::stopped, Why::stopped},
      {"fail=stop:1 end=365d mail=1*1k", Act::stopped, Why::stopped},
      {"fail=stop:1 mail=1*1k asked=order", Act::stopped, Why::stopped},
      {"fail=stop:1 asked=always", Act::stopped, Why::stopped},
      {"fail=stop:1", Act::stopped, Why::stopped},
      {"fail=stop:0 mail=1*1k", Act::call, Why::mail},
      {"retries=3 number=0555100:3 mail=1*1k", Act::stopped, Why::retries_used_up},
      {"retries=3 number=0555100:4 asked=always", Act::stopped, Why::retries_used_up},
      {"retries=3 number=0555100:2 mail=1*1k", Act::call, Why::mail},
      {"retries=3 number=0555100:3 number=0555200 mail=1*1k", Act::call, Why::mail},
      {"retries=3 number=0555100:3 number=0555200:3 mail=1*1k", Act::stopped, Why::retries_used_up},
      {"number=0555100:20 mail=1*1k", Act::stopped, Why::retries_used_up},
      {"number=0555100:20 mail=1*1k asked=order", Act::call, Why::mail},
  });
}

TEST_CASE("calls are made within their windows", "[pppctl][policy]") {
  check({
      {"zone=UTC window=mon-fri_08:00-18:00 mail=1*1k", Act::call, Why::mail},
      {"zone=UTC window=mon-fri_08:00-18:00 mail=1*1k at=mon_07:30", Act::wait, Why::window, 30 * minute},
      {"zone=UTC window=mon-fri_08:00-18:00 mail=1*1k at=mon_18:00", Act::wait, Why::window, 14 * hour},
      {"zone=UTC window=mon-fri_08:00-18:00 mail=1*1k at=sat_10:00", Act::wait, Why::window, 46 * hour},
      {"zone=UTC window=mon-fri_08:00-18:00 mail=1*1k at=sat_10:00 asked=order", Act::call, Why::mail},
      {"zone=UTC window=22:00-06:00 mail=1*1k at=tue_03:00", Act::call, Why::mail},
      {"zone=UTC window=fri_22:00-06:00 mail=1*1k at=sat_03:00", Act::call, Why::mail},
      {"zone=UTC window=fri_22:00-06:00 mail=1*1k at=fri_03:00", Act::wait, Why::window, 19 * hour},
      {"zone=UTC window=08:00-09:00 window=12:00-13:00 mail=1*1k", Act::wait, Why::window, 2 * hour},
      {"zone=UTC window=08:00-18:00", Act::wait, Why::nothing_waits},
      {"zone=UTC window=08:00-18:00 interval=1h begin=2h at=sat_20:00", Act::wait, Why::window, 12 * hour},
      // What ends after the window waits for the next one.
      {"zone=UTC window=08:00-10:30 pause=1h end=10m mail=1*1k", Act::wait, Why::window, 22 * hour},
      {"zone=UTC window=08:00-18:00 pause=1h end=10m mail=1*1k", Act::wait, Why::pause, 50 * minute},
      {"zone=UTC window=08:00-18:00 hour=1 dials=5m mail=1*1k at=mon_17:30", Act::wait, Why::window,
       14 * hour + 30 * minute},
      {"zone=UTC window=08:00-18:00 older=1h mail=1*1k@30m at=mon_17:45", Act::wait, Why::window,
       14 * hour + 15 * minute},
  });
}

TEST_CASE("without money nobody dials", "[pppctl][policy]") {
  check({
      {"money=no mail=1*1k", Act::wait, Why::money},
      {"money=no asked=always", Act::wait, Why::money},
      {"money=10m mail=1*1k", Act::wait, Why::money, 10 * minute},
      {"money=0s mail=1*1k asked=always", Act::wait, Why::money, 1},
      {"money=10m hour=1 dials=30m mail=1*1k", Act::wait, Why::hour_ceiling, 30 * minute},
      {"money=10m", Act::wait, Why::nothing_waits},
      {"money=no fail=stop:1 mail=1*1k", Act::stopped, Why::stopped},
  });
}

TEST_CASE("a decision says its reason in words", "[pppctl][policy]") {
  const auto reason = [](const std::string& words) { return policy::decide(situation(words)).reason; };
  CHECK(reason("mail=1*1k") == "1 message waits, 1.0 kB");
  CHECK(reason("interval=4h") == "a call every 4 h");
  CHECK(reason("older=30m mail=2*1k@10m") ==
        "2 messages wait, 2.0 kB, not yet enough for a call; the oldest for 10 min of 30 min");
  CHECK(reason("hour=2 dials=5m,10m mail=1*1k") == "2 dials in the last hour, the most that are allowed");
  CHECK(reason("fail=soon:3 end=1m mail=1*1k") ==
        "the pause of 4 min after 3 failures in a row, the last: the number is busy");
  CHECK(reason("fail=stop:1") == "stopped: the number is busy; put it right, then pppctl clear provider");
  CHECK(reason("retries=3 number=0:3 number=1:3") ==
        "stopped after 3 failures in a row of each of its numbers; put it right, then pppctl clear provider");
  CHECK(reason("retries=3 number=0:3 number=1 mail=1*1k") ==
        "1 message waits, 1.0 kB; without 0, which failed 3 times in a row (pppctl clear provider lets it be dialled "
        "again)");
  CHECK(reason("retries=3 number=0:3 fail=soon:3") ==
        "stopped after 3 failures in a row, the last: the number is busy; put it right, then pppctl clear provider");
  CHECK(reason("zone=UTC window=mon-fri_08:00-18:00 mail=1*1k at=sat_10:00") ==
        "1 message waits, 1.0 kB; calls are for mon-fri 08:00-18:00");
}
