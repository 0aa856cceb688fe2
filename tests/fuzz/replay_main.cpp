// Runs a fuzzer's entry point over files, and folders of files, named as arguments: its seeds and everything it ever
// found stay proved in builds without a fuzzer. No file at all is a failure: a replay that proves nothing must not
// pass.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_below(const fs::path& path) {
  std::vector<fs::path> files;
  if (!fs::is_directory(path)) return {path};
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

void run(const std::string& octets) {
  // A copy of the exact size on the heap, so that the address sanitizer sees a read past its end.
  const std::vector<std::uint8_t> data(octets.begin(), octets.end());
  LLVMFuzzerTestOneInput(data.data(), data.size());
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t count = 0;
  std::size_t bytes = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& path : files_below(argv[i])) {
      std::ifstream file(path, std::ios::binary);
      if (!file) {
        std::fprintf(stderr, "replay: cannot read %s\n", path.c_str());
        return 1;
      }
      const std::string octets((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
      std::printf("%s\n", path.filename().c_str());
      std::fflush(stdout);  // the last name printed is the one that failed
      run(octets);
      ++count;
      bytes += octets.size();
    }
  }
  std::printf("replayed %zu inputs, %zu bytes\n", count, bytes);
  return count > 0 ? 0 : 1;
}
