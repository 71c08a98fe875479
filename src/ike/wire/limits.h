// How much of a message we are ready to read. Far above what honest peers send (client-side habits: 53 certificate
// requests' hashes in one payload, twelve proposals, sixteen fragments), far below what would hurt.
#pragma once

#include <cstddef>

namespace agilevpn::ike::wire::limits {

inline constexpr std::size_t payloads_max = 64;     // Payloads in one message.
inline constexpr std::size_t proposals_max = 64;    // Proposals in one SA payload.
inline constexpr std::size_t transforms_max = 128;  // Transforms in one proposal.
inline constexpr std::size_t attributes_max = 16;   // Attributes in one transform.
inline constexpr std::size_t selectors_max = 255;   // Traffic selectors in one TS payload: its count is one octet.
inline constexpr std::size_t configuration_attributes_max = 128;
inline constexpr std::size_t delete_spis_max = 1024;
inline constexpr std::size_t identity_max = 2048;  // Octets of an ID payload; a long distinguished name has 300.
inline constexpr std::size_t ticket_max =
    1024;  // Octets: IKE_SESSION_RESUME, which cannot be fragmented, passes every path.
inline constexpr std::size_t nonce_min = 16;  // RFC 7296 §2.10
inline constexpr std::size_t nonce_max = 256;
inline constexpr std::size_t fragments_max = 64;   // RFC 7383 leaves it to us.
inline constexpr std::size_t message_max = 65535;  // What fits a datagram or a reassembled message.

}  // namespace agilevpn::ike::wire::limits
