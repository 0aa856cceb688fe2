// The modes of a serial line: termios with any speed (termios2). Apart from <termios.h>, which cannot stand in one file
// with the kernel's own header.
#pragma once

#include <array>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "conf/modem.h"

namespace modem {

struct LineModes {
  unsigned input = 0, output = 0, control = 0, local = 0;
  unsigned char discipline = 0;
  std::array<unsigned char, 19> characters{};
  unsigned input_speed = 0, output_speed = 0;  // bit/s
};

// Where it is no tty: error ENOTTY. name: for the text of a failure.
base::Result<LineModes> read_modes(const base::Fd& fd, const std::string& name);
// Sets them at once, without waiting for what is unsent.
base::Result<void> write_modes(const base::Fd& fd, const LineModes& modes, const std::string& name);
// The same, read back and compared, as the driver calls it a success if it took any of them: permanent, and names what
// it did not take.
base::Result<void> set_modes(const base::Fd& fd, const LineModes& modes, const std::string& name);

// 8 bits, no parity, nothing interpreted, reads give one octet or more; CLOCAL and HUPCL on.
void make_raw(LineModes& modes, conf::FlowControl flow);
void set_speed(LineModes& modes, unsigned speed);  // 0: B0, which asks the driver to drop DTR
void set_local(LineModes& modes, bool on);         // CLOCAL: DCD is ignored
void set_hang_up_on_close(LineModes& modes);       // HUPCL

// A speed may differ by what a divisor makes of it.
bool is_near_speed(unsigned wanted, unsigned taken);

// What a driver took instead of what was wanted, in words; empty: nothing that matters.
std::string difference(const LineModes& wanted, const LineModes& taken);

}  // namespace modem
