#include "mta/sendmail/options.h"

#include <string_view>

#include "base/log.h"
#include "conf/command_line.h"

namespace mta {
namespace {

// Letters that stand alone and may be grouped. Those that mean nothing here are accepted, because programs give them to
// every sendmail; so are the ones below, with their values.
constexpr std::string_view plain_letters = "titvmnxUGEJs";
constexpr std::string_view letters_with_value = "fFrbBoONRVXLhpeACDM";
constexpr std::string_view letters_with_attached_value = "qd";  // -q alone, -q30m

conf::Program described() {
  return {
      "sendmail", "[-t] [-i] [-f SENDER] [-F NAME] [-bm|-bp|-bs|-q] [RECIPIENT ...]",
      "Queues the message on standard input; returns once it is on disk.",
      "0 queued, 64 usage, 65 bad message, 67 bad recipient, 69 refused, 71 and 74 system trouble, 75 temporary, 78 "
      "configuration"};
}

base::Result<SendmailOptions> show(const char* option, const char* name) {
  namespace po = boost::program_options;
  po::options_description options("Options");
  options.add_options()(",t", "recipients are those in To, Cc and Bcc too")(
      ",i", "a line with a lone dot does not end the message (also -oi)")(
      ",f", po::value<std::string>()->value_name("SENDER"), "envelope sender; '' or <> is the null sender (also -r)")(
      ",F", po::value<std::string>()->value_name("NAME"), "full name for a From field that is added")(
      ",b", po::value<std::string>()->value_name("MODE"), "m: take a message; p: list the queue; s: SMTP on 0 and 1")(
      ",q", "everything that waits is tried now")(
      ",o", po::value<std::string>()->value_name("OPTION"),
      "i as above; all else, and -B -e -h -L -m -N -n -O -p -R -U -V -v -X -x, is accepted and ignored");
  const char* const argv[] = {name, option};
  auto parsed = conf::parse_command_line(described(), options, 2, argv);
  if (!parsed) return parsed.error();
  SendmailOptions shown;
  shown.mode = SendmailMode::shown;
  return shown;
}

base::Failure usage(const std::string& what) {
  return base::permanent(what + " (usage: sendmail " + described().synopsis + ")");
}

class Parser {
 public:
  Parser(int argc, const char* const* argv) : words_(argv + (argc > 0 ? 1 : 0), argv + argc) {}

  base::Result<SendmailOptions> run() {
    for (; at_ < words_.size(); ++at_) {
      const std::string& word = words_[at_];
      if (word == "--") {
        options_.recipients.insert(options_.recipients.end(), words_.begin() + static_cast<std::ptrdiff_t>(at_) + 1,
                                   words_.end());
        break;
      }
      if (word.empty()) return usage("empty recipient");
      if (word.front() != '-') {
        options_.recipients.push_back(word);
      } else if (auto read = on_options(word); !read) {
        return read.error();
      }
    }
    return options_;
  }

 private:
  base::Result<void> on_options(const std::string& word) {
    if (word.size() == 1) return usage("'-' is neither an option nor a recipient");
    for (std::size_t c = 1; c < word.size(); ++c) {
      const char letter = word[c];
      if (plain_letters.find(letter) != std::string_view::npos) {
        if (letter == 't') options_.header_recipients = true;
        if (letter == 'i') options_.dot_ends = false;
        continue;
      }
      if (letters_with_attached_value.find(letter) != std::string_view::npos) {
        if (letter == 'q') options_.mode = SendmailMode::run_queue;
        return {};
      }
      if (letters_with_value.find(letter) == std::string_view::npos) {
        return usage("unknown option -" + base::escape(word.substr(c)));
      }
      if (c + 1 < word.size()) return on_value(letter, word.substr(c + 1));
      if (at_ + 1 == words_.size()) return usage(std::string("option -").append(1, letter).append(" needs a value"));
      return on_value(letter, words_[++at_]);
    }
    return {};
  }

  base::Result<void> on_value(char letter, const std::string& value) {
    switch (letter) {
      case 'f':
      case 'r':
        options_.sender = value;
        return {};
      case 'F':
        options_.full_name = value;
        return {};
      case 'o':
        if (value == "i") options_.dot_ends = false;
        return {};
      case 'b':
        return on_mode(value);
      default:
        return {};
    }
  }

  base::Result<void> on_mode(const std::string& mode) {
    if (mode == "m") {
      options_.mode = SendmailMode::deliver;
    } else if (mode == "s") {
      options_.mode = SendmailMode::smtp;
    } else if (mode == "p") {
      options_.mode = SendmailMode::list;
    } else if (mode == "i" || mode == "I") {
      return base::permanent("there is no alias table to rebuild: aliases are entries of users/assign");
    } else {
      return usage("mode -b" + base::escape(mode) + " is not offered");
    }
    return {};
  }

  std::vector<std::string> words_;
  std::size_t at_ = 0;
  SendmailOptions options_;
};

}  // namespace

base::Result<SendmailOptions> parse_sendmail_options(int argc, const char* const* argv) {
  std::string_view name = argc > 0 ? argv[0] : "sendmail";
  name.remove_prefix(name.rfind('/') + 1);  // npos + 1 is 0
  if (name == "newaliases")
    return base::permanent("there is no alias table to rebuild: aliases are entries of users/assign");
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--") break;
    if (word == "--help" || word == "--version") return show(argv[i], argv[0]);
  }
  auto options = Parser(argc, argv).run();
  if (options && name == "mailq" && options->mode == SendmailMode::deliver) options->mode = SendmailMode::list;
  return options;
}

}  // namespace mta
