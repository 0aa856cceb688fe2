#include "situation.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <map>
#include <sstream>

namespace {

namespace policy = pppctl::policy;
using policy::milliseconds;
using policy::Question;

milliseconds span(const std::string& text) {
  const auto value = conf::parse_duration(text);
  INFO(text);
  REQUIRE(value);
  return *value;
}

std::vector<std::string> parts(const std::string& text, char separator) {
  std::vector<std::string> all;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) all.push_back(part);
  return all;
}

conf::BackOff back_off(const std::string& text) {
  const auto words = parts(text, ',');
  REQUIRE(words.size() == 3);
  return {span(words[0]), span(words[2]), std::stoll(words[1])};
}

// "3*10k@5m/4!"
void add_mail(Question& question, std::string text) {
  policy::Letter letter;
  if (text.ends_with('!')) {
    letter.is_automatic = true;
    text.pop_back();
  }
  if (const auto slash = text.find('/'); slash != std::string::npos) {
    letter.priority = std::stoi(text.substr(slash + 1));
    text.resize(slash);
  }
  if (const auto at = text.find('@'); at != std::string::npos) {
    letter.age = span(text.substr(at + 1));
    text.resize(at);
  }
  const auto star = text.find('*');
  if (star != std::string::npos) letter.octets = conf::parse_size(text.substr(star + 1)).value();
  question.letters.insert(question.letters.end(), std::stoul(text), letter);
}

void set_failures(Question& question, const std::string& text) {
  const auto words = parts(text, ':');
  question.past.failures = std::stoll(words.at(1));
  question.past.retry = words[0] == "soon"   ? modem::Retry::soon
                        : words[0] == "stop" ? modem::Retry::stop
                                             : modem::Retry::later;
  question.past.reason = "the number is busy";
}

void add_number(Question& question, const std::string& text) {
  const auto words = parts(text, ':');
  question.numbers.push_back(words[0]);
  if (words.size() > 1) question.past.failures_of_number[words[0]] = std::stoll(words[1]);
}

// "sat_10:00": of the week from Monday, 23 November 2026.
policy::WallTime moment(const std::string& text) {
  static const std::array<std::string, 7> days{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  const auto words = parts(text, '_');
  const auto day = std::find(days.begin(), days.end(), words.at(0)) - days.begin();
  const auto time = parts(words.at(1), ':');
  const std::chrono::sys_days monday = std::chrono::year(2026) / 11 / 23;
  return monday + std::chrono::days(day) + std::chrono::hours(std::stoi(time.at(0))) +
         std::chrono::minutes(std::stoi(time.at(1)));
}

using Setter = void (*)(Question&, const std::string&);

const std::map<std::string, Setter>& setters() {
  static const std::map<std::string, Setter> all{
      {"older", [](Question& q, const std::string& v) { q.policy.older = span(v); }},
      {"messages", [](Question& q, const std::string& v) { q.policy.messages = std::stoull(v); }},
      {"octets", [](Question& q, const std::string& v) { q.policy.octets = conf::parse_size(v); }},
      {"priority", [](Question& q, const std::string& v) { q.policy.priority = std::stoi(v); }},
      {"interval", [](Question& q, const std::string& v) { q.policy.interval = span(v); }},
      {"pause", [](Question& q, const std::string& v) { q.policy.pause = span(v); }},
      {"hour", [](Question& q, const std::string& v) { q.policy.dials_per_hour = std::stoll(v); }},
      {"day", [](Question& q, const std::string& v) { q.policy.dials_per_day = std::stoll(v); }},
      {"retries", [](Question& q, const std::string& v) { q.policy.retries = std::stoll(v); }},
      {"max", [](Question& q, const std::string& v) { q.policy.max_size = conf::parse_size(v); }},
      {"min", [](Question& q, const std::string& v) { q.policy.min_priority = std::stoi(v); }},
      {"soon", [](Question& q, const std::string& v) { q.policy.soon = back_off(v); }},
      {"later", [](Question& q, const std::string& v) { q.policy.later = back_off(v); }},
      {"window",
       [](Question& q, const std::string& v) {
         auto text = v;
         std::replace(text.begin(), text.end(), '_', ' ');
         q.policy.windows.push_back(conf::parse_call_window(text).value());
       }},
      {"zone", [](Question& q, const std::string& v) { q.policy.time_zone = base::TimeZone::load(v).value(); }},
      {"mail", [](Question& q, const std::string& v) { add_mail(q, v); }},
      {"dials",
       [](Question& q, const std::string& v) {
         for (const auto& age : parts(v, ',')) q.past.dial_ages.push_back(span(age));
       }},
      {"end", [](Question& q, const std::string& v) { q.past.since_end = span(v); }},
      {"begin", [](Question& q, const std::string& v) { q.past.since_begin = span(v); }},
      {"fail", set_failures},
      {"number", add_number},
      {"at-work", [](Question& q, const std::string&) { q.past.is_at_work = true; }},
      {"asked",
       [](Question& q, const std::string& v) {
         q.asked = v == "always" ? policy::Asked::always : policy::Asked::by_order;
       }},
      {"money",
       [](Question& q, const std::string& v) {
         q.money = {false, v == "no" ? std::optional<milliseconds>() : span(v), "the day's cap is reached"};
       }},
      {"at", [](Question& q, const std::string& v) { q.now = moment(v); }},
  };
  return all;
}

}  // namespace

Question situation(const std::string& words) {
  Question question;
  question.link = "provider";
  question.now = moment("mon_10:00");
  for (const auto& word : parts(words, ' ')) {
    const auto equals = word.find('=');
    const auto setter = setters().find(word.substr(0, equals));
    INFO(word);
    REQUIRE(setter != setters().end());
    setter->second(question, equals == std::string::npos ? "" : word.substr(equals + 1));
  }
  return question;
}
