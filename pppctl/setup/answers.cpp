#include "pppctl/setup/answers.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>

#include "base/bug.h"
#include "base/fd.h"
#include "base/io.h"
#include "base/private_file.h"
#include "base/secret.h"
#include "conf/text.h"
#include "conf/toml.h"

namespace pppctl::setup {
namespace {

constexpr std::int64_t max_number = 1'000'000'000;

// What is typed is not shown, as long as this lives.
class Hidden {
 public:
  Hidden() : is_terminal_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!is_terminal_) return;
    termios modes = before_;
    modes.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &modes);
  }
  Hidden(const Hidden&) = delete;
  Hidden& operator=(const Hidden&) = delete;
  ~Hidden() {
    if (is_terminal_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }

 private:
  termios before_{};
  bool is_terminal_;
};

std::string prompt_of(const Question& question) {
  std::string text = question.text;
  if (!question.choices.empty()) {
    text += " (";
    for (std::size_t i = 0; i < question.choices.size(); ++i) text += (i == 0 ? "" : ", ") + question.choices[i];
    text += ")";
  }
  if (!question.standard.empty()) text += " [" + question.standard + "]";
  return text + ": ";
}

class Person : public AnswerSource {
 public:
  Person(base::Fd terminal, base::StopSignals& stop) : terminal_(std::move(terminal)), stop_(stop) {}

  base::Result<std::string> answer(const Question& question) override {
    for (;;) {
      std::string line;
      if (auto asked = ask(prompt_of(question), line); !asked) return asked.error();
      auto accepted = accept(question, line);
      if (accepted) return accepted;
      refuse(accepted.error());
    }
  }

  base::Result<base::Secret> secret(const Question& question) override {
    const Hidden hidden;  // before the prompt: whoever types at once is not seen, nor lost
    for (;;) {
      std::string line;
      line.reserve(max_answer_text + 1);  // it must not move: what it leaves behind would stay
      const auto asked = ask(prompt_of(question), line);
      std::fputs("\n", stderr);
      auto accepted = asked ? accept_secret(question, line) : base::Result<base::Secret>(asked.error());
      base::wipe(line);
      if (accepted || !asked) return accepted;
      refuse(accepted.error());
    }
  }

  bool has(const std::string&) override { return false; }

  base::Result<bool> confirm(const std::string& text, bool standard) override {
    const Question question{"answer", text, Kind::yes_no, std::string(standard ? yes : no), {}};
    const auto said = answer(question);
    if (!said) return said.error();
    return *said == yes;
  }

  base::Result<void> finish() override { return {}; }

 private:
  static void refuse(const base::Failure& failure) { std::fputs(("  " + failure.text + "\n").c_str(), stderr); }

  base::Result<void> ask(const std::string& prompt, std::string& line) {
    std::fputs(prompt.c_str(), stderr);
    for (;;) {
      const auto ready = base::wait_ready(terminal_, base::Interest::read, {}, &stop_);
      if (!ready) return ready.error();
      char c = 0;
      const auto n = base::read_some(terminal_, std::span(&c, 1));
      if (!n) return n.error();
      if (*n == 0) return base::permanent("the answers ended: nothing was written");
      if (c == '\n') return {};
      if (line.size() <= max_answer_text) line += c;
    }
  }

  base::Fd terminal_;
  base::StopSignals& stop_;
};

class FileOfAnswers : public AnswerSource {
 public:
  explicit FileOfAnswers(conf::TomlFile file) : file_(std::move(file)) {}

  base::Result<std::string> answer(const Question& question) override {
    auto& table = file_.top();
    std::string text;
    switch (question.kind) {
      case Kind::text:
      case Kind::choice:
        text = table.text(question.key).value_or("");
        break;
      case Kind::yes_no:
        if (const auto value = table.boolean(question.key)) text = *value ? yes : no;
        break;
      case Kind::number:
        if (const auto value = table.integer(question.key, 1, max_number)) text = std::to_string(*value);
        break;
      case Kind::secret:
        base::bug("setup: a secret is no text");
    }
    auto accepted = accept(question, text);
    if (!accepted) return table.failure(question.key, accepted.error().text);
    return accepted;
  }

  base::Result<base::Secret> secret(const Question& question) override {
    auto& table = file_.top();
    auto text = table.text(question.key).value_or("");
    auto accepted = accept_secret(question, text);
    base::wipe(text);
    if (!accepted) return table.failure(question.key, accepted.error().text);
    return accepted;
  }

  bool has(const std::string& key) override { return file_.top().has_own(key); }

  base::Result<bool> confirm(const std::string&, bool standard) override { return standard; }

  base::Result<void> finish() override { return file_.finish(); }

 private:
  conf::TomlFile file_;
};

}  // namespace

base::Result<std::unique_ptr<AnswerSource>> person(base::StopSignals& stop) {
  if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDERR_FILENO) == 0)
    return base::permanent("setup asks a person on a terminal; without one, give it a file by --answers");
  base::Fd terminal(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
  if (!terminal.valid()) return base::system_failure("read the terminal");
  base::hide_memory();
  return std::make_unique<Person>(std::move(terminal), stop);
}

base::Result<std::unique_ptr<AnswerSource>> answer_file(const std::string& path) {
  // It may hold passwords.
  base::hide_memory();
  const auto fd = base::open_private_file(path);
  if (!fd) return base::permanent(fd.error().text);
  auto text = base::read_all(*fd, conf::max_config_file_bytes, path);
  if (!text) return text.error();
  auto file = conf::TomlFile::parse(*text, path);
  base::wipe(*text);
  if (!file) return file.error();
  return std::make_unique<FileOfAnswers>(std::move(*file));
}

}  // namespace pppctl::setup
