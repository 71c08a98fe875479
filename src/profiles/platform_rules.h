// What each operating system wants of a gateway's certificate before it believes it. Clients say "error 13801" or nothing at
// all; this says which rule is broken, for which of them, and what to do. Works on any certificate, whoever made it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "crypto/certificate.h"

namespace agilevpn::profiles {

enum class System : std::uint8_t { Windows7, Windows, Apple, Android, StrongSwan };
inline constexpr System all_systems[] = {System::Windows7, System::Windows, System::Apple, System::Android,
                                         System::StrongSwan};
std::string_view to_key(System system);   // "windows7"
std::string_view to_name(System system);  // "Windows 7"

struct Finding {
  enum class Weight : std::uint8_t {
    Breaks,  // The client refuses the gateway.
    Advice,  // Works, but not everywhere or not for long.
  };
  std::string rule;  // "server-auth": the same for programs, whatever the sentence.
  Weight weight = Weight::Breaks;
  std::vector<System> systems;
  std::string what;
  std::string help;
};

struct GatewayChain {
  std::vector<crypto::Certificate> chain;    // The gateway's own first, as it sends them.
  std::vector<crypto::Certificate> anchors;  // What devices trust; may be empty if that is not known.
};

// `dialled`: the name or address that clients type; without it, every name in the certificate is taken to be one.
std::vector<Finding> examine(const GatewayChain& gateway, const std::optional<std::string>& dialled, WallTime now);

bool breaks(const std::vector<Finding>& findings, System system);

}  // namespace agilevpn::profiles
