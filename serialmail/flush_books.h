// What one run of a flush knows of its files: which names the client was given and may speak about, which files are not
// to be offered again, and what has become of each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mta/mail/maildir_scan.h"
#include "mta/mail/text_store.h"

namespace serialmail {

enum class Outcome {
  accepted,  // by the server, for good
  refused,   // permanently, or for too long
  deferred,  // by a real answer
  left       // no answer: on hold, unreadable, or the session ended
};
std::string_view word(Outcome outcome);  // as reports say it

// What the attempts before say of a file's turn among those of its priority.
enum class Standing : std::uint8_t {
  resumable,  // it was cut, and the server may have a part of it: it goes first
  plain,
  cut  // its body broke off: it goes behind the rest
};

// A file that is to be sent in this pass. Its texts are kept by others, so that it is small: a spool may have many.
struct Candidate {
  std::string_view path;       // "new/NAME"
  std::string_view recipient;  // as the server is told it
  std::uint64_t octets = 0;
  std::int64_t mtime_seconds = 0;
  std::int32_t mtime_nanoseconds = 0;  // below a second
  std::int8_t priority = 0;            // RFC 6710's scale
  std::uint8_t goes_last = 0;          // 2: sessions broke on it, 1: on a copy of it
  Standing standing = Standing::plain;
  bool follows = false;        // a copy: it goes with the body of the one before it
  std::uint64_t likeness = 0;  // equal for files that may be copies of one message; 0: it has none

  [[nodiscard]] std::string_view unique() const { return mail::unique_name(path); }
  // What it adds to the line's load, its envelope apart.
  [[nodiscard]] std::uint64_t line_octets() const { return follows ? 0 : octets; }
};

struct Totals {
  std::size_t sent = 0;
  std::size_t refused = 0;
  std::size_t deferred = 0;
  std::size_t left = 0;     // files that are still there without an answer of this run
  std::size_t unknown = 0;  // of those: whose body may have been accepted
  std::size_t on_hold = 0;  // of those: that cannot be sent as they are, put aside or not
};

// Three passes without a single result, and a run ends (serialmail's rule).
inline constexpr int max_fruitless_passes = 3;

class FlushBooks {
 public:
  // A pass begins: no name has been given in it.
  void begin_pass();
  // A file that was first in line when two passes broke off without a result goes behind the others, with its copies:
  // if it is what breaks the session, the mail behind it still goes.
  void rank(std::vector<Candidate>& candidates) const;

  // A scan begins; everything that is then seen() counts at the end, sent or not. What is not seen again has gone by
  // somebody else's hand.
  void begin_scan();
  // The path of a file that is there, to be used as long as the books live.
  std::string_view keep(std::string_view path);
  void seen(std::string_view unique);
  [[nodiscard]] bool is_listed(std::string_view unique) const;  // there, whether it is ours or not
  [[nodiscard]] bool is_known(std::string_view unique) const;   // seen in any scan
  // Not to be offered again in this run.
  [[nodiscard]] bool is_dead(std::string_view unique) const;
  void bury(std::string_view unique) { file(unique).is_dead = true; }
  // Nor in another one, before somebody changes it.
  void put_on_hold(std::string_view unique);
  // The same for one that was moved out of the maildir: somebody has to be told of it at the end, though no scan finds
  // it.
  void put_aside(std::string_view unique);

  void give(const Candidate& candidate);
  // The candidate, if its name was given in this pass and this is the first result for it; else the result does not
  // count.
  std::optional<Candidate> take_result(std::string_view path);
  // Names given in this pass that got no result, in the order of giving.
  [[nodiscard]] std::vector<Candidate> unanswered() const;

  void settle(std::string_view unique, Outcome outcome, bool file_is_gone);
  void set_unknown(std::string_view unique, bool unknown) { file(unique).is_unknown = unknown; }

  // Closes the pass. False: there were max_fruitless_passes passes in a row without a result.
  bool end_pass();
  [[nodiscard]] Totals totals() const;
  [[nodiscard]] bool mail_is_left() const;

 private:
  struct File {
    std::string_view path;
    std::optional<Outcome> outcome;
    bool is_listed = false;
    bool is_ours = false;
    bool is_gone = false;
    bool is_unknown = false;
    bool is_dead = false;
    bool is_on_hold = false;
    bool is_aside = false;
  };
  struct Given {
    Candidate candidate;
    std::size_t number = 0;
  };

  File& file(std::string_view unique);
  [[nodiscard]] const File* find(std::string_view unique) const;

  mail::TextStore texts_;
  std::unordered_map<std::string_view, File> files_;     // by unique name
  std::unordered_map<std::string_view, Given> awaited_;  // by path
  std::size_t given_ = 0;
  std::size_t results_ = 0;
  int fruitless_ = 0;
  std::string first_in_line_;  // unique name of the last fruitless pass's first unanswered file
  std::string suspect_;
  std::uint64_t suspect_likeness_ = 0;
};

// What a result means for the file: the status byte and the text that is told.
struct Judgement {
  Outcome outcome = Outcome::left;
  bool is_answer = false;   // of the server: to be noted in the journal
  bool is_expired = false;  // a temporary answer that came too late
};

// age: seconds since the first answer that counts, 0 when unknown or when the clock is in doubt.
Judgement judge(char status, std::int64_t age, std::optional<std::int64_t> lifetime);

}  // namespace serialmail
