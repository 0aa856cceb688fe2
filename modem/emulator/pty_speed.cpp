// Apart from <termios.h>, which cannot stand in one file with the kernel's own header and knows no speed as a number.
#include <asm/termbits.h>
#include <sys/ioctl.h>

#include "modem/emulator/pty.h"

namespace emulator {

unsigned Pty::speed() const {
  termios2 modes{};
  return ::ioctl(master_.get(), TCGETS2, &modes) < 0 ? 0 : modes.c_ospeed;
}

}  // namespace emulator
