#include "modem/line_modes.h"

#include <asm/termbits.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cstdint>

namespace modem {
namespace {

static_assert(NCCS == 19);

struct Rate {
  unsigned speed;
  unsigned bits;
};

constexpr auto standard_rates = std::to_array<Rate>(
    {{0, B0},           {50, B50},         {75, B75},         {110, B110},       {134, B134},      {150, B150},
     {200, B200},       {300, B300},       {600, B600},       {1200, B1200},     {1800, B1800},    {2400, B2400},
     {4800, B4800},     {9600, B9600},     {19200, B19200},   {38400, B38400},   {57600, B57600},  {115200, B115200},
     {230400, B230400}, {460800, B460800}, {500000, B500000}, {576000, B576000}, {921600, B921600}});

// The named constant where there is one, so that stty and other programs that read the port find a speed they know.
unsigned rate_bits(unsigned speed) {
  const auto* found =
      std::find_if(standard_rates.begin(), standard_rates.end(), [&](const Rate& rate) { return rate.speed == speed; });
  return found == standard_rates.end() ? unsigned{BOTHER} : found->bits;
}

void set_bits(unsigned& word, unsigned bits, bool on) { word = on ? word | bits : word & ~bits; }

constexpr unsigned watched_input = BRKINT | PARMRK | INPCK | ISTRIP | INLCR | IGNCR | ICRNL | IXON | IXOFF;
constexpr unsigned watched_local = ISIG | ICANON | ECHO | IEXTEN;
constexpr unsigned tolerance_permille = 25;

}  // namespace

base::Result<LineModes> read_modes(const base::Fd& fd, const std::string& name) {
  termios2 found{};
  if (::ioctl(fd.get(), TCGETS2, &found) < 0) return base::system_failure("read the modes of " + name);
  LineModes modes{found.c_iflag,  found.c_oflag, found.c_cflag, found.c_lflag, found.c_line, {},
                  found.c_ispeed, found.c_ospeed};
  std::copy(std::begin(found.c_cc), std::end(found.c_cc), modes.characters.begin());
  return modes;
}

base::Result<void> write_modes(const base::Fd& fd, const LineModes& modes, const std::string& name) {
  termios2 wanted{};
  wanted.c_iflag = modes.input;
  wanted.c_oflag = modes.output;
  wanted.c_cflag = modes.control;
  wanted.c_lflag = modes.local;
  wanted.c_line = modes.discipline;
  wanted.c_ispeed = modes.input_speed;
  wanted.c_ospeed = modes.output_speed;
  std::copy(modes.characters.begin(), modes.characters.end(), std::begin(wanted.c_cc));
  if (::ioctl(fd.get(), TCSETS2, &wanted) < 0) return base::system_failure("set the modes of " + name);
  return {};
}

base::Result<void> set_modes(const base::Fd& fd, const LineModes& modes, const std::string& name) {
  if (auto set = write_modes(fd, modes, name); !set) return set;
  const auto taken = read_modes(fd, name);
  if (!taken) return taken.error();
  if (const auto refused = difference(modes, *taken); !refused.empty())
    return base::permanent("set the modes of " + name + ": the port does not take " + refused);
  return {};
}

void make_raw(LineModes& modes, conf::FlowControl flow) {
  modes.input = IGNBRK;
  modes.output = 0;
  modes.local = 0;
  modes.control &= ~static_cast<unsigned>(CSIZE | CSTOPB | PARENB | PARODD | CMSPAR | CRTSCTS);
  modes.control |= CS8 | CREAD | CLOCAL | HUPCL;
  modes.characters[VMIN] = 1;
  modes.characters[VTIME] = 0;
  switch (flow) {
    case conf::FlowControl::none:
      break;
    case conf::FlowControl::rts_cts:
      modes.control |= CRTSCTS;
      break;
    case conf::FlowControl::xon_xoff:
      modes.input |= IXON | IXOFF;
      modes.characters[VSTART] = 0x11;
      modes.characters[VSTOP] = 0x13;
      break;
  }
}

void set_speed(LineModes& modes, unsigned speed) {
  const auto bits = rate_bits(speed);
  modes.control &= ~static_cast<unsigned>(CBAUD | CIBAUD);
  modes.control |= bits | (bits << IBSHIFT);
  modes.input_speed = speed;
  modes.output_speed = speed;
}

void set_local(LineModes& modes, bool on) { set_bits(modes.control, CLOCAL, on); }

void set_hang_up_on_close(LineModes& modes) { modes.control |= HUPCL; }

bool is_near_speed(unsigned wanted, unsigned taken) {
  const auto gap = wanted > taken ? wanted - taken : taken - wanted;
  return std::uint64_t{gap} * 1000 <= std::uint64_t{wanted} * tolerance_permille;
}

std::string difference(const LineModes& wanted, const LineModes& taken) {
  const auto control = wanted.control ^ taken.control;
  if (!is_near_speed(wanted.output_speed, taken.output_speed))
    return std::to_string(wanted.output_speed) + " bit/s (it runs at " + std::to_string(taken.output_speed) + ")";
  if (control & CRTSCTS) return "flow control by RTS and CTS; is flow right in the modem's profile?";
  if (control & (CSIZE | CSTOPB | PARENB)) return "8 bits without parity";
  if (control & CREAD) return "CREAD";
  if (control & CLOCAL) return "CLOCAL";
  if (control & HUPCL) return "HUPCL";
  if ((wanted.input ^ taken.input) & (IXON | IXOFF))
    return "flow control by XON and XOFF; is flow right in the modem's profile?";
  if (((wanted.input ^ taken.input) & watched_input) || ((wanted.output ^ taken.output) & OPOST) ||
      ((wanted.local ^ taken.local) & watched_local) || wanted.characters[VMIN] != taken.characters[VMIN] ||
      wanted.characters[VTIME] != taken.characters[VTIME])
    return "raw mode";
  return {};
}

}  // namespace modem
