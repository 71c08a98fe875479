// status.h as JSON and back. Field names are those of the structs; times are ISO 8601, durations whole seconds, what is not
// there is null.
#pragma once

#include <nlohmann/json.hpp>

#include "control/event_text.h"
#include "control/status.h"

namespace nlohmann {

template <class T>
struct adl_serializer<std::optional<T>> {
  static void to_json(json& out, const std::optional<T>& value) { out = value ? json(*value) : json(nullptr); }
  static void from_json(const json& in, std::optional<T>& value) {
    value = in.is_null() ? std::nullopt : std::optional<T>{in.get<T>()};
  }
};

template <>
struct adl_serializer<std::chrono::seconds> {
  static void to_json(json& out, std::chrono::seconds value) { out = value.count(); }
  static void from_json(const json& in, std::chrono::seconds& value) {
    value = std::chrono::seconds{in.get<std::int64_t>()};
  }
};

template <>
struct adl_serializer<agilevpn::WallTime> {
  static void to_json(json& out, agilevpn::WallTime value) { out = agilevpn::control::to_iso8601(value); }
  static void from_json(const json& in, agilevpn::WallTime& value) {
    value = agilevpn::control::time_from_iso8601(in.get<std::string>()).value_or(agilevpn::WallTime{});
  }
};

}  // namespace nlohmann

namespace agilevpn::control {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(ChildSaStatus, spi_inbound, spi_outbound, suite, local_selectors,
                                                remote_selectors, rekey_in)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(SessionStatus, id, name, state, state_since, question, reason,
                                                gives_up_in, local_identity, peer_identity, user, device, group,
                                                product, is_product_sure, quirks, adapter, origin_address,
                                                gateway_address, round_trip_ms, is_local_behind_nat, is_peer_behind_nat,
                                                udp_encapsulation, is_resumed, is_mobike, mobike_reason,
                                                inner_addresses, dns, domains, routes, bytes_in, bytes_out,
                                                connected_since, moves, spi_i, spi_r, suite, rekey_in, child_sas)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Status, role, name, version, since, sessions, warnings, drops)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(ConnectionStatus, name, gateway, identity, is_automatic, state)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(PathStatus, connection, adapter, type, local_address, peer_address,
                                                rank, is_in_use, state, round_trip_ms)

}  // namespace agilevpn::control
