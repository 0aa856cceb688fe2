#include "modem/emulator/options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "conf/command_line.h"
#include "conf/text.h"
#include "modem/emulator/modem_options.h"

namespace emulator {
namespace {

namespace po = boost::program_options;
using Words = std::vector<std::string>;

const conf::Program program{"modem-emulator", "--modem NAME=LINK [options]",
                            "Modems on ptys, joined by an emulated telephone line."};

constexpr double least_scale = 0.0001;
constexpr double greatest_scale = 1000;
constexpr std::uint64_t greatest_delay_ms = 3'600'000;
constexpr double greatest_bit_errors = 0.1;
constexpr std::uint64_t greatest_weight = 1'000'000;
constexpr double greatest_seconds = 30.0 * 86400;
constexpr std::size_t max_connect_text = 80;
constexpr int max_port = 65535;

base::Failure usage(const std::string& text) { return base::permanent(text + " (see modem-emulator --help)"); }

std::optional<double> real_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

base::Result<Time> seconds_of(const std::string& option, const std::string& text) {
  const auto value = real_number(text);
  if (!value || *value < 0 || *value > greatest_seconds) return usage("--" + option + ": no time in seconds: " + text);
  return std::chrono::duration_cast<Time>(std::chrono::duration<double>(*value));
}

struct Pair {
  std::string left, right;
};

base::Result<Pair> split(const std::string& option, const std::string& text) {
  const auto at = text.find('=');
  if (at == std::string::npos || at == 0 || at + 1 == text.size()) {
    return usage("--" + option + ": not of the form NAME=VALUE: " + text);
  }
  return Pair{text.substr(0, at), text.substr(at + 1)};
}

// "A" or "A:B", there and back
base::Result<std::pair<std::uint64_t, std::uint64_t>> both_ways(const std::string& option, const std::string& text,
                                                                std::uint64_t least, std::uint64_t greatest) {
  const auto at = std::min(text.find(':'), text.size());
  const auto there = conf::decimal(text.substr(0, at));
  const auto back = at == text.size() ? there : conf::decimal(text.substr(at + 1));
  const auto fits = [&](const std::optional<std::uint64_t>& value) {
    return value && *value >= least && *value <= greatest;
  };
  if (!fits(there) || !fits(back)) {
    return usage("--" + option + ": not one or two numbers from " + std::to_string(least) + " to " +
                 std::to_string(greatest) + ": " + text);
  }
  return std::pair{*there, *back};
}

class Reader {
 public:
  Reader(const conf::Parsed& parsed, Options& options) : parsed_(parsed), options_(options) {}

  base::Result<void> run() {
    if (auto r = seed(); !r) return r;
    if (auto r = modems(); !r) return r;
    if (auto r = programs(); !r) return r;
    if (auto r = numbers(); !r) return r;
    if (auto r = line(); !r) return r;
    if (auto r = cuts(); !r) return r;
    return rest();
  }

 private:
  [[nodiscard]] bool has(const char* name) const { return parsed_.values.count(name) > 0; }
  [[nodiscard]] Words all(const char* name) const { return has(name) ? parsed_.values[name].as<Words>() : Words{}; }
  [[nodiscard]] std::string one(const char* name) const { return parsed_.values[name].as<std::string>(); }

  base::Result<std::size_t> index_of(const std::string& option, const std::string& name) const {
    const auto found = std::find_if(options_.modems.begin(), options_.modems.end(),
                                    [&](const ModemOptions& modem) { return modem.name == name; });
    if (found == options_.modems.end()) return usage("--" + option + ": there is no modem " + name);
    return static_cast<std::size_t>(found - options_.modems.begin());
  }

  base::Result<void> modems() {
    for (const std::string& word : all("modem")) {
      const auto pair = split("modem", word);
      if (!pair) return pair.error();
      if (index_of("modem", pair->left)) return usage("--modem: two modems are called " + pair->left);
      const bool taken = std::any_of(options_.ports.begin(), options_.ports.end(),
                                     [&](const PortOptions& port) { return port.link == pair->right; });
      if (taken) return usage("--modem: two modems have the link " + pair->right);
      options_.modems.push_back(ModemOptions{pair->left, {}});
      options_.ports.push_back(PortOptions{pair->right, {}});
    }
    if (options_.modems.empty()) return usage("no --modem NAME=LINK is given");
    return {};
  }

  base::Result<Target> target(const std::string& text) {
    if (text == "busy") return Target{Target::Kind::busy, text, 0, {}};
    if (text == "no-dialtone") return Target{Target::Kind::no_dialtone, text, 0, {}};
    if (text == "no-answer") return Target{Target::Kind::no_answer, text, 0, {}};
    if (text.starts_with("mix:")) return mix(text);
    if (text.starts_with("program:")) {
      const std::string name = text.substr(8);
      if (!options_.programs.contains(name)) return usage("--number: there is no program " + name);
      return Target{Target::Kind::program, text, 0, {}, name};
    }
    if (text == "no-carrier") return Target{Target::Kind::no_carrier, text, 0, {}};
    if (text.rfind("modem:", 0) == 0) {
      const auto which = index_of("number", text.substr(6));
      if (!which) return which.error();
      return Target{Target::Kind::modem, text, *which, {}};
    }
    if (text.rfind("tcp:", 0) == 0) {
      const std::string address = text.substr(4);
      const auto colon = address.rfind(':');
      const auto port = conf::decimal(colon == std::string::npos ? "" : address.substr(colon + 1));
      if (colon == std::string::npos || colon == 0 || !port || *port == 0 || *port > max_port) {
        return usage("--number: not of the form tcp:HOST:PORT: " + text);
      }
      options_.addresses.push_back(address);
      return Target{Target::Kind::tcp, text, 0, address};
    }
    return usage("--number: no such target: " + text);
  }

  // "mix:busy*2|modem:b*6"; a weight of 1 need not be said.
  base::Result<Target> mix(const std::string& text) {
    Target mixed{Target::Kind::mix, text, 0, {}};
    for (std::size_t at = 4; at <= text.size();) {
      const auto end = std::min(text.find('|', at), text.size());
      const std::string word = text.substr(at, end - at);
      const auto star = std::min(word.rfind('*'), word.size());
      const auto weight = star == word.size() ? 1 : conf::decimal(word.substr(star + 1));
      if (!weight || *weight == 0 || *weight > greatest_weight) return usage("--number: no weight: " + word);
      auto one = target(word.substr(0, star));
      if (!one) return one.error();
      if (one->kind == Target::Kind::mix) return usage("--number: a mix within a mix: " + text);
      mixed.mix.emplace_back(*weight, std::move(*one));
      at = end + 1;
    }
    return mixed;
  }

  base::Result<void> programs() {
    for (const std::string& word : all("program")) {
      const auto pair = split("program", word);
      if (!pair) return pair.error();
      options_.programs[pair->left].push_back(pair->right);
    }
    return {};
  }

  base::Result<void> seed() {
    const auto value = conf::decimal(one("seed"));
    if (!value) return usage("--seed: no number: " + one("seed"));
    options_.exchange.seed = *value;
    options_.book = PhoneBook(*value);
    return {};
  }

  base::Result<void> numbers() {
    for (const std::string& word : all("number")) {
      const auto pair = split("number", word);
      if (!pair) return pair.error();
      if (dialled_digits(pair->left).empty()) return usage("--number: no digits in " + pair->left);
      std::vector<Target> targets;
      for (std::size_t at = 0; at <= pair->right.size();) {
        const auto end = std::min(pair->right.find(',', at), pair->right.size());
        auto parsed = target(pair->right.substr(at, end - at));
        if (!parsed) return parsed.error();
        targets.push_back(std::move(*parsed));
        at = end + 1;
      }
      if (!options_.book.add(pair->left, std::move(targets))) return usage("--number: given twice: " + pair->left);
    }
    return {};
  }

  base::Result<void> line() {
    const auto rate = both_ways("rate", one("rate"), 1, max_bits_per_second);
    if (!rate) return rate.error();
    const auto delay = both_ways("delay", one("delay"), 0, greatest_delay_ms);
    if (!delay) return delay.error();
    const auto connect_time = seconds_of("connect-time", one("connect-time"));
    if (!connect_time) return connect_time.error();
    const auto interval = seconds_of("ring-interval", one("ring-interval"));
    if (!interval) return interval.error();
    if (*interval <= Time::zero()) return usage("--ring-interval: must not be 0");
    const auto jitter = conf::decimal(one("jitter"));
    if (!jitter || *jitter > greatest_delay_ms) return usage("--jitter: no time in milliseconds: " + one("jitter"));
    const auto errors = real_number(one("bit-errors"));
    if (!errors || *errors < 0 || *errors > greatest_bit_errors) {
      return usage("--bit-errors: no number from 0 to 0.1: " + one("bit-errors"));
    }
    options_.exchange.jitter = std::chrono::milliseconds(*jitter);
    options_.exchange.bit_errors = *errors;
    options_.exchange.rate_there = rate->first;
    options_.exchange.rate_back = rate->second;
    options_.exchange.delay_there = std::chrono::milliseconds(delay->first);
    options_.exchange.delay_back = std::chrono::milliseconds(delay->second);
    options_.exchange.connect_time = *connect_time;
    options_.exchange.ring_interval = *interval;
    return {};
  }

  base::Result<std::optional<std::uint64_t>> count(const char* name) const {
    if (!has(name)) return std::optional<std::uint64_t>();
    const auto value = conf::decimal(one(name));
    if (!value || *value == 0) return usage("--" + std::string(name) + ": no number from 1 on: " + one(name));
    return value;
  }

  base::Result<void> cuts() {
    const auto octets = count("cut-octets");
    if (!octets) return octets.error();
    const auto calls = count("cut-calls");
    if (!calls) return calls.error();
    options_.exchange.cut_octets = *octets;
    options_.exchange.cut_calls = *calls;
    if (!has("cut-seconds")) return {};
    const auto after = seconds_of("cut-seconds", one("cut-seconds"));
    if (!after) return after.error();
    options_.exchange.cut_after = *after;
    return {};
  }

  // Each word of the option is NAME=VALUE; the value goes into the modem.
  base::Result<void> of_modems(const char* option, base::Result<void> (*take)(const std::string&, DceOptions&)) {
    for (const std::string& word : all(option)) {
      const auto pair = split(option, word);
      if (!pair) return pair.error();
      const auto which = index_of(option, pair->left);
      if (!which) return which.error();
      if (const auto r = take(pair->right, options_.modems[*which].dce); !r) {
        return usage("--" + std::string(option) + ": " + r.error().text);
      }
    }
    return {};
  }

  base::Result<void> faults() {
    std::vector<std::vector<PlannedFault>> planned(options_.modems.size());
    for (const std::string& word : all("fault")) {
      const auto pair = split("fault", word);
      if (!pair) return pair.error();
      const auto which = index_of("fault", pair->left);
      if (!which) return which.error();
      const auto fault = parse_fault(pair->right);
      if (!fault) return usage("--fault: no such fault: " + pair->right);
      planned[*which].push_back(*fault);
    }
    for (std::size_t i = 0; i < planned.size(); ++i) options_.modems[i].dce.faults = Faults(std::move(planned[i]));
    return {};
  }

  base::Result<void> rest() {
    if (auto r = faults(); !r) return r;
    if (auto r = of_modems("personality", read_personality); !r) return r;
    if (auto r = of_modems("cellular", read_cellular); !r) return r;
    if (auto r = of_modems("line-length", read_line_length); !r) return r;
    if (auto r = of_modems("classes", read_classes); !r) return r;
    for (const std::string& word : all("lines")) {
      const auto pair = split("lines", word);
      if (!pair) return pair.error();
      const auto which = index_of("lines", pair->left);
      if (!which) return which.error();
      options_.ports[*which].lines_file = pair->right;
    }
    for (const std::string& word : all("dte-speed")) {
      const auto pair = split("dte-speed", word);
      if (!pair) return pair.error();
      const auto which = index_of("dte-speed", pair->left);
      if (!which) return which.error();
      const auto rule = parse_speed_rule(pair->right);
      if (!rule) return usage("--dte-speed: neither any, auto nor a speed: " + pair->right);
      options_.ports[*which].speed = *rule;
    }
    const std::string connect = has("plain") ? "RATE" : one("connect");
    const bool printable = std::all_of(connect.begin(), connect.end(), [](char c) { return c >= ' ' && c <= '~'; });
    if (connect.size() > max_connect_text || !printable) return usage("--connect: no text for a result code");
    for (ModemOptions& modem : options_.modems) {
      modem.dce.connect = connect;
      modem.dce.version = OFFHOOK_VERSION;
      modem.dce.corrects = !has("plain");
      modem.dce.seed = Random(options_.exchange.seed, modem.name).next();
    }
    const auto scale = real_number(one("time-scale"));
    if (!scale || *scale < least_scale || *scale > greatest_scale) {
      return usage("--time-scale: no number from 0.0001 to 1000: " + one("time-scale"));
    }
    options_.time_scale = *scale;
    if (has("log")) options_.log_file = one("log");
    return {};
  }

  const conf::Parsed& parsed_;
  Options& options_;
};

po::options_description description() {
  const auto many = [](const char* name) { return po::value<Words>()->composing()->value_name(name); };
  const auto single = [](const char* name) { return po::value<std::string>()->value_name(name); };
  po::options_description options("Options");
  options.add_options()("modem", many("NAME=LINK"), "a modem, and the symbolic link that leads to its pty")(
      "number", many("NUMBER=TARGET[,TARGET...]"),
      "where the calls of a number go, one after the other: modem:NAME, tcp:HOST:PORT, program:NAME, "
      "mix:TARGET*WEIGHT|..., busy, no-dialtone, no-answer, "
      "no-carrier; the last one stays")("rate", single("BPS[:BPS]")->default_value("33600"),
                                        "of the line in bit/s, from the caller and back")(
      "program", many("NAME=WORD"), "a program that answers calls, word by word")(
      "delay", single("MS[:MS]")->default_value("0"), "one way, in milliseconds")(
      "jitter", single("MS")->default_value("0"), "a frame comes later by up to this")(
      "bit-errors", single("RATE")->default_value("0"), "the chance that a bit is damaged")(
      "connect", single("TEXT")->default_value("RATE/ARQ"), "after CONNECT; RATE is the line's rate")(
      "plain", "CONNECT with the rate alone, as without error correction")(
      "connect-time", single("SECONDS")->default_value("3"), "from answer to CONNECT")(
      "ring-interval", single("SECONDS")->default_value("6"), "from one RING to the next")(
      "cut-octets", single("N"), "cut a call once it has carried so many octets, both ways together")(
      "cut-seconds", single("S"), "cut a call so long after CONNECT")(
      "cut-calls", single("K"), "cut only the first so many calls")("personality", many("NAME=KIND"),
                                                                    "hayes, ties, 3gpp or iridium")(
      "cellular", many("NAME=KEY=VALUE[,...]"), "of the card, the network and the signal of a 3gpp or iridium modem")(
      "dte-speed", many("NAME=SPEED"), "that it hears and speaks: a number, auto, or any")(
      "line-length", many("NAME=N"), "longest command line without AT")("classes", many("NAME=CLASS[,...]"),
                                                                        "what +FCLASS takes")(
      "fault", many("NAME=FAULT[@MOMENT][/SECONDS]"),
      "mute, late, echo, garbage, forget, vanish, carrier, dtr, stuck or hardware, from the start, dial, octets:N or "
      "commands:N on")("seed", single("N")->default_value("1"), "of everything that looks like chance")(
      "lines", many("NAME=FILE"), "the modem lines in a file")("time-scale", single("F")->default_value("1"),
                                                               "all times are multiplied by it")(
      "log", single("FILE"), "write a line of JSON for each event; - is standard output");
  return options;
}

}  // namespace

base::Result<Options> parse_options(int argc, const char* const* argv) {
  const auto parsed = conf::parse_command_line(program, description(), argc, argv);
  if (!parsed) return parsed.error();
  Options options;
  options.shown = parsed->shown;
  if (options.shown) return options;
  if (!parsed->operands.empty()) return usage("what is " + parsed->operands[0] + "?");
  if (auto r = Reader(*parsed, options).run(); !r) return r.error();
  return options;
}

}  // namespace emulator
