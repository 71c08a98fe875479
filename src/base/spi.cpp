#include "base/spi.h"

#include <fmt/format.h>

namespace agilevpn {

std::string EspSpi::to_string() const { return fmt::format("{:08x}", value); }
std::string IkeSpi::to_string() const { return fmt::format("{:016x}", value); }

}  // namespace agilevpn
