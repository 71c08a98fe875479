// Bounds of what is stored that we chose, with their why.
#pragma once

#include <chrono>
#include <cstddef>

namespace agilevpn::store::limits {

using namespace std::chrono_literals;

inline constexpr auto busy_timeout = 2s;  // Another program writes for milliseconds; longer than this it hangs.

inline constexpr auto user_directory_patience = 500ms;  // Of a gateway: who logs in waits for the answer.

inline constexpr std::size_t name_size_max =
    128;  // Octets; fits a file's name, an EAP Identity and a RADIUS User-Name.
inline constexpr std::size_t note_size_max = 500;
inline constexpr std::size_t password_size_max = 768;  // 256 characters (RFC 2759 §4) in UTF-8.
inline constexpr unsigned devices_max = 100;           // Of one user; at a time, too.
inline constexpr std::size_t group_list_max = 64;  // Routes, DNS servers and so on of a group: IKE messages carry them.
inline constexpr std::size_t firewall_size_max = 64 * 1024;
inline constexpr std::size_t cause_size_max = 200;  // Of a failed log-in.

inline constexpr std::size_t csv_size_max = 16 * 1024 * 1024;
inline constexpr std::size_t csv_columns_max = 64;
inline constexpr std::size_t csv_field_size_max = 4096;
inline constexpr std::size_t csv_rows_max = 100'000;
inline constexpr std::size_t import_errors_max =
    100;  // Said; the rest are counted. A wrong file has one on every line.

inline constexpr auto lease_age_max =
    std::chrono::days{90};                                // A laptop that was away for a quarter has its old address.
inline constexpr std::size_t former_leases_max = 65'536;  // Given back and remembered, of all pools.

}  // namespace agilevpn::store::limits
