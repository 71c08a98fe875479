// Transforms and proposals as values: making and showing them.
#include <fmt/format.h>

#include "ike/wire/message.h"

namespace agilevpn::ike::wire {

namespace {

template <class Id>
Transform transform_of(TransformType type, Id id) {
  return {.type = type, .id = static_cast<std::uint16_t>(id), .key_bits = {}, .other_attributes = {}};
}

std::string name_of(const Transform& transform) {
  switch (transform.type) {
    case TransformType::Encryption:
      return crypto::to_string(crypto::EncryptionId{transform.id}, transform.key_bits.value_or(0));
    case TransformType::Prf: return crypto::to_string(crypto::PrfId{transform.id});
    case TransformType::Integrity: return crypto::to_string(crypto::IntegrityId{transform.id});
    case TransformType::KeyExchange:
    case TransformType::AdditionalKeyExchange1:
    case TransformType::AdditionalKeyExchange2:
    case TransformType::AdditionalKeyExchange3:
    case TransformType::AdditionalKeyExchange4:
    case TransformType::AdditionalKeyExchange5:
    case TransformType::AdditionalKeyExchange6:
    case TransformType::AdditionalKeyExchange7: return crypto::to_string(crypto::KeyExchangeId{transform.id});
    case TransformType::SequenceNumbers:
      if (transform.id == 0) return "no ESN";
      if (transform.id == 1) return "ESN";
      return fmt::format("sequence numbers {}", transform.id);
  }
  return fmt::format("transform {}/{}", static_cast<unsigned>(transform.type), transform.id);
}

std::string_view separator(TransformType former, TransformType type) {
  if (type == former) return ", ";
  return is_additional_key_exchange(type) ? " + " : " / ";
}

}  // namespace

Transform Transform::of(crypto::EncryptionId id, std::uint16_t key_bits) {
  Transform transform = transform_of(TransformType::Encryption, id);
  if (key_bits != 0) transform.key_bits = key_bits;
  return transform;
}
Transform Transform::of(crypto::PrfId id) { return transform_of(TransformType::Prf, id); }
Transform Transform::of(crypto::IntegrityId id) { return transform_of(TransformType::Integrity, id); }
Transform Transform::of(crypto::KeyExchangeId id, TransformType type) { return transform_of(type, id); }
Transform Transform::of(crypto::SequenceNumbersId id) { return transform_of(TransformType::SequenceNumbers, id); }

std::string Transform::to_string() const {
  return other_attributes.empty() ? name_of(*this) : name_of(*this) + " with unknown attributes";
}

std::string Proposal::to_string() const {
  std::string text;
  for (std::size_t i = 0; i < transforms.size(); ++i) {
    if (i > 0) text += separator(transforms[i - 1].type, transforms[i].type);
    text += transforms[i].to_string();
  }
  return text;
}

}  // namespace agilevpn::ike::wire
