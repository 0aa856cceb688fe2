#include "tests/mta/mail_smtp/transcript.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace {

namespace fs = std::filesystem;

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    switch (text[++i]) {
      case 'r':
        out += '\r';
        break;
      case 'n':
        out += '\n';
        break;
      case '0':
        out += '\0';
        break;
      case 'x':
        out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
        i += 2;
        break;
      default:
        out += text[i];
    }
  }
  return out;
}

Transcript read_transcript(const fs::path& path) {
  Transcript transcript;
  transcript.name = path.filename();
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with('#')) {
      transcript.proves += line.substr(1);
      continue;
    }
    if (line.empty()) continue;
    const auto blank = line.find(' ');
    const auto rest = blank == std::string::npos ? std::string() : line.substr(blank + 1);
    transcript.lines.push_back({line.substr(0, blank), unescaped(rest)});
  }
  return transcript;
}

}  // namespace

std::vector<Transcript> read_transcripts(const std::string& folder, std::string_view prefix) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename().string().starts_with(prefix)) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Transcript> all;
  for (const auto& path : paths) all.push_back(read_transcript(path));
  return all;
}

std::vector<std::string_view> cut(std::string_view octets, Cut how) {
  std::vector<std::string_view> pieces;
  while (!octets.empty()) {
    std::size_t n = octets.size();
    if (how == Cut::every_octet) n = 1;
    if (how == Cut::inside_line_ends) n = std::min(octets.find("\r\n"), octets.size() - 1) + 1;
    pieces.push_back(octets.substr(0, n));
    octets.remove_prefix(n);
  }
  return pieces;
}

std::string shown(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\r') {
      out += "\\r";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\0') {
      out += "\\0";
    } else {
      out += c;
    }
  }
  return out;
}
