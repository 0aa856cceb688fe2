#include "pppctl/setup/files.h"

#include <algorithm>

#include "conf/text.h"

namespace pppctl::setup {
namespace {

const std::string prefix = "alias-ppp-";

// The mail program, or PPP, is the next reader of the line: nothing is sent after CONNECT or after the password's word.
const std::string script_head =
    "# What the modem is told and must answer, then the other side's log-in; chat(8).\n"
    "ABORT BUSY\nABORT 'NO CARRIER'\nABORT 'NO DIALTONE'\nABORT 'NO ANSWER'\nABORT ERROR\nREPORT CONNECT\n"
    "TIMEOUT 90\n'' ATDT\\T\nCONNECT \\c\n";

class Writer {
 public:
  Writer(const Answers& answers, const Secrets& secrets, const Known& known, const Present& present)
      : answers_(answers), secrets_(secrets), known_(known), present_(present) {}

  std::vector<File> run() {
    if (!known_.has_name) add("control/me", of("name") + "\n");
    add_modem();
    add_login();
    add_relay();
    add_route();
    add_tariff();
    add_link();
    return std::move(files_);
  }

 private:
  const std::string& of(std::string_view key) const {
    static const std::string nothing;
    const auto found = answers_.find(key);
    return found == answers_.end() ? nothing : found->second;
  }
  bool has(std::string_view key) const { return !of(key).empty() && of(key) != none; }
  void add(const std::string& path, std::string text) { files_.push_back({path, std::move(text)}); }
  // A line with the secret.
  void add_secret(const std::string& path, std::string_view key) {
    const auto found = secrets_.find(key);
    if (found == secrets_.end()) return;
    std::string line;
    line.reserve(max_answer_text + 1);  // it must not move: what it leaves behind would stay
    line.append(found->second.view()) += '\n';
    files_.push_back({path, "", base::Secret(line)});
    base::wipe(line);
  }
  std::string login_secret() const { return secret_path(of("link") + "-login"); }
  std::string secret_path(const std::string& name) const { return "secrets/" + name; }

  void add_modem() {
    if (!has("port")) return;
    if (!present_.base_text.empty()) add("modems/" + of("base") + ".toml", present_.base_text);
    std::string text;
    if (has("base")) text += "inherits = " + quoted(of("base")) + "\n";
    text += "port = " + quoted(of("port")) + "\nspeed = " + of("speed") + "\n";
    add("modems/" + of("modem") + ".toml", text);
  }

  // On a line link the script logs in before mail begins; PPP has its own log-in.
  void add_login() {
    if (of("login") != yes) return;
    add_secret(login_secret(), "password");
    if (of("kind") == "ppp") return;
    add("chat/" + of("link"),
        script_head + "TIMEOUT 30\nogin: " + of("user") + "\nword: @" + present_.config + "/" + login_secret() + "\n");
  }

  void add_relay() {
    if (!has("relay")) return;
    std::string text = "hosts = [" + quoted(of("relay")) + "]\n";
    if (has("relay_user")) {
      const auto secret = secret_path(of("route") + "-relay");
      add_secret(secret, "relay_password");
      text += "\n[auth]\nuser = " + quoted(of("relay_user")) + "\nsecret = " + quoted(secret) + "\n";
    } else {
      text += "tls = \"none\"\n";
    }
    add("relays/" + of("route") + ".toml", text);
  }

  // The line is added, or takes the place of the one with the same domain.
  void add_route() {
    const auto domain = conf::lower(of("domain"));
    const auto line = domain + " " + of("route") + " " + prefix + " " + (has("relay") ? "@" + of("route") : "-") + "\n";
    std::string text;
    bool is_there = false;
    for (const auto& old : conf::numbered_lines(present_.routes)) {
      const auto words = conf::words_of(old.text);
      const bool is_same = !words.empty() && conf::lower(words.front()) == domain;
      if (is_same && !is_there) text += line;
      if (!is_same) text += std::string(old.text) + "\n";
      is_there = is_there || is_same;
    }
    if (!is_there) text += line;
    add("routes", text);
  }

  void add_tariff() {
    if (!has("price")) return;
    add("tariffs/" + of("tariff") + ".toml",
        "currency = " + quoted(of("currency")) + "\ntime_zone = " + quoted(of("time_zone")) + "\nsetup = " +
            quoted(of("setup_fee")) + "\nprice = " + quoted(of("price")) + "\nstep = " + quoted(of("step")) + "\n");
  }

  void add_link() {
    std::string text = "kind = " + quoted(of("kind")) + "\nroutes = [" + quoted(of("route")) +
                       "]\nmodem = " + quoted(of("modem")) + "\nphone = " + quoted(of("phone")) + "\n";
    const bool is_ppp = of("kind") == "ppp";
    if (of("login") == yes && !is_ppp) text += "chat = " + quoted(of("link")) + "\n";
    if (has("tariff")) text += "tariff = " + quoted(of("tariff")) + "\n";
    if (of("reliable") == yes) text += "reliable = true\n";
    text += "jobs = [\"flush\"]\n";
    if (of("login") == yes && is_ppp)
      text += "\n[ppp]\nuser = " + quoted(of("user")) + "\nsecret = " + quoted(login_secret()) + "\n";
    add("links/" + of("link") + ".toml", text);
  }

  const Answers& answers_;
  const Secrets& secrets_;
  const Known& known_;
  const Present& present_;
  std::vector<File> files_;
};

}  // namespace

std::vector<File> files_of(const Answers& answers, const Secrets& secrets, const Known& known, const Present& present) {
  return Writer(answers, secrets, known, present).run();
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace pppctl::setup
