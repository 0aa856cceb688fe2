// What became of the PINs that were sent to a SIM, on disk: so that one which was refused is sent by nobody again. A
// PIN is kept as crypt(3) salts and hashes it, by the modem's serial number and by its profile: either of them is
// enough to know it again. A file is removed by a person who wants its PINs to be sent once more.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/directory.h"
#include "base/result.h"
#include "modem/cellular.h"

namespace modem {

class PinMemory {
 public:
  static constexpr std::size_t max_pins = 16;  // of a file; the oldest are forgotten

  // folder: made if it is not there. serial: may be empty.
  static base::Result<PinMemory> open(const std::string& folder, const std::string& profile, const std::string& serial);

  // The worst that is known.
  base::Result<PinFate> fate(std::string_view pin) const;
  // On disk when it returns. unsent: nothing is known of it any more.
  base::Result<void> note(std::string_view pin, PinFate fate);
  // Where it stands, for a person.
  [[nodiscard]] std::string files() const;

 private:
  struct Entry {
    std::string hash;
    PinFate fate = PinFate::unsent;
  };
  PinMemory(base::Directory folder, std::vector<std::string> names)
      : folder_(std::move(folder)), names_(std::move(names)) {}
  [[nodiscard]] base::Result<std::vector<Entry>> read(const std::string& name) const;

  base::Directory folder_;
  std::vector<std::string> names_;
};

}  // namespace modem
