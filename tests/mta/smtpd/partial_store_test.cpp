#include "mta/smtpd/partial_store.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <thread>

#include "tests/mta/mail_store/scratch.h"

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t now = 1'800'000'000;
constexpr std::uint64_t plenty = 1024UL * 1024;
const mta::PartialKey key{"customer one", "office.example", "<1@office.example>"};
const std::string sender = "a@b.example";
const std::vector<std::string> to{"x@c.example", "y z@d.example"};
const std::string text = "Received: by a\nSubject: x\n\none\n\ntwo\n";

mta::PartialStore store_in(const Scratch& scratch, std::uint64_t max_bytes = plenty) {
  auto store = mta::PartialStore::open(scratch.path("partial"), max_bytes);
  REQUIRE(store);
  return std::move(*store);
}

mta::PartialMessage recalled(const mta::PartialStore& store, const mta::PartialKey& which = key) {
  auto message = store.recall(which, sender, 0, now);
  REQUIRE(message);
  return std::move(*message);
}

std::string file_of(const Scratch& scratch) { return scratch.path("partial/" + mta::partial_name(key)); }

// The clock of these tests is not the system's.
void stamp(const Scratch& scratch) {
  for (const auto& file : fs::directory_iterator(scratch.path("partial"))) {
    fs::last_write_time(file, fs::file_time_type::clock::now() + std::chrono::hours(24 * 10'000));
  }
}

std::string read(const mta::PartialMessage& message) {
  std::string out;
  REQUIRE(message.read([&](std::string_view piece) -> base::Result<void> {
    out += piece;
    return {};
  }));
  return out;
}

// The file of the text, which came octet by octet.
std::string kept_file(const Scratch& scratch, const mta::PartialStore& store) {
  auto message = recalled(store);
  REQUIRE(message.begin(to));
  for (const char c : text) REQUIRE(message.append(std::string(1, c)));
  return Scratch::read(file_of(scratch));
}

std::uint64_t with_cr(std::string_view lines) {
  return lines.size() + static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n'));
}

}  // namespace

TEST_CASE("what came of a message is there again, by whole lines, with its envelope", "[smtpd][partial]") {
  const Scratch scratch;
  const auto store = store_in(scratch);
  {
    auto message = recalled(store);
    REQUIRE_FALSE(message.content().is_begun);
    REQUIRE(message.begin(to));
    REQUIRE(message.append("Received: by a\nSub"));
    REQUIRE(message.append("ject: x\n\non"));
  }
  stamp(scratch);
  auto message = recalled(store);
  REQUIRE(message.content().is_begun);
  REQUIRE(message.content().envelope.recipients == to);
  REQUIRE(message.content().text_octets == with_cr("Received: by a\nSubject: x\n\n"));
  REQUIRE(message.content().hops.hops() == 1);
  REQUIRE(message.append("one\n\ntwo\n"));
  REQUIRE(message.claim());
  REQUIRE(read(message) == text);
}

TEST_CASE("a partial file cut at any octet gives a beginning of what came, at a line's start", "[smtpd][partial]") {
  const Scratch scratch;
  const auto store = store_in(scratch);
  const auto whole = kept_file(scratch, store);
  std::uint64_t before = 0;
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    scratch.write("partial/" + mta::partial_name(key), whole.substr(0, size));
    stamp(scratch);
    auto message = recalled(store);
    if (!message.content().is_begun) continue;
    const auto there = read(message);
    REQUIRE(text.starts_with(there));
    REQUIRE((there.empty() || there.back() == '\n'));
    REQUIRE(message.content().text_octets == with_cr(there));
    REQUIRE(message.content().text_octets >= before);
    before = message.content().text_octets;
  }
  REQUIRE(before == with_cr(text));
}

TEST_CASE("an altered octet of a partial file is never part of the message", "[smtpd][partial]") {
  const Scratch scratch;
  const auto store = store_in(scratch);
  const auto whole = kept_file(scratch, store);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    auto altered = whole;
    altered[at] = '\0';  // what a file system may leave where nothing was written
    scratch.write("partial/" + mta::partial_name(key), altered);
    stamp(scratch);
    auto message = recalled(store);
    if (message.content().is_begun) REQUIRE(text.starts_with(read(message)));
  }
}

TEST_CASE("a later session takes a message over, and the earlier one can neither add to it nor complete it",
          "[smtpd][partial]") {
  const Scratch scratch;
  const auto store = store_in(scratch);
  auto earlier = recalled(store);
  REQUIRE(earlier.begin(to));
  REQUIRE(earlier.append("one\n"));
  stamp(scratch);
  auto later = recalled(store);
  REQUIRE(earlier.append("more\n"));
  REQUIRE_FALSE(earlier.claim());
  REQUIRE(earlier.remove());
  earlier.release();
  REQUIRE(later.append("two\n"));
  REQUIRE(later.claim());
  REQUIRE(read(later) == "one\ntwo\n");
  stamp(scratch);
  REQUIRE_FALSE(store.recall(key, sender, 0, now));  // it is being completed
  REQUIRE(later.accept({10, "1 qp 2"}));
  stamp(scratch);
  REQUIRE(recalled(store).content().accepted->text == "1 qp 2");
}

TEST_CASE("what a message is said to hold is what it holds, though its earlier session still adds to it",
          "[smtpd][partial]") {
  const Scratch scratch;
  const auto store = store_in(scratch, 64 * plenty);
  for (int round = 0; round < 20; ++round) {
    auto earlier = recalled(store);
    if (!earlier.content().is_begun) REQUIRE(earlier.begin(to));
    stamp(scratch);
    std::atomic<bool> is_over = false;
    std::thread adding([&] {
      for (int i = 0; i < 1000 && !is_over; ++i) {
        if (!earlier.append("more and more of it\n")) return;
      }
    });
    auto later = store.recall(key, sender, 0, std::time(nullptr));
    is_over = true;
    adding.join();
    REQUIRE(later);
    REQUIRE(later->content().text_octets == with_cr(read(*later)));
    stamp(scratch);
  }
}

TEST_CASE("a line longer than many pieces counts once its end has come, and is given back", "[smtpd][partial]") {
  const Scratch scratch;
  const auto store = store_in(scratch);
  const std::string line(10 * mta::partial_piece_bytes + 1, 'x');
  {
    auto message = recalled(store);
    REQUIRE(message.begin(to));
    REQUIRE(message.append("one\n" + line));
    REQUIRE(message.content().text_octets == 0);
  }
  stamp(scratch);
  auto message = recalled(store);
  REQUIRE(message.content().text_octets == with_cr("one\n"));
  REQUIRE(message.append(line + "\ntwo\n"));
  REQUIRE(read(message) == "one\n" + line + "\ntwo\n");
  stamp(scratch);
  REQUIRE(recalled(store).content().text_octets == with_cr("one\n" + line + "\ntwo\n"));
}

TEST_CASE("an accepted transaction is remembered without its text, and neither another sender nor client gets it",
          "[smtpd][partial]") {
  const Scratch scratch;
  const auto store = store_in(scratch);
  auto message = recalled(store);
  REQUIRE(message.begin(to));
  REQUIRE(message.append(text));
  REQUIRE(message.claim());
  REQUIRE(message.accept({with_cr(text), "1 qp 2"}));
  stamp(scratch);
  const auto again = recalled(store);
  REQUIRE(again.content().accepted->octets == with_cr(text));
  REQUIRE(Scratch::read(file_of(scratch)).find("two") == std::string::npos);
  const auto other = store.recall(key, "other@b.example", 0, now);
  REQUIRE_FALSE(other);
  REQUIRE(other.error().kind == base::FailureKind::permanent);
  REQUIRE_FALSE(recalled(store, {"customer two", key.helo, key.transid}).content().is_begun);
  REQUIRE_FALSE(recalled(store, {key.client, "lap.example", key.transid}).content().is_begun);
  REQUIRE_FALSE(recalled(store, {key.client, key.helo, "<2@office.example>"}).content().is_begun);
}

TEST_CASE("partial messages take no more than their room, and what is there stays", "[smtpd][partial]") {
  const Scratch scratch;
  const auto store = store_in(scratch, 1000);
  const auto too_large = store.recall(key, sender, 1001, now);
  REQUIRE_FALSE(too_large);
  REQUIRE(too_large.error().error == ENOSPC);
  {
    auto message = recalled(store);
    REQUIRE(message.begin(to));
    REQUIRE(message.append("one\n"));
    const auto more = message.append(std::string(1000, 'x') + "\n");
    REQUIRE_FALSE(more);
    REQUIRE(more.error().error == ENOSPC);
  }
  stamp(scratch);
  REQUIRE(recalled(store).content().text_octets == with_cr("one\n"));
  stamp(scratch);
  for (const std::uint64_t size : {std::uint64_t{900}, UINT64_MAX}) {
    REQUIRE_FALSE(store.recall({"customer two", "h", "<3@x>"}, sender, size, now));
  }
}

TEST_CASE("after 48 hours a transaction is forgotten", "[smtpd][partial]") {
  const Scratch scratch;
  const auto store = store_in(scratch);
  {
    auto message = recalled(store);
    REQUIRE(message.begin(to));
  }
  stamp(scratch);
  REQUIRE(recalled(store).content().is_begun);
  const auto written = fs::last_write_time(file_of(scratch));
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::file_clock::to_sys(written).time_since_epoch())
          .count();
  const auto after = [&](std::chrono::seconds age) { return store.recall(key, sender, 0, seconds + age.count()); };
  REQUIRE(after(std::chrono::hours(47))->content().is_begun);
  fs::last_write_time(file_of(scratch), written);
  REQUIRE_FALSE(after(std::chrono::hours(49))->content().is_begun);
  REQUIRE_FALSE(fs::exists(file_of(scratch)));
}
