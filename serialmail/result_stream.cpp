#include "serialmail/result_stream.h"

#include <utility>

namespace serialmail {

std::string format_result(const ResultRecord& record) {
  std::string line = record.file + '\0' + record.status;
  for (const char c : std::string_view(record.text).substr(0, max_record_text_bytes - 1)) {
    line += c >= 32 && c < 127 ? c : '?';
  }
  return line + '\n';
}

std::vector<ResultRecord> ResultStream::feed(std::string_view octets) {
  std::vector<ResultRecord> records;
  for (const char c : octets) {
    switch (state_) {
      case State::name:
        if (c == '\0') {
          state_ = State::status;
        } else if (record_.file.size() < max_record_name_bytes) {
          record_.file += c;
        } else {
          name_too_long_ = true;
        }
        break;
      case State::status:
        record_.status = c;
        state_ = State::text;
        if (c != '\n') break;
        [[fallthrough]];  // not even a status: the record ends here, and says nothing that we know
      case State::text:
        if (c != '\n') {
          if (record_.text.size() < max_record_text_bytes) record_.text += c;
          break;
        }
        if (!name_too_long_) records.push_back(std::move(record_));
        record_ = {};
        name_too_long_ = false;
        state_ = State::name;
        break;
    }
  }
  return records;
}

}  // namespace serialmail
