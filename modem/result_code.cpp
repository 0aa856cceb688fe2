#include "modem/result_code.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/bug.h"
#include "base/log.h"
#include "modem/mobile_error.h"

namespace modem {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view blanks = " \t\0"sv;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// The code alone, or the code and what a maker appended to it: "BUSY", "NO CARRIER/E001B", "DELAYED 00:02:00".
bool is_code(std::string_view line, std::string_view code) {
  if (!line.starts_with(code)) return false;
  return line.size() == code.size() || " /:(,"sv.find(line[code.size()]) != std::string_view::npos;
}

enum class Tail { none, any };  // may a maker's detail follow?

struct Spelling {
  std::string_view text;
  ResultKind kind;
  Tail tail = Tail::none;
};

// CONNECT is read by itself. Most stand in V.250 §5.7, the rest is what makers added. Words that the text of ATI may
// begin with count only alone.
constexpr auto spellings = std::to_array<Spelling>({
    {"RING", ResultKind::ring, Tail::any},
    {"+CRING", ResultKind::ring, Tail::any},
    {"NO CARRIER", ResultKind::no_carrier, Tail::any},
    {"ERROR", ResultKind::error},
    {"+CME ERROR", ResultKind::error, Tail::any},
    {"+CMS ERROR", ResultKind::error, Tail::any},
    {"NO DIALTONE", ResultKind::no_dialtone},
    {"NO DIAL TONE", ResultKind::no_dialtone},
    {"BUSY", ResultKind::busy, Tail::any},
    {"NO ANSWER", ResultKind::no_answer, Tail::any},
    {"DELAYED", ResultKind::delayed, Tail::any},
    {"BLACKLISTED", ResultKind::blacklisted},
    {"BLACKLIST FULL", ResultKind::blacklisted},
    {"VOICE", ResultKind::voice},
    {"VCON", ResultKind::voice},
    {"FAX", ResultKind::fax},
    {"+FCO", ResultKind::fax, Tail::any},
    {"+FCON", ResultKind::fax, Tail::any},
    {"+FHNG", ResultKind::fax, Tail::any},
    {"+FHS", ResultKind::fax, Tail::any},
    {"LINE IN USE", ResultKind::line_in_use},
    {"LINE-IN-USE", ResultKind::line_in_use},
    {"PHONE", ResultKind::line_in_use},
    {"RRING", ResultKind::progress},
    {"RINGING", ResultKind::progress},
    {"RINGBACK", ResultKind::progress},
    {"DIALING", ResultKind::progress},
    {"DIALLING", ResultKind::progress},
    {"CALLING", ResultKind::progress},
    {"ALERTING", ResultKind::progress},
    {"CARRIER", ResultKind::progress, Tail::any},
    {"PROTOCOL", ResultKind::progress, Tail::any},
    {"COMPRESSION", ResultKind::progress, Tail::any},
    {"+MCR", ResultKind::progress, Tail::any},  // V.250 §6.4.4, §6.5.5, §6.6.2: what was agreed, before CONNECT
    {"+MRR", ResultKind::progress, Tail::any},
    {"+ER", ResultKind::progress, Tail::any},
    {"+DR", ResultKind::progress, Tail::any},
});

ResultKind kind_of(std::string_view line) {
  if (line == "OK") return ResultKind::ok;
  const auto found = std::ranges::find_if(spellings, [&](const Spelling& one) {
    return one.tail == Tail::any ? is_code(line, one.text) : line == one.text;
  });
  return found == spellings.end() ? ResultKind::information : found->kind;
}

// Only these numbers mean the same with every maker.
std::optional<ResultKind> kind_of_digit(std::string_view line) {
  if (line.size() != 1) return std::nullopt;
  switch (line[0]) {
    case '0':
      return ResultKind::ok;
    case '1':
      return ResultKind::connect;
    case '2':
      return ResultKind::ring;
    case '3':
      return ResultKind::no_carrier;
    case '4':
      return ResultKind::error;
    case '6':
      return ResultKind::no_dialtone;
    case '7':
      return ResultKind::busy;
    case '8':
      return ResultKind::no_answer;
    default:
      return std::nullopt;
  }
}

// The words of a suffix in capitals, without dots and hyphens: "REL-LAPM" and "V.42bis" have many spellings.
std::vector<std::string> suffix_words(std::string_view text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    if (" /,:;()"sv.find(c) != std::string_view::npos) {
      if (!words.back().empty()) words.emplace_back();
    } else if (c != '.' && c != '-') {
      words.back() += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

bool names_error_correction(const std::vector<std::string>& words) {
  static constexpr auto whole = std::to_array<std::string_view>({"ARQ", "EC", "LAP", "RLP", "X75"});
  static constexpr auto beginnings = std::to_array<std::string_view>({"REL", "LAPM", "LAPB", "V42", "MNP", "ALT"});
  const auto denies = [](const std::string& word) {
    // "NONE" alone says nothing: after /LAPM it is the compression that there is none of.
    return word.starts_with("NO") && word != "NONE";
  };
  const auto affirms = [](const std::string& word) {
    return std::find(whole.begin(), whole.end(), word) != whole.end() ||
           std::any_of(beginnings.begin(), beginnings.end(), [&](auto start) { return word.starts_with(start); });
  };
  return std::none_of(words.begin(), words.end(), denies) && std::any_of(words.begin(), words.end(), affirms);
}

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// What follows CONNECT, CARRIER or PROTOCOL: a speed in front, and words.
void read_suffix(ResultCode& code, std::string_view suffix) {
  const auto words = suffix_words(suffix);
  if (!words.empty()) code.speed = number(words.front());
  code.error_corrected = names_error_correction(words);
}

std::string call_to(std::string_view number) {
  return number.empty() ? std::string("call") : "call to " + base::escape(number);
}

Trouble error_trouble(const ResultCode& code) {
  if (const auto error = parse_mobile_error(trimmed(code.text))) return trouble_of(*error);
  return {Retry::stop, "the modem refused the command",
          "check the number, the chat script and the modem's init; a number that the modem blocks gives this too", 0};
}

// V.250 §6.3.8: S7 is how long a modem waits for the carrier, and 30 s and more with all of them.
Trouble no_carrier_trouble(std::optional<std::chrono::milliseconds> after) {
  constexpr std::chrono::seconds at_once{3}, least_wait{30};
  const auto told = [&](std::string_view cause) {
    return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(*after).count()) +
           " s after the dial: " + std::string(cause);
  };
  if (after && *after < at_once)
    return {Retry::soon, told("there is no line, or the network refused the call at once"),
            "is the line plugged in, or the modem in its network?", 0};
  if (after && *after >= least_wait)
    return {Retry::soon, told("nobody answered, or somebody who is no modem"),
            "is the number a modem's, and is that switched on?", 0};
  return {Retry::soon, "no modem answered, the modems did not agree, or the call was lost", "try again in 10 to 60 s",
          0};
}

Trouble blacklisted_trouble(const ResultCode& code) {
  if (code.text.starts_with("BLACKLIST FULL"))
    return {Retry::stop, "the modem's list of blocked numbers is full", "switch the modem off and on to clear it", 0};
  return {Retry::stop, "the modem blocks this number after repeated failures",
          "check the number, then switch the modem off and on to clear its list", 0};
}

Trouble cause_of(const ResultCode& code, std::optional<std::chrono::milliseconds> after) {
  switch (code.kind) {
    case ResultKind::ok:
      return {Retry::stop, "the modem gave up the dial or took it for a voice call",
              "check the dial string: no ';' at its end, nothing sent while it dials", 0};
    case ResultKind::no_carrier:
      return no_carrier_trouble(after);
    case ResultKind::error:
      return error_trouble(code);
    case ResultKind::no_dialtone:
      return {Retry::later, "there is no dial tone",
              "is the line plugged in, and no telephone on it off-hook? On a private exchange dial blind with ATX3", 0};
    case ResultKind::busy:
      return {Retry::soon, "the number is engaged", "try again in 10 to 60 s", 0};
    case ResultKind::no_answer:
      return {Retry::later, "it rings and nobody answers", "is the modem there switched on and set to answer?", 0};
    case ResultKind::delayed:
      return {Retry::later, "the modem makes a pause before it dials this number again",
              "approval rules want it: wait some minutes", 0};
    case ResultKind::blacklisted:
      return blacklisted_trouble(code);
    case ResultKind::voice:
      return {Retry::stop, "a person answered", "check the number before it is dialled again", 0};
    case ResultKind::fax:
      return {Retry::stop, "a fax machine answered", "check the number", 0};
    case ResultKind::line_in_use:
      return {Retry::soon, "another telephone on this line is off-hook", "try again in 10 to 60 s", 0};
    case ResultKind::connect:
    case ResultKind::ring:
    case ResultKind::progress:
    case ResultKind::information:
      base::bug("trouble_of: this result code ends no call");
  }
  base::bug("trouble_of: bad kind");
}

}  // namespace

ResultCode parse_result_code(std::string_view line) {
  static constexpr std::string_view connect = "CONNECT";
  const auto text = trimmed(line);
  ResultCode code;
  code.text = std::string(line);
  if (const auto digit = kind_of_digit(text)) {
    code.kind = *digit;
  } else if (is_code(text, connect)) {
    code.kind = ResultKind::connect;
    read_suffix(code, text.substr(connect.size()));
    if (text == "CONNECT FAX") code.kind = ResultKind::fax;
  } else {
    code.kind = kind_of(text);
    // With W1 or S95 these lines tell what CONNECT does not.
    for (const auto word : {"CARRIER"sv, "PROTOCOL"sv, "+ER"sv}) {
      if (is_code(text, word)) read_suffix(code, text.substr(word.size()));
    }
  }
  return code;
}

bool is_final(ResultKind kind) {
  switch (kind) {
    case ResultKind::ok:
    case ResultKind::connect:
    case ResultKind::no_carrier:
    case ResultKind::error:
    case ResultKind::no_dialtone:
    case ResultKind::busy:
    case ResultKind::no_answer:
    case ResultKind::delayed:
    case ResultKind::blacklisted:
    case ResultKind::voice:
    case ResultKind::fax:
    case ResultKind::line_in_use:
      return true;
    case ResultKind::ring:
    case ResultKind::progress:
    case ResultKind::information:
      return false;
  }
  base::bug("is_final: bad kind");
}

std::string_view word(Retry retry) {
  switch (retry) {
    case Retry::soon:
      return "soon";
    case Retry::later:
      return "later";
    case Retry::stop:
      return "stop";
  }
  base::bug("word: bad retry");
}

std::string time_text(std::chrono::milliseconds time) {
  const auto count = time.count();
  return count % 1000 == 0 ? std::to_string(count / 1000) + " s" : std::to_string(count) + " ms";
}

Trouble trouble_of(const ResultCode& code, std::string_view number, std::optional<std::chrono::milliseconds> after) {
  auto trouble = cause_of(code, after);
  trouble.wants_other_number = code.kind == ResultKind::busy || code.kind == ResultKind::no_answer;
  trouble.is_unanswered = code.kind == ResultKind::no_dialtone || code.kind == ResultKind::busy ||
                          code.kind == ResultKind::no_answer || code.kind == ResultKind::delayed ||
                          code.kind == ResultKind::blacklisted || code.kind == ResultKind::line_in_use;
  trouble.text = call_to(number) + ": " + trouble.text + ": " + base::escape(trimmed(code.text));
  return trouble;
}

std::optional<std::string> ResultReader::feed(unsigned char octet) {
  if (octet != '\r' && octet != '\n') {
    if (line_.size() < max_bytes) line_ += static_cast<char>(octet);
    return std::nullopt;
  }
  if (line_.empty()) return std::nullopt;
  std::string complete;
  complete.swap(line_);
  return complete;
}

}  // namespace modem
