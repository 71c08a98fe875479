// What a peer does otherwise than the RFC has it, and what we do about it: by its kind (peer_kind.h), or learnt from
// what it answers. Each rule is about one habit, has a name, and can be switched off (Settings::ignored_quirks) to see
// what it is for. docs/clients.md tells administrators the same.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "ike/peer_kind.h"

namespace agilevpn::ike {

enum class Quirk : std::uint8_t {
  RekeysChildren,  // It refuses our rekeys of a Child SA (behind a NAT: MS_STATUS 13863), and does them itself in time.
  TakesNoKeyExchange,  // In a rekey of a Child SA that we start: even where it may do without one (MS_STATUS 13816). Learnt only.
  ReadsMicrosoftStatus,  // It shows its user what MS_STATUS says.
  SolicitsRouters,       // Inside the tunnel, from fe80::; before an answer it sends nothing by IPv6.
};

class Quirks {
 public:
  constexpr Quirks() = default;
  constexpr Quirks(std::initializer_list<Quirk> quirks) {
    for (const Quirk quirk : quirks) bits_ |= bit(quirk);
  }
  constexpr bool has(Quirk quirk) const { return (bits_ & bit(quirk)) != 0; }
  constexpr Quirks without(Quirks others) const {
    Quirks rest = *this;
    rest.bits_ &= static_cast<std::uint8_t>(~others.bits_);
    return rest;
  }
  constexpr void add(Quirks others) { bits_ |= others.bits_; }

  friend constexpr bool operator==(Quirks, Quirks) = default;

 private:
  static constexpr std::uint8_t bit(Quirk quirk) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(quirk));
  }
  std::uint8_t bits_ = 0;
};

Quirks quirks_of(PeerKind kind);
// The quirk that an error of the peer shows; none: no known one.
Quirks quirk_shown_by(std::uint32_t microsoft_status);
// One sentence each, what we do about it: "we leave the rekeys of its Child SAs to it".
std::vector<std::string> describe(Quirks quirks);

}  // namespace agilevpn::ike
