// TOML files read key by key against what the reader asks for. Whatever is wrong is collected as one line a fault, with
// file, line and key, and finish() reports it; the getters never fail on the way, so that one run names every fault.
//
//   auto file = conf::TomlFile::load(path);            // not there, not readable, no TOML: a failure
//   auto& top = file->top();
//   link.phone = top.text("phone", Need::required).value_or("");
//   link.redial = top.duration("redial").value_or(30s);
//   if (auto done = file->finish(); !done) return done.error();   // unknown keys too, with the nearest that was asked
//   for
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace conf {

enum class Need { optional, required };

inline constexpr std::int64_t nano_units = 1'000'000'000;  // of an amount: money is counted in exact integers

// The values that stand as strings in a file; empty when the text is none. Pure.
// "500ms", "30s", "5m", "2h", "1d": a whole number and one unit.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
// "800", "10k", "2M", "1G": a whole number of octets, of 1024, 1024² or 1024³ of them.
std::optional<std::uint64_t> parse_size(std::string_view text);
// "0.0625", "12", "-1.5": at most nine decimals, exactly; the result is in nano-units.
std::optional<std::int64_t> parse_amount(std::string_view text);

class TomlFile;

// A table of the file. Lives as long as its TomlFile.
class TomlTable {
 public:
  ~TomlTable();

  std::optional<std::string> text(std::string_view key, Need need = Need::optional);
  std::optional<std::int64_t> integer(std::string_view key, std::int64_t least, std::int64_t greatest,
                                      Need need = Need::optional);
  std::optional<bool> boolean(std::string_view key, Need need = Need::optional);
  std::optional<std::chrono::milliseconds> duration(std::string_view key, Need need = Need::optional);
  std::optional<std::uint64_t> size(std::string_view key, Need need = Need::optional);
  // A string or an integer; a TOML float is refused, because it is not exact.
  std::optional<std::int64_t> amount(std::string_view key, Need need = Need::optional);
  std::optional<std::vector<std::string>> texts(std::string_view key, Need need = Need::optional);
  // A string, or an array of them.
  std::optional<std::vector<std::string>> text_or_texts(std::string_view key, Need need = Need::optional);
  // One of the words.
  std::optional<std::string> choice(std::string_view key, const std::vector<std::string>& words,
                                    Need need = Need::optional);
  // Several of the words.
  std::optional<std::vector<std::string>> choices(std::string_view key, const std::vector<std::string>& words,
                                                  Need need = Need::optional);
  // [key] and [[key]]; not there: nothing.
  TomlTable* table(std::string_view key, Need need = Need::optional);
  std::vector<TomlTable*> tables(std::string_view key, Need need = Need::optional);
  // Every key of a table whose keys are the user's own words.
  std::vector<std::string> keys() const;

  // A fault of the reader's own finding, at the key's line.
  void complain(std::string_view key, const std::string& what);
  // The same as a failure by itself, for what leaves nothing to go on with.
  [[nodiscard]] base::Failure failure(std::string_view key, const std::string& what) const;
  // The key is there, and not from a base (TomlFile::inherit).
  [[nodiscard]] bool has_own(std::string_view key) const;

 private:
  friend class TomlFile;
  struct State;
  TomlTable();
  std::unique_ptr<State> state_;
};

class TomlFile {
 public:
  static base::Result<TomlFile> load(const std::string& path);
  // Pure; file is for the faults' text.
  static base::Result<TomlFile> parse(std::string_view text, const std::string& file);
  TomlFile(TomlFile&&) noexcept;
  TomlFile& operator=(TomlFile&&) noexcept;
  ~TomlFile();

  TomlTable& top();
  // Takes what the other file sets and this one does not, table by table; a fault in it names that file and its line.
  // Before any getter is called.
  void inherit(TomlFile base);
  // Every fault in the order of the lines: what the getters met, and each key that nobody asked for. Those of bases
  // last.
  std::vector<std::string> faults() const;
  // Permanent with the first fault and the number of the others.
  base::Result<void> finish() const;

 private:
  struct State;
  explicit TomlFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace conf
