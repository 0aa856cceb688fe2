#include "serialmail/plan.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "mta/mail/maildir_scan.h"
#include "serialmail/flush_order.h"
#include "serialmail/spool_look.h"

namespace serialmail {
namespace {

using Json = nlohmann::ordered_json;

// Both forms of the plan; they say the same.
class Lines {
 public:
  explicit Lines(PlanFormat format) : format_(format) {}

  void message(const Candidate& candidate, bool is_big, bool is_unknown) {
    ++messages_;
    octets_ += candidate.line_octets();
    if (format_ == PlanFormat::json) {
      auto line = described("message", candidate);
      line["big"] = is_big;
      line["unknown"] = is_unknown;
      line["copy"] = candidate.follows;
      return add(line);
    }
    add("send " + described(candidate) + (candidate.follows ? ", with the body before it" : "") +
        (is_big ? ", big" : "") + (is_unknown ? ", unknown outcome behind it" : ""));
  }

  void kept(const Candidate& candidate, Bound bound) {
    ++kept_;
    if (format_ == PlanFormat::json) {
      auto line = described("kept", candidate);
      line["bound"] = std::string(word(bound));
      return add(line);
    }
    add("keep " + described(candidate) + ", by the bound on " + std::string(word(bound)));
  }

  void held(std::string_view file, const std::string& reason) {
    ++held_;
    if (format_ == PlanFormat::json) {
      return add(Json{{"event", "held"}, {"file", base::escape(file)}, {"reason", base::escape(reason)}});
    }
    add("hold " + base::escape(file) + ": " + base::escape(reason));
  }

  void total(const LineRate& rate) {
    const auto seconds = static_cast<std::uint64_t>(std::ceil(rate.time_for(octets_).count()));
    if (format_ == PlanFormat::json) {
      return add(Json{{"event", "total"},
                      {"messages", messages_},
                      {"octets", octets_},
                      {"seconds", seconds},
                      {"rate", rate.bits()},
                      {"kept", kept_},
                      {"held", held_}});
    }
    const auto text = [](std::uint64_t number) { return std::to_string(number); };
    add(text(messages_) + " messages, " + text(octets_) + " octets, about " + text(seconds) + " s at " +
        text(rate.bits()) + " bit/s; " + text(kept_) + " kept back, " + text(held_) + " on hold");
  }

  std::string take() { return std::move(text_); }

 private:
  static Json described(const char* event, const Candidate& candidate) {
    return Json{{"event", event},
                {"file", base::escape(candidate.path)},
                {"recipient", base::escape(candidate.recipient)},
                {"octets", candidate.octets},
                {"priority", candidate.priority}};
  }
  static std::string described(const Candidate& candidate) {
    return base::escape(candidate.path) + " to " + base::escape(candidate.recipient) + ", " +
           std::to_string(candidate.octets) + " octets, priority " + std::to_string(candidate.priority);
  }
  void add(const Json& line) { add(line.dump()); }
  void add(const std::string& line) { text_ += line + "\n"; }

  PlanFormat format_;
  std::string text_;
  std::uint64_t messages_ = 0;
  std::uint64_t octets_ = 0;
  std::uint64_t kept_ = 0;
  std::uint64_t held_ = 0;
};

struct Spooled {
  mail::TextStore recipients;
  std::vector<Candidate> ready;
  std::vector<SpoolLook> unfit;
};

Spooled sort_out(const base::Directory& maildir, const mail::MaildirScan& scan, const FlushSettings& settings,
                 const mail::SpoolHistory& history) {
  Spooled spooled;
  for (const auto& file : scan.files) {
    const auto* past = history.find(mail::unique_name(file.path));
    auto look = look_at(maildir, file, settings.prefix, settings.senders, past);
    switch (look.kind) {
      case SpoolLook::Kind::ready:
        look.candidate.recipient = spooled.recipients.keep(look.recipient);
        spooled.ready.push_back(look.candidate);
        break;
      case SpoolLook::Kind::unreadable:
      case SpoolLook::Kind::malformed:
      case SpoolLook::Kind::on_hold:
        spooled.unfit.push_back(std::move(look));
        break;
      case SpoolLook::Kind::gone:
      case SpoolLook::Kind::foreign:
      case SpoolLook::Kind::done:
        break;
    }
  }
  return spooled;
}

}  // namespace

base::Result<std::string> make_plan(const base::Directory& maildir, const FlushSettings& settings, PlanFormat format) {
  const auto scan = mail::scan_maildir(maildir);
  if (!scan) return base::system_failure("unable to scan " + maildir.path(), scan.error().error);
  const auto history = mail::SpoolJournal(maildir).read();
  if (!history) return history.error();
  auto spooled = sort_out(maildir, *scan, settings, *history);

  Lines lines(format);
  const FlushTime start{};
  FlushOrder order(settings.order, start);
  order.begin(std::move(spooled.ready));
  order.foresee(start, [&](const Candidate& candidate, std::optional<Bound> bound) {
    if (bound) return lines.kept(candidate, *bound);
    const auto* past = history->find(candidate.unique());
    lines.message(candidate, order.is_big(candidate), past && past->is_unknown);
  });
  for (const auto& look : spooled.unfit) lines.held(look.candidate.path, look.reason);
  lines.total(order.rate());
  return lines.take();
}

}  // namespace serialmail
