#include "mta/mail/smtp_extensions.h"

#include <algorithm>
#include <string_view>

#include "conf/text.h"

namespace mail {
namespace {

constexpr std::size_t code_bytes = 4;  // three digits and what stands behind them

}  // namespace

SmtpExtensions read_extensions(const Reply& ehlo) {
  SmtpExtensions offered;
  std::string_view rest = ehlo.text;
  for (auto lf = rest.find('\n'); lf != std::string_view::npos; lf = rest.find('\n')) {
    rest.remove_prefix(lf + 1);  // the first line is the server's name
    const auto line = rest.substr(0, rest.find('\n'));
    const auto words = conf::words_of(line.substr(std::min(line.size(), code_bytes)));
    if (words.empty()) continue;
    const auto keyword = conf::lower(words[0]);
    if (keyword == "pipelining" && words.size() == 1) offered.pipelining = true;
    if (keyword == "chunking" && words.size() == 1) offered.chunking = true;
    if (keyword == "8bitmime") offered.eight_bit_mime = true;
    if (keyword == "checkpoint") offered.checkpoint = true;
    if (keyword != "size") continue;
    offered.size = true;
    if (words.size() > 1) offered.max_size = conf::decimal(words[1]).value_or(0);
  }
  return offered;
}

std::string server_name(const Reply& reply) {
  const auto line = std::string_view(reply.text).substr(0, reply.text.find('\n'));
  const auto words = conf::words_of(line.substr(std::min(line.size(), code_bytes)));
  return words.empty() ? std::string() : std::string(words[0]);
}

std::string server_profile(std::string_view greeting_name, const Reply& ehlo) {
  const auto lf = ehlo.text.find('\n');
  return std::string(greeting_name) + "\n" + server_name(ehlo) + (lf == std::string::npos ? "" : ehlo.text.substr(lf));
}

}  // namespace mail
