#include "pppctl/chart.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/log.h"
#include "base/quantity_text.h"

namespace pppctl {
namespace {

constexpr std::size_t least_bar = 8;  // a narrower terminal gets none
constexpr std::size_t eighths = 8;
constexpr std::array<std::string_view, eighths> part_blocks{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};

std::uint64_t octets_of(const Call& call) { return call.octets.sent + call.octets.received; }

bool is_good(const Call& call) {
  return call.result == word(CallResult::ok) || call.result == word(CallResult::mail_left) ||
         call.result == word(CallResult::open);
}

std::string head_of(const Call& call) { return local_time(call.start.started.wall_ms); }

std::string tail_of(const Call& call) {
  const auto octets = base::octets_text(octets_of(call));
  return is_good(call) ? octets : octets + " " + call.result;
}

std::string filled(const std::string& text, std::size_t width) {
  return text + std::string(width > text.size() ? width - text.size() : 0, ' ');
}

std::string bar_of(std::uint64_t octets, std::uint64_t most, std::size_t width, Charset charset) {
  const auto share = static_cast<double>(octets) / static_cast<double>(most);
  std::string bar;
  if (charset == Charset::ascii) {
    const auto cells = static_cast<std::size_t>(std::lround(share * static_cast<double>(width)));
    return std::string(cells, '#') + std::string(width - cells, ' ');
  }
  const auto parts = static_cast<std::size_t>(std::lround(share * static_cast<double>(width * eighths)));
  for (std::size_t i = 0; i < parts / eighths; ++i) bar += "█";
  bar += part_blocks.at(parts % eighths);
  const auto cells = (parts + eighths - 1) / eighths;
  return bar + std::string(width - cells, ' ');
}

}  // namespace

std::string chart_text(const std::vector<Call>& calls, std::size_t width, Charset charset) {
  std::uint64_t most = 0;
  std::size_t link_width = 0;
  std::size_t tail_width = 0;
  for (const auto& call : calls) {
    most = std::max(most, octets_of(call));
    link_width = std::max(link_width, base::escape(call.start.link).size());
    tail_width = std::max(tail_width, tail_of(call).size());
  }
  if (calls.size() < 2 || most == 0) return {};
  const auto around = head_of(calls.front()).size() + link_width + tail_width + 3;  // and a blank between them
  if (width < around + least_bar) return {};
  std::string text = "\n";
  for (const auto& call : calls) {
    text += head_of(call) + " " + filled(base::escape(call.start.link), link_width) + " " +
            bar_of(octets_of(call), most, width - around, charset) + " " + tail_of(call) + "\n";
  }
  return text;
}

}  // namespace pppctl
