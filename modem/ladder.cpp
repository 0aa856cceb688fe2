#include "modem/ladder.h"

#include <algorithm>

#include "base/bug.h"
#include "base/overloaded.h"
#include "modem/result_code.h"

namespace modem {
namespace {

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  return text;
}

bool needs_port(Rung rung) { return rung != Rung::reopen && rung != Rung::power; }

}  // namespace

bool is_dear(Rung rung) { return rung == Rung::restart || rung == Rung::power; }

Ladder::Ladder(const conf::ModemProfile& profile) : profile_(profile) {
  left_ =
      profile.hangup == conf::HangUp::dtr ? std::vector{Rung::dtr, Rung::escape} : std::vector{Rung::escape, Rung::dtr};
  if (!profile.reset.empty()) left_.push_back(Rung::reset);
  left_.push_back(Rung::reopen);
  if (!profile.restart.empty()) left_.push_back(Rung::restart);
  if (!profile.power_hook.empty()) left_.push_back(Rung::power);
}

std::vector<Ladder::Action> Ladder::on(const Event& event) {
  return std::visit(base::Overloaded{[&](const Stuck& stuck) -> std::vector<Action> {
                                       if (state_ == State::climbing) base::bug("Ladder: stuck on a rung");
                                       stuck_ = stuck;
                                       return next();
                                     },
                                     [&](const Climbed& climbed) -> std::vector<Action> {
                                       if (state_ != State::climbing) base::bug("Ladder: climbed nothing");
                                       stuck_.port_gone = climbed.port_gone;
                                       if (!climbed.helped) return next();
                                       state_ = State::idle;
                                       return {Say{name(tried_.back()) + " brought it back"}, Done{true}};
                                     },
                                     [&](const Stopped&) -> std::vector<Action> {
                                       state_ = State::idle;
                                       return {Done{false}};
                                     }},
                    event);
}

std::vector<Ladder::Action> Ladder::next() {
  std::vector<Action> actions;
  const auto is_possible = [&](Rung rung) { return !stuck_.port_gone || !needs_port(rung); };
  for (;;) {
    const auto found = std::find_if(left_.begin(), left_.end(), is_possible);
    if (found == left_.end()) break;
    const Rung rung = *found;
    left_.erase(found);
    if (auto why = too_soon(rung); !why.empty()) {
      actions.emplace_back(Say{why});
      not_tried_.push_back(std::move(why));
      continue;
    }
    state_ = State::climbing;
    tried_.push_back(rung);
    actions.emplace_back(Say{"trying " + name(rung)});
    actions.emplace_back(Climb{rung});
    return actions;
  }
  state_ = State::exhausted;
  actions.emplace_back(Done{false});
  return actions;
}

std::string Ladder::too_soon(Rung rung) const {
  if (!is_dear(rung)) return "";
  if (!stuck_.no_memory.empty()) return name(rung) + " is not for now: " + stuck_.no_memory;
  const auto since = rung == Rung::restart ? stuck_.since_restart : stuck_.since_power;
  if (!since || *since >= profile_.recovery_interval) return "";
  return name(rung) + " was tried " + time_text(*since) + " ago already";
}

void Ladder::note_tried(Rung rung) {
  if (std::erase(left_, rung) > 0) tried_.push_back(rung);
}

std::string Ladder::tried_text() const {
  std::vector<std::string> names;
  for (const auto rung : tried_) names.push_back(name(rung));
  std::string text = names.empty() ? "" : listed(names) + " did not help";
  for (const auto& why : not_tried_) text += (text.empty() ? "" : ", ") + why;
  return text;
}

std::string Ladder::name(Rung rung) const {
  switch (rung) {
    case Rung::dtr:
      return "DTR";
    case Rung::escape:
      return "+++ with " + profile_.hangup_command;
    case Rung::reset:
      return profile_.reset;
    case Rung::reopen:
      return "a reopened port";
    case Rung::restart:
      return profile_.restart;
    case Rung::power:
      return "the power hook " + profile_.power_hook.front();
  }
  base::bug("Ladder: bad rung");
}

}  // namespace modem
