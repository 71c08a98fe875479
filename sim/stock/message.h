// The messages of stock clients and gateways, payload by payload, as their kind lines them up. Pure functions.
#pragma once

#include "base/random.h"
#include "crypto/key_exchange.h"
#include "ike/lease.h"
#include "sim/stock/kind.h"

namespace agilevpn::sim::stock {

struct InitInputs {
  IkeSpi spi_i, spi_r;
  Path path;
  Bytes nonce;
  const crypto::KeyExchange& key_exchange;
  Bytes cookie;  // Empty: none was asked for.
};
ike::wire::Message init_request(const Kind& kind, const InitInputs& inputs);
// Begins with the one proposal that was chosen.
ike::wire::Message init_response(const Kind& kind, const InitInputs& inputs, ike::wire::Proposal chosen);

struct AuthInputs {
  ike::wire::Identity id_i, id_r;
  std::vector<Bytes> certificates;             // DER; none with EAP.
  std::optional<ike::wire::AuthPayload> auth;  // Nothing with EAP.
  Bytes known_authority;                       // The key hash of the gateway's CA, among those of all the other roots.
  std::optional<ike::Lease> former;            // What it had the last time.
  EspSpi spi;
};
ike::wire::Payloads auth_request(const Kind& kind, const AuthInputs& inputs);

// The whole Internet, in both families: TSi and TSr as every kind wishes them.
TrafficSelectors everything();

}  // namespace agilevpn::sim::stock
