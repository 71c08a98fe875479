// Configuration attributes (RFC 7296 §3.15.1).
#include "cli/decode/payload_json.h"
#include "ike/wire/describe.h"

namespace agilevpn::cli::decode {

using namespace ike::wire;

namespace {

Json supported_attributes(ByteView value) {
  Json names = Json::array();
  Reader in{value};
  while (const auto type = in.u16("Attribute Type")) names.push_back(to_string(ConfigurationAttributeType{*type}));
  return names;
}

Json attribute_json(const ConfigurationAttribute& attribute) {
  Json out{{"attribute", to_string(attribute.type)}, {"attribute_code", static_cast<unsigned>(attribute.type)}};
  if (attribute.value.empty()) return out;
  if (attribute.type == ConfigurationAttributeType::SupportedAttributes)
    out["value"] = supported_attributes(attribute.value);
  else
    out["value"] = describe_value(attribute);
  return out;
}

}  // namespace

void describe(Json& out, const ConfigurationPayload& configuration) {
  out["name"] = to_string(configuration.type);
  out["type_code"] = static_cast<unsigned>(configuration.type);
  out["attributes"] = Json::array();
  for (const ConfigurationAttribute& attribute : configuration.attributes)
    out["attributes"].push_back(attribute_json(attribute));
}

}  // namespace agilevpn::cli::decode
