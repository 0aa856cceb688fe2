// A session played against a far end that answers by heart, on a clock that only counts.
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "chat/session.h"

namespace chat_test {

// What is awaited of the session since the last answer, and what it gets then. An empty text is awaited at once.
using Answers = std::deque<std::pair<std::string, std::string>>;

struct Played {
  std::string sent;
  std::string unread;
  int status = -1;
  std::string matched;
  std::string why;
  std::vector<std::string> log;
  std::vector<std::string> reports;
  std::string echo;
  std::string said;
  std::chrono::milliseconds time{0};
};

inline std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> all;
  auto script = chat::parse_script(text, "SCRIPT");
  for (auto& word : script->words) all.push_back(std::move(word.text));
  return all;
}

class FarEnd {
 public:
  FarEnd(const chat::Script& script, const chat::Settings& settings, Answers answers)
      : session_(script, settings), settings_(settings), answers_(std::move(answers)) {}

  Played play() {
    answer();
    auto actions = session_.start();
    while (played_.status < 0) actions = session_.on(perform(actions));
    played_.unread = input_;
    return played_;
  }

 private:
  chat::Event perform(const std::vector<chat::Action>& actions) {
    for (const auto& action : actions) {
      if (const auto* arm = std::get_if<chat::Arm>(&action)) left_ = limit_ = arm->within;
      if (const auto* log = std::get_if<chat::Log>(&action)) played_.log.push_back(log->text);
      if (const auto* echo = std::get_if<chat::Echo>(&action)) played_.echo += echo->text;
      if (const auto* say = std::get_if<chat::Say>(&action)) played_.said += say->text;
      if (const auto* report = std::get_if<chat::Report>(&action)) played_.reports.push_back(report->text);
      if (const auto* send = std::get_if<chat::Send>(&action)) return do_send(*send);
      if (std::holds_alternative<chat::ReadFile>(action)) return chat::FileText{"file"};
      if (std::holds_alternative<chat::ReadOctet>(action)) return read();
      if (const auto* done = std::get_if<chat::Done>(&action)) {
        played_.status = done->status;
        played_.matched = done->matched;
        played_.why = done->why;
      }
    }
    return chat::Sent{};  // after Done: not looked at
  }

  chat::Event do_send(const chat::Send& send) {
    for (const auto& piece : send.pieces) {
      if (piece.kind == chat::SendPiece::Kind::second) pass(std::chrono::seconds(1));
      if (piece.kind == chat::SendPiece::Kind::moment) pass(std::chrono::milliseconds(10));
      if (piece.kind != chat::SendPiece::Kind::octet) continue;
      pass(settings_.pace);
      if (limit_.count() > 0 && left_.count() <= 0) return chat::Expired{};
      played_.sent += static_cast<char>(piece.octet);
      answer();
    }
    return chat::Sent{};
  }

  chat::Event read() {
    if (input_.empty()) {
      if (limit_.count() == 0) return chat::LineFailed{"silent for ever", true};
      pass(left_);
      return chat::Expired{};
    }
    const auto octet = static_cast<unsigned char>(input_.front());
    input_.erase(0, 1);
    return chat::Octet{octet};
  }

  void answer() {
    while (!answers_.empty()) {
      const auto at = played_.sent.find(answers_.front().first, answered_);
      if (at == std::string::npos) return;
      answered_ = at + answers_.front().first.size();
      input_ += answers_.front().second;
      answers_.pop_front();
    }
  }

  void pass(std::chrono::milliseconds time) {
    played_.time += time;
    left_ -= time;
  }

  chat::Session session_;
  const chat::Settings& settings_;
  Answers answers_;
  Played played_;
  std::string input_;
  std::size_t answered_ = 0;
  std::chrono::milliseconds limit_{0};
  std::chrono::milliseconds left_{0};
};

inline Played play(const std::string& script, Answers answers, const chat::Settings& settings = {}) {
  const auto parsed = chat::script_of_words(words(script));
  return FarEnd(parsed, settings, std::move(answers)).play();
}

}  // namespace chat_test
