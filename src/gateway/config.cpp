#include "gateway/config.h"

#include <fmt/format.h>

namespace agilevpn::gateway {

std::string ConnectionRule::title(std::string_view noun) const {
  return fmt::format("{} {}{}", noun, name, name == default_rule ? " (everybody whom no group's rule names)" : "");
}

}  // namespace agilevpn::gateway
