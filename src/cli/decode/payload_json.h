// Payloads as JSON: what `--json` prints, and what the text for people is made from.
//
// Each object begins with what it is ("payload", "proposal", "transform", "attribute"). Registered values are given by
// name; a field that ends in "_code" has the number. Octets are lower-case hex.
#pragma once

#include <nlohmann/json.hpp>

#include "ike/wire/message.h"

namespace agilevpn::cli::decode {

using Json = nlohmann::ordered_json;

Json to_json(const ike::wire::Payload& payload);
Json to_json(const ike::wire::Payloads& payloads);

// The fields of one body, appended to `out`.
void describe(Json& out, const ike::wire::SaPayload& sa);
void describe(Json& out, const ike::wire::NotifyPayload& notify);
void describe(Json& out, const ike::wire::ConfigurationPayload& configuration);
void describe(Json& out, const ike::wire::CertPayload& cert);
void describe(Json& out, const ike::wire::AuthPayload& auth);
void describe(Json& out, const ike::wire::EapPayload& eap);
void describe(Json& out, const ike::wire::VendorIdPayload& vendor);

}  // namespace agilevpn::cli::decode
