// Where answers come from.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/stop_signals.h"
#include "pppctl/setup/interview.h"

namespace pppctl::setup {

class AnswerSource {
 public:
  AnswerSource() = default;
  AnswerSource(const AnswerSource&) = delete;
  AnswerSource& operator=(const AnswerSource&) = delete;
  virtual ~AnswerSource() = default;

  // The accepted answer; a person is asked again until there is one.
  virtual base::Result<std::string> answer(const Question& question) = 0;
  virtual base::Result<base::Secret> secret(const Question& question) = 0;
  // It has been given already.
  [[nodiscard]] virtual bool has(const std::string& key) = 0;
  // A question without effect on the answers. A file of answers has no opinion: the standard.
  virtual base::Result<bool> confirm(const std::string& text, bool standard) = 0;
  // After the last question: what was answered and never asked is a mistake.
  virtual base::Result<void> finish() = 0;
};

// On standard input and standard error, which must be a terminal.
base::Result<std::unique_ptr<AnswerSource>> person(base::StopSignals& stop);
base::Result<std::unique_ptr<AnswerSource>> answer_file(const std::string& path);

}  // namespace pppctl::setup
