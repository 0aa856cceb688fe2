#include "pppctl/setup/interview.h"

#include <algorithm>
#include <functional>

#include "base/bug.h"
#include "base/log.h"
#include "conf/dial_string.h"
#include "conf/nearest.h"
#include "conf/port_name.h"
#include "conf/text.h"
#include "conf/toml.h"

namespace pppctl::setup {
namespace {

constexpr unsigned max_speed = 4'000'000;

struct Step {
  const char* key;
  bool (*is_asked)(const Answers&, const Known&);
  Question (*ask)(const Answers&, const Known&);
};

const std::string& of(const Answers& answers, std::string_view key) {
  static const std::string nothing;
  const auto found = answers.find(key);
  return found == answers.end() ? nothing : found->second;
}

bool has(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

bool always(const Answers&, const Known&) { return true; }
bool is_new_modem(const Answers& answers, const Known& known) { return !has(known.modems, of(answers, "modem")); }
bool is_ppp(const Answers& answers, const Known&) { return of(answers, "kind") == "ppp"; }
bool is_line(const Answers& answers, const Known&) { return of(answers, "kind") == "line"; }
bool has_login(const Answers& answers, const Known&) { return of(answers, "login") == yes; }
bool has_relay_user(const Answers& answers, const Known&) {
  return is_ppp(answers, {}) && of(answers, "relay") != none && of(answers, "relay_user") != none;
}
bool is_new_tariff(const Answers& answers, const Known& known) {
  return of(answers, "tariff") != none && !has(known.tariffs, of(answers, "tariff"));
}

std::string first_of(const std::vector<std::string>& all, const std::string& otherwise) {
  return all.empty() ? otherwise : all.front();
}

std::string probed(const Known& known, const std::string& key, const std::string& otherwise) {
  const auto found = known.probed.find(key);
  return found == known.probed.end() ? otherwise : found->second;
}

std::vector<std::string> with_none(std::vector<std::string> all) {
  all.emplace_back(none);
  return all;
}

// In the order in which they are asked.
const std::vector<Step>& steps() {
  static const std::vector<Step> all{
      {"link", always,
       [](const Answers&, const Known&) {
         return Question{"", "Name of the link", Kind::text, "provider", {}};
       }},
      {"name", [](const Answers&, const Known& known) { return !known.has_name; },
       [](const Answers&, const Known&) {
         return Question{"", "Name of this host in mail, as office.example", Kind::text, "", {}};
       }},
      {"kind", always,
       [](const Answers&, const Known&) {
         return Question{"", "Mail straight on the line, or by PPP", Kind::choice, "ppp", {"line", "ppp"}};
       }},
      {"modem", always,
       [](const Answers&, const Known& known) {
         return Question{"", "Name of the modem", Kind::text, first_of(known.modems, "modem"), known.modems};
       }},
      {"port", is_new_modem,
       [](const Answers&, const Known& known) {
         return Question{"", "Its port", Kind::text, first_of(known.ports, ""), known.ports};
       }},
      {"base", is_new_modem,
       [](const Answers&, const Known& known) {
         return Question{"", "The base that its profile inherits", Kind::choice,
                         probed(known, "base", std::string(none)), with_none(known.bases)};
       }},
      {"speed", is_new_modem,
       [](const Answers&, const Known& known) {
         return Question{"", "Speed of the port, bit/s", Kind::number, probed(known, "speed", "115200"), {}};
       }},
      {"phone", always,
       [](const Answers& answers, const Known&) {
         return Question{"", "Number to dial", Kind::text, of(answers, "base") == "null-modem" ? "0" : "", {}};
       }},
      {"login", always,
       [](const Answers&, const Known&) {
         return Question{"", "Does the other side ask for a name and a password", Kind::yes_no, std::string(no), {}};
       }},
      {"user", has_login,
       [](const Answers&, const Known&) {
         return Question{"", "Name to log in with", Kind::text, "", {}};
       }},
      {"password", has_login,
       [](const Answers&, const Known&) {
         return Question{"", "Password", Kind::secret, "", {}};
       }},
      {"reliable", is_line,
       [](const Answers& answers, const Known&) {
         const auto standard = of(answers, "base") == "null-modem" ? yes : no;
         return Question{
             "", "Is the line free of errors though CONNECT does not say so", Kind::yes_no, std::string(standard), {}};
       }},
      {"route", always,
       [](const Answers& answers, const Known&) {
         return Question{"", "Name of the spool that its mail waits in", Kind::text, of(answers, "link"), {}};
       }},
      {"domain", always,
       [](const Answers&, const Known&) {
         return Question{"", "Domain whose mail goes there; * is all that is not local", Kind::text, "*", {}};
       }},
      {"relay", is_ppp,
       [](const Answers&, const Known&) {
         return Question{"", "The provider's mail server, as mail.provider.example:587", Kind::text, "", {}};
       }},
      {"relay_user",
       [](const Answers& answers, const Known& known) {
         return is_ppp(answers, known) && of(answers, "relay") != none;
       },
       [](const Answers&, const Known&) {
         return Question{"", "Name to log in there with", Kind::text, std::string(none), {}};
       }},
      {"relay_password", has_relay_user,
       [](const Answers&, const Known&) {
         return Question{"", "Password there", Kind::secret, "", {}};
       }},
      {"tariff", always,
       [](const Answers&, const Known& known) {
         return Question{"", "Tariff of its calls", Kind::text, std::string(none), with_none(known.tariffs)};
       }},
      {"currency", is_new_tariff,
       [](const Answers&, const Known&) {
         return Question{"", "Currency", Kind::text, "EUR", {}};
       }},
      {"time_zone", is_new_tariff,
       [](const Answers&, const Known&) {
         return Question{"", "Time zone of the provider, as Europe/Berlin", Kind::text, "UTC", {}};
       }},
      {"setup_fee", is_new_tariff,
       [](const Answers&, const Known&) {
         return Question{"", "Fee for each call, as 0.0825", Kind::text, "0", {}};
       }},
      {"price", is_new_tariff,
       [](const Answers&, const Known&) {
         return Question{"", "Price of each step", Kind::text, "", {}};
       }},
      {"step", is_new_tariff,
       [](const Answers&, const Known&) {
         return Question{"", "Length of a step", Kind::text, "60s", {}};
       }},
  };
  return all;
}

bool is_plain_name(std::string_view text) {
  return !text.empty() && text.front() != '.' && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
                  c == '-';
         });
}

bool is_printable(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; });
}

bool has_blank(std::string_view text) { return text.find_first_of(" \t") != std::string_view::npos; }

// What is wrong with a text for this key; empty: nothing.
std::string fault_of(const std::string& key, const std::string& text) {
  if (key == "link" || key == "modem" || key == "route" || key == "tariff")
    return is_plain_name(text) ? "" : "is no name: letters, digits and . _ -, not beginning with . or -";
  if (key == "port") {
    const auto name = conf::parse_port_name(text);
    return name ? "" : name.error().text;
  }
  if (key == "phone" && !conf::is_dial_string(text)) return "is no dial string: digits, *, #, + and V.250's modifiers";
  if (key == "user" && (has_blank(text) || text.starts_with('@') || text.find_first_of("'\"\\^$") != std::string::npos))
    return "has a character that means something in a chat script: write that script by hand";
  if ((key == "setup_fee" || key == "price") && !conf::parse_amount(text)) return "is no amount: 0.0312";
  if (key == "step" && !conf::parse_duration(text)) return "is no time: 60s";
  if ((key == "name" || key == "domain" || key == "relay" || key == "currency" || key == "time_zone") &&
      has_blank(text))
    return "has a blank in it";
  return "";
}

// What is wrong with any answer to this question; empty: nothing.
std::string common_fault(const Question& question, std::string_view text) {
  if (text.empty()) return "an answer is needed: " + question.text;
  if (text.size() > max_answer_text) return "is too long";
  return is_printable(text) ? "" : "holds a character that cannot be printed";
}

}  // namespace

std::optional<Question> next_question(const Answers& answers, const Known& known) {
  for (const auto& step : steps()) {
    if (answers.contains(step.key) || !step.is_asked(answers, known)) continue;
    auto question = step.ask(answers, known);
    question.key = step.key;
    return question;
  }
  return {};
}

base::Result<std::string> accept(const Question& question, std::string_view answer) {
  const std::string text = answer.empty() ? question.standard : std::string(answer);
  const auto refuse = [&](const std::string& what) {
    return base::permanent(question.key + ": '" + base::escape(text) + "' " + what);
  };
  if (const auto fault = common_fault(question, text); !fault.empty())
    return base::permanent(question.key + ": " + fault);
  switch (question.kind) {
    case Kind::text: {
      const auto fault = fault_of(question.key, text);
      return fault.empty() ? base::Result<std::string>(text) : refuse(fault);
    }
    case Kind::secret:
      base::bug("setup: a secret is no text");
    case Kind::choice:
      if (has(question.choices, text)) return text;
      return refuse("is none of the choices" + conf::did_you_mean(text, question.choices));
    case Kind::yes_no: {
      const auto small = conf::lower(text);
      if (small == "y" || small == yes) return std::string(yes);
      if (small == "n" || small == no) return std::string(no);
      return refuse("is neither yes nor no");
    }
    case Kind::number: {
      const auto value = conf::decimal(text);
      if (!value || *value == 0 || *value > max_speed) return refuse("is no speed");
      return text;
    }
  }
  base::bug("setup::Kind: bad value");
}

base::Result<base::Secret> accept_secret(const Question& question, std::string_view answer) {
  if (const auto fault = common_fault(question, answer); !fault.empty())
    return base::permanent(question.key + ": " + fault);
  return base::Secret(answer);
}

}  // namespace pppctl::setup
