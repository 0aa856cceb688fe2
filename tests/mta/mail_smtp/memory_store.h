// What the shell keeps for RFC 1845, in memory: answers the server core's Recall and follows its messages.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "mta/mail/smtp_server.h"

class MemoryStore {
 public:
  struct Kept {
    std::string sender;
    std::vector<std::string> recipients;
    std::string text;
    std::uint64_t octets = 0;  // accepted: of the message
    std::string said;          // accepted: what the queue said
  };

  mail::SmtpServer::Event recall(const mail::SmtpServer::Recall& asked) {
    using Server = mail::SmtpServer;
    key_ = asked.helo + " " + asked.transid;
    const auto found = kept.find(key_);
    if (found == kept.end()) return Server::Recalled{};
    auto& [sender, recipients, text, octets, said] = found->second;
    if (sender != asked.sender) return Server::QueueFailed{base::permanent("another transaction's")};
    if (!said.empty()) return Server::Recalled{Server::Past::accepted, octets, {}, {}, said};
    text.erase(text.rfind('\n') + 1);
    Server::Recalled recalled{Server::Past::partial, text.size(), recipients, {}, ""};
    recalled.octets += static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
    recalled.hops.feed(text);
    return recalled;
  }

  // The text that is there already.
  std::string begin(const mail::SmtpServer::OpenQueue& open) {
    return kept.try_emplace(key_, Kept{open.sender, open.recipients, "", 0, ""}).first->second.text;
  }
  void append(const std::string& text) { kept[key_].text += text; }
  void accept(std::uint64_t octets, const std::string& said) {
    kept[key_].octets = octets;
    kept[key_].said = said;
  }
  void forget() { kept.erase(key_); }

  std::map<std::string, Kept> kept;  // by HELO name, a blank, TRANSID

 private:
  std::string key_;
};
