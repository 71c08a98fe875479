// Every bound of the data plane, with its why.
#pragma once

#include <cstddef>

namespace agilevpn::dataplane::limits {

inline constexpr std::size_t receive_buffers = 8;   // Of 64 KiB: one recvmmsg() takes some 350 full packets.
inline constexpr std::size_t open_batch_max = 512;  // Packets opened at once; as much as receive_buffers hold.
inline constexpr std::size_t seal_batch_max = 64;   // Packets: the segments that UDP_SEGMENT takes in every kernel.
inline constexpr std::size_t seal_batch_octets = 65'000;  // Below what one UDP datagram may carry, with all headers.
inline constexpr int tun_reads_per_turn = 64;             // Then inbound packets have their turn.
inline constexpr int receives_per_turn = 4;               // The other way round.
inline constexpr std::size_t joined_packets_max = 64;     // As many as a system splits again without effort.
inline constexpr std::size_t ike_queue_max = 1024;  // Messages that wait for the control thread; more are dropped.
inline constexpr std::size_t ike_queue_octets =
    2 << 20;  // Theirs: as many full packets, and a few fragmented datagrams beside.
inline constexpr int advertisements_per_turn =
    32;                                         // A client asks three times at most when it connects (RFC 4861 §6.3.7).
inline constexpr int icmp_errors_per_turn = 4;  // RFC 1812 §4.3.2.8: errors are limited.

}  // namespace agilevpn::dataplane::limits
