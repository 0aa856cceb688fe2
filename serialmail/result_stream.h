// What a client says on its descriptor 1: FILENAME NUL STATUS TEXT LF, records one after another. And what our own
// client writes there.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace serialmail {

inline constexpr std::size_t max_record_name_bytes = 4096;
// serialmail's bound for status and text together; longer texts are cut.
inline constexpr std::size_t max_record_text_bytes = 2000;

// STATUS. Others than these are somebody else's: the file stays, and no answer is noted.
inline constexpr char status_accepted = 'K';
inline constexpr char status_refused = 'D';
inline constexpr char status_deferred = 'Z';
// Ours: the file stays, and the server never answered about it (it could not be read, or not be sent as it is). To an
// old maildirserial it counts as 'Z'.
inline constexpr char status_left = 'L';

struct ResultRecord {
  std::string file;
  char status = status_left;
  std::string text;
};

// The record in wire form: text cut to the bound, octets outside 32..126 turned into '?'.
std::string format_result(const ResultRecord& record);

// Reads the stream in pieces of any size. A record that is cut off by the end of the stream is never given out; one
// whose name is too long is dropped.
class ResultStream {
 public:
  std::vector<ResultRecord> feed(std::string_view octets);

 private:
  enum class State { name, status, text };

  State state_ = State::name;
  bool name_too_long_ = false;
  ResultRecord record_;
};

}  // namespace serialmail
