#include "serialmail/flush_order.h"

#include <catch2/catch.hpp>

namespace {

using namespace std::chrono_literals;
using serialmail::Bound;
using serialmail::Candidate;
using serialmail::FlushOrder;
using serialmail::FlushTime;
using serialmail::OrderSettings;

constexpr FlushTime start{};
constexpr std::uint64_t bits = 8000;  // 1000 octets a second

std::string_view keep(const std::string& text) {
  static mail::TextStore texts;
  return texts.keep(text);
}

Candidate file(const std::string& name, std::int64_t mtime, int priority = 0, std::uint64_t octets = 100) {
  return {keep("new/" + name), "x@y", octets, mtime, 0, static_cast<std::int8_t>(priority)};
}

OrderSettings at_rate() {
  OrderSettings settings;
  settings.rate_bits = bits;
  return settings;
}

FlushOrder begun(const OrderSettings& settings, std::vector<Candidate> files) {
  FlushOrder order(settings, start);
  order.begin(std::move(files));
  return order;
}

// The names that are given from now on, without a result for any.
std::string given(FlushOrder& order, FlushTime now = start) {
  std::string names;
  while (const auto next = order.next(now)) names += (names.empty() ? "" : " ") + std::string(next->unique());
  return names;
}

std::string foreseen(const FlushOrder& order, FlushTime now = start) {
  std::string names;
  order.foresee(now, [&](const Candidate& c, std::optional<Bound> bound) {
    if (!bound) names += (names.empty() ? "" : " ") + std::string(c.unique());
  });
  return names;
}

}  // namespace

TEST_CASE("the more urgent go first and of equal urgency the older", "[serialmail][order]") {
  auto order = begun(at_rate(), {file("old", 1), file("low", 0, -4), file("young", 9), file("urgent", 8, 4),
                                 file("more", 10, 6), file("urgent-too", 7, 4)});
  CHECK(given(order) == "more urgent-too urgent old young low");
}

TEST_CASE("files of one moment go by name wherever they are", "[serialmail][order]") {
  auto a = file("a", 5);
  a.path = "cur/a";
  auto nanosecond = file("0", 5);
  nanosecond.mtime_nanoseconds = 1;
  auto order = begun(at_rate(), {nanosecond, file("b", 5), a});
  CHECK(given(order) == "a b 0");
}

TEST_CASE("a body that takes longer than is called big goes behind the smaller ones of its priority",
          "[serialmail][order]") {
  const std::vector<Candidate> files{file("huge", 1, 0, 30'001), file("limit", 2, 0, 30'000), file("low", 0, -1),
                                     file("small", 3), file("urgent-huge", 4, 4, 90'000)};
  auto order = begun(at_rate(), files);
  CHECK(given(order) == "urgent-huge limit small huge low");
  auto settings = at_rate();
  settings.big = 0s;
  order = begun(settings, files);
  CHECK(given(order) == "urgent-huge huge limit small low");
}

TEST_CASE("without a rate the line counts as one of 33600 bits a second", "[serialmail][order]") {
  auto order = begun({}, {file("huge", 1, 0, 126'001), file("limit", 2, 0, 126'000), file("small", 3)});
  CHECK(given(order) == "limit small huge");
}

TEST_CASE("what the answers show of the line changes what is big", "[serialmail][order]") {
  auto order = begun(at_rate(), {file("1", 1), file("2", 2, 0, 1000), file("3", 3, 0, 20'000), file("4", 4)});
  const auto first = order.next(start);
  const auto second = order.next(start);
  order.answered(*first, true, start + 100s);  // the session's beginning says nothing
  CHECK(order.rate().bits() == bits);
  order.answered(*second, true, start + 110s);  // 100 octets a second
  CHECK(order.rate().bits() == 800);
  CHECK(given(order) == "4 3");
}

TEST_CASE("refusals and the pause between two sessions are no measure of the line", "[serialmail][order]") {
  serialmail::LineRate rate(std::nullopt);
  rate.answered(5000, start);
  rate.begin_session();
  rate.answered(5000, start + 1000s);
  rate.answered(std::nullopt, start + 2000s);
  CHECK(rate.bits() == serialmail::default_line_bits);
  rate.answered(10'000, start + 2010s);
  CHECK(rate.bits() == 8000);
  auto order = begun(at_rate(), {file("1", 1), file("2", 2)});
  const auto first = order.next(start);
  const auto second = order.next(start);
  order.answered(*first, true, start);
  order.answered(*second, false, start + 1000s);
  CHECK(order.rate().bits() == bits);
}

TEST_CASE("what sessions broke on goes last however urgent it is", "[serialmail][order]") {
  auto bad = file("bad", 0, 9);
  bad.goes_last = 2;
  auto order = begun(at_rate(), {bad, file("low", 5, -9), file("good", 4)});
  CHECK(given(order) == "good low bad");
}

TEST_CASE("of one priority what can be resumed goes first however big it is and what was cut goes last",
          "[serialmail][order]") {
  auto resumable = file("resumable", 9, 0, 90'000);
  resumable.standing = serialmail::Standing::resumable;
  auto cut = file("cut", 0);
  cut.standing = serialmail::Standing::cut;
  auto cut_and_big = file("cut-and-big", 0, 0, 90'000);
  cut_and_big.standing = serialmail::Standing::cut;
  auto order = begun(at_rate(), {cut_and_big, cut, file("big", 1, 0, 90'000), file("low", 0, -1), file("plain", 2),
                                 resumable, file("urgent", 3, 4)});
  CHECK(given(order) == "urgent resumable plain big cut cut-and-big low");
}

TEST_CASE("an urgent arrival goes before what is less urgent and behind its equals", "[serialmail][order]") {
  auto order = begun(at_rate(), {file("1", 1), file("2", 2), file("3", 3, 4), file("4", 4, 4)});
  CHECK(order.next(start)->unique() == "3");
  CHECK(order.join(file("9", 9, 4)));
  CHECK(order.join(file("8", 8, 6)));
  CHECK(given(order) == "8 4 9 1 2");
}

TEST_CASE("an arrival that is no more urgent than what waits is left to the next pass", "[serialmail][order]") {
  auto order = begun(at_rate(), {file("1", 1), file("2", 2)});
  CHECK_FALSE(order.join(file("9", 0)));
  CHECK(given(order) == "1 2");
  CHECK_FALSE(order.join(file("8", 9, 9)));  // nothing waits any more
}

TEST_CASE("beyond the bytes of a run smaller ones still go", "[serialmail][order][bounds]") {
  auto settings = at_rate();
  settings.max_bytes = 1000;
  auto order = begun(settings, {file("1", 1, 0, 600), file("2", 2, 0, 500), file("3", 3, 0, 400), file("4", 4, 0, 1)});
  CHECK(foreseen(order) == "1 3");
  CHECK(given(order) == "1 3");
  CHECK(order.kept_back() == std::map<Bound, std::size_t>{{Bound::bytes, 2}});
  order.begin({file("2", 2, 0, 500), file("4", 4, 0, 1)});  // the next pass of the same run
  CHECK(foreseen(order).empty());
  CHECK(given(order).empty());
  CHECK(order.kept_back() == std::map<Bound, std::size_t>{{Bound::bytes, 2}});
}

TEST_CASE("size and priority keep single messages back", "[serialmail][order][bounds]") {
  auto settings = at_rate();
  settings.max_size = 500;
  settings.min_priority = 0;
  auto order = begun(settings, {file("1", 1, 0, 501), file("2", 2, -1), file("3", 3, 0, 500), file("4", 4, 4, 501)});
  CHECK(given(order) == "3");
  CHECK(order.kept_back() == std::map<Bound, std::size_t>{{Bound::size, 2}, {Bound::priority, 1}});
}

TEST_CASE("no message begins once the time is up", "[serialmail][order][bounds]") {
  OrderSettings settings;
  settings.max_time = 60s;
  auto order = begun(settings, {file("1", 1), file("2", 2), file("3", 3)});
  CHECK(order.next(start + 59s)->unique() == "1");
  CHECK_FALSE(order.next(start + 60s));
  CHECK(order.kept_back() == std::map<Bound, std::size_t>{{Bound::time, 2}});
}

TEST_CASE("with a given rate no message begins that would last beyond the time", "[serialmail][order][bounds]") {
  auto settings = at_rate();
  settings.max_time = 10s;
  const std::vector<Candidate> files{file("1", 1, 0, 6000), file("2", 2, 0, 5000), file("3", 3, 0, 4000)};
  auto order = begun(settings, files);
  CHECK(given(order) == "1 3");
  settings.rate_bits.reset();  // by a supposed one nothing is kept back
  settings.max_time = 1s;
  order = begun(settings, files);
  CHECK(given(order) == "1 2 3");
}

namespace {

Candidate copy(const std::string& name, std::int64_t mtime, std::uint64_t octets = 100) {
  auto candidate = file(name, mtime, 0, octets);
  candidate.recipient = keep(name + "@provider.example");
  candidate.likeness = 7;
  return candidate;
}

// The names that are given from now on; a copy that goes along has a + before it.
std::string given_together(FlushOrder& order) {
  std::string names;
  while (const auto next = order.next(start)) {
    names += (names.empty() ? "" : " ") + std::string(next->unique());
    while (const auto also = order.next_copy(start)) names += "+" + std::string(also->unique());
  }
  return names;
}

}  // namespace

TEST_CASE("what is found later takes its place among what still waits", "[serialmail][order]") {
  auto order = begun(at_rate(), {file("1", 1), file("5", 5), file("9", 9)});
  CHECK(order.next(start)->unique() == "1");
  order.add({file("7", 7), file("urgent", 8, 4), file("0", 0)});
  CHECK(given(order) == "urgent 0 5 7 9");
}

TEST_CASE("copies go with the body of the first of them, in its place", "[serialmail][order]") {
  auto order = begun(at_rate(), {file("young", 9), copy("c1", 2), file("old", 1), copy("c2", 8), file("mid", 5)});
  CHECK(given_together(order) == "old c1+c2 mid young");
}

TEST_CASE("a body counts once against the bound on bytes however many copies it has", "[serialmail][order]") {
  auto settings = at_rate();
  settings.max_bytes = 250;
  auto order = begun(settings, {copy("c1", 1), copy("c2", 2), copy("c3", 3), file("also", 4), file("not", 5)});
  CHECK(given_together(order) == "c1+c2+c3 also");
  CHECK(order.kept_back() == std::map<Bound, std::size_t>{{Bound::bytes, 1}});
}

TEST_CASE("copies of a body that a bound keeps back stay with it", "[serialmail][order]") {
  auto settings = at_rate();
  settings.max_bytes = 150;
  auto order = begun(settings, {copy("c1", 1, 200), copy("c2", 2, 200), file("small", 3)});
  CHECK(given_together(order) == "small");
  CHECK(order.kept_back() == std::map<Bound, std::size_t>{{Bound::bytes, 2}});
}

TEST_CASE("what is urgent and comes during a pass never stands between a body and its copies", "[serialmail][order]") {
  auto order = begun(at_rate(), {file("first", 0), copy("c1", 1), copy("c2", 2), file("last", 3)});
  CHECK(order.next(start)->unique() == "first");
  CHECK(order.join(file("urgent", 9, 4)));
  auto late = copy("c3", 4);
  late.priority = 4;
  CHECK(order.join(late));
  CHECK(given_together(order) == "c3 urgent c1+c2 last");
}

TEST_CASE("what an answer for a copy shows of the line is not counted", "[serialmail][order]") {
  OrderSettings settings;
  auto order = begun(settings, {file("a", 0), copy("c1", 1, 10'000), copy("c2", 2, 10'000)});
  order.answered(*order.next(start), true, start);
  const auto body = *order.next(start);
  const auto also = *order.next_copy(start);
  order.answered(body, true, start + 10s);
  CHECK(order.rate().bits() == 8000);
  order.answered(also, true, start + 20s);
  CHECK(order.rate().bits() == 8000);
}
