#include "cli/decode/payload_json.h"

namespace agilevpn::cli::decode {

using namespace ike::wire;

namespace {

constexpr std::size_t key_hash_size = 20;  // SHA-1 (RFC 7296 §3.7).

std::string_view name_of(TransformType type) {
  switch (type) {
    case TransformType::Encryption: return "ENCR";
    case TransformType::Prf: return "PRF";
    case TransformType::Integrity: return "INTEG";
    case TransformType::KeyExchange: return "KE";
    case TransformType::SequenceNumbers: return "SN";
    case TransformType::AdditionalKeyExchange1: return "ADDKE1";
    case TransformType::AdditionalKeyExchange2: return "ADDKE2";
    case TransformType::AdditionalKeyExchange3: return "ADDKE3";
    case TransformType::AdditionalKeyExchange4: return "ADDKE4";
    case TransformType::AdditionalKeyExchange5: return "ADDKE5";
    case TransformType::AdditionalKeyExchange6: return "ADDKE6";
    case TransformType::AdditionalKeyExchange7: return "ADDKE7";
  }
  return "transform";
}

Json to_json(const Attribute& attribute) {
  Json out{{"attribute", attribute.type}};
  if (const auto* value = std::get_if<std::uint16_t>(&attribute.value))
    out["value"] = *value;
  else
    out["data"] = to_hex(std::get<Bytes>(attribute.value));
  return out;
}

Json to_json(const Transform& transform) {
  Json out{{"transform", name_of(transform.type)},
           {"transform_code", static_cast<unsigned>(transform.type)},
           {"name", transform.to_string()},
           {"id_code", transform.id}};
  if (transform.key_bits) out["key_bits_code"] = *transform.key_bits;
  for (const Attribute& attribute : transform.other_attributes) out["attributes"].push_back(to_json(attribute));
  return out;
}

void describe(Json& out, const KePayload& ke) {
  out["name"] = crypto::to_string(ke.method);
  out["method_code"] = static_cast<unsigned>(ke.method);
  out["data"] = to_hex(ke.data);
}

void describe(Json& out, const IdPayload& id) {
  out["name"] = to_string(id.identity.type);
  out["id_code"] = static_cast<unsigned>(id.identity.type);
  out["identity"] = id.identity.to_string();
}

void describe(Json& out, const CertRequestPayload& request) {
  out["name"] = to_string(request.encoding);
  out["encoding_code"] = static_cast<unsigned>(request.encoding);
  Json authorities = Json::array();
  for (ByteView rest = request.authorities; !rest.empty(); rest = rest.subspan(std::min(rest.size(), key_hash_size)))
    authorities.push_back(to_hex(rest.first(std::min(rest.size(), key_hash_size))));
  out["authorities"] = std::move(authorities);
}

void describe(Json& out, const NoncePayload& nonce) { out["nonce"] = to_hex(nonce.nonce); }

void describe(Json& out, const DeletePayload& del) {
  out["name"] = to_string(del.protocol);
  out["protocol_code"] = static_cast<unsigned>(del.protocol);
  for (const EspSpi& spi : del.spis) out["spis"].push_back(spi.to_string());
}

void describe(Json& out, const TsPayload& ts) {
  Json selectors = Json::array();
  for (const TrafficSelector& selector : ts.selectors) selectors.push_back(selector.to_string());
  out["selectors"] = std::move(selectors);
}

void describe(Json& out, const EncryptedPayload& encrypted) {
  out["first_inner"] = to_string(encrypted.first_inner);
  out["octets"] = encrypted.body.size();
}

void describe(Json& out, const EncryptedFragmentPayload& fragment) {
  out["number"] = fragment.number;
  out["total"] = fragment.total;
  out["octets"] = fragment.body.size();
}

void describe(Json& out, const UnknownPayload& unknown) { out["data"] = to_hex(unknown.data); }

}  // namespace

void describe(Json& out, const SaPayload& sa) {
  out["proposals"] = Json::array();
  for (const Proposal& proposal : sa.proposals) {
    Json described{{"proposal", proposal.number},
                   {"protocol", to_string(proposal.protocol)},
                   {"protocol_code", static_cast<unsigned>(proposal.protocol)}};
    if (!proposal.spi.empty()) described["spi"] = to_hex(proposal.spi);
    described["transforms"] = Json::array();
    for (const Transform& transform : proposal.transforms) described["transforms"].push_back(to_json(transform));
    out["proposals"].push_back(std::move(described));
  }
}

Json to_json(const Payload& payload) {
  Json out{{"payload", to_string(payload.type)}, {"payload_code", static_cast<unsigned>(payload.type)}};
  if (payload.is_critical) out["critical"] = true;
  std::visit([&](const auto& body) { describe(out, body); }, payload.body);
  return out;
}

Json to_json(const Payloads& payloads) {
  Json out = Json::array();
  for (const Payload& payload : payloads) out.push_back(to_json(payload));
  return out;
}

}  // namespace agilevpn::cli::decode
