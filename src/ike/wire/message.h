// An IKEv2 message as typed values (RFC 7296 §3). decode gives a complete valid value or an error with its offset;
// encode gives octets; encode(decode(x)) == x for every well-formed x with zero reserved fields. Pure functions.
//
// Lengths, checksums, "more" bits and next-payload chains exist only on the wire. An Encrypted payload is decoded as
// far as its outside goes; ike/message_cipher.h opens it and calls decode_payloads() on what is inside.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/codec.h"
#include "base/spi.h"
#include "base/traffic_selector.h"
#include "ike/wire/iana.h"

namespace agilevpn::ike {

namespace wire {

struct Header {  // §3.1
  IkeSpi spi_i;
  IkeSpi spi_r;
  ExchangeType exchange = ExchangeType::IkeSaInit;
  std::uint8_t major_version = 2;
  std::uint8_t minor_version = 0;
  bool is_from_original_initiator = false;  // The I flag.
  bool has_higher_version = false;          // The V flag.
  bool is_response = false;                 // The R flag.
  std::uint32_t message_id = 0;
  friend bool operator==(const Header&, const Header&) = default;
};

struct Attribute {  // §3.3.5, other than Key Length
  std::uint16_t type = 0;
  std::variant<std::uint16_t, Bytes> value;  // TV or TLV.
  friend bool operator==(const Attribute&, const Attribute&) = default;
};

struct Transform {  // §3.3.2
  TransformType type{};
  std::uint16_t id = 0;
  std::optional<std::uint16_t> key_bits;  // The Key Length attribute.
  std::vector<Attribute> other_attributes;

  static Transform of(crypto::EncryptionId id, std::uint16_t key_bits = 0);
  static Transform of(crypto::PrfId id);
  static Transform of(crypto::IntegrityId id);
  static Transform of(crypto::KeyExchangeId id, TransformType type = TransformType::KeyExchange);
  static Transform of(crypto::SequenceNumbersId id);
  std::string to_string() const;  // "AES-GCM-16-256", "X25519"
  friend bool operator==(const Transform&, const Transform&) = default;
};

struct Proposal {  // §3.3.1
  std::uint8_t number = 1;
  ProtocolId protocol = ProtocolId::Ike;
  Bytes spi;  // 0, 4 or 8 octets.
  std::vector<Transform> transforms;

  // "AES-GCM-16-256, AES-GCM-16-128 / PRF-HMAC-SHA2-256 / X25519 + ML-KEM-768, NONE"
  std::string to_string() const;
  friend bool operator==(const Proposal&, const Proposal&) = default;
};

// An identity as IDi and IDr carry it (§3.5).
struct Identity {
  IdType type = IdType::KeyId;
  Bytes data;

  // "anna@example.org", "vpn.example.org", "10.0.0.1", "CN=anna, O=Example"; unprintable ones as hex.
  std::string to_string() const;
  // By its look: an address, a DN ("CN=..."), an e-mail address ("a@b"), "keyid:text or hex", else a domain name.
  static Identity parse(std::string_view text);
  friend auto operator<=>(const Identity&, const Identity&) = default;
};

struct SaPayload {  // §3.3
  std::vector<Proposal> proposals;
  friend bool operator==(const SaPayload&, const SaPayload&) = default;
};
struct KePayload {  // §3.4
  crypto::KeyExchangeId method{};
  Bytes data;
  friend bool operator==(const KePayload&, const KePayload&) = default;
};
struct IdPayload {  // §3.5; the payload type tells IDi from IDr
  Identity identity;
  friend bool operator==(const IdPayload&, const IdPayload&) = default;
};
struct CertPayload {  // §3.6
  CertificateEncoding encoding{};
  Bytes data;
  friend bool operator==(const CertPayload&, const CertPayload&) = default;
};
struct CertRequestPayload {  // §3.7
  CertificateEncoding encoding{};
  Bytes authorities;  // SHA-1 key hashes, 20 octets each, one after another.
  friend bool operator==(const CertRequestPayload&, const CertRequestPayload&) = default;
};
struct AuthPayload {  // §3.8
  AuthMethod method{};
  Bytes data;
  friend bool operator==(const AuthPayload&, const AuthPayload&) = default;
};
struct NoncePayload {  // §3.9: 16 to 256 octets
  Bytes nonce;
  friend bool operator==(const NoncePayload&, const NoncePayload&) = default;
};
struct NotifyPayload {  // §3.10
  ProtocolId protocol = ProtocolId::None;
  Bytes spi;
  NotifyType type{};
  Bytes data;
  friend bool operator==(const NotifyPayload&, const NotifyPayload&) = default;
};
struct DeletePayload {  // §3.11; for IKE, no SPIs
  ProtocolId protocol = ProtocolId::Ike;
  std::vector<EspSpi> spis;
  friend bool operator==(const DeletePayload&, const DeletePayload&) = default;
};
struct VendorIdPayload {  // §3.12
  Bytes id;
  friend bool operator==(const VendorIdPayload&, const VendorIdPayload&) = default;
};
struct TsPayload {  // §3.13; the payload type tells TSi from TSr
  TrafficSelectors selectors;
  friend bool operator==(const TsPayload&, const TsPayload&) = default;
};
struct EncryptedPayload {  // §3.14: IV, ciphertext and ICV as they stand
  PayloadType first_inner = PayloadType::None;
  Bytes body;
  friend bool operator==(const EncryptedPayload&, const EncryptedPayload&) = default;
};
struct EncryptedFragmentPayload {               // RFC 7383 §2.5
  PayloadType first_inner = PayloadType::None;  // In fragment 1; None in the others.
  std::uint16_t number = 1;                     // From 1.
  std::uint16_t total = 1;
  Bytes body;
  friend bool operator==(const EncryptedFragmentPayload&, const EncryptedFragmentPayload&) = default;
};
struct ConfigurationAttribute {  // §3.15.1
  ConfigurationAttributeType type{};
  Bytes value;
  friend bool operator==(const ConfigurationAttribute&, const ConfigurationAttribute&) = default;
};
struct ConfigurationPayload {  // §3.15
  ConfigurationType type = ConfigurationType::Request;
  std::vector<ConfigurationAttribute> attributes;
  friend bool operator==(const ConfigurationPayload&, const ConfigurationPayload&) = default;
};
struct EapPayload {  // §3.16
  Bytes message;
  friend bool operator==(const EapPayload&, const EapPayload&) = default;
};
struct UnknownPayload {
  Bytes data;
  friend bool operator==(const UnknownPayload&, const UnknownPayload&) = default;
};

using PayloadBody =
    std::variant<SaPayload, KePayload, IdPayload, CertPayload, CertRequestPayload, AuthPayload, NoncePayload,
                 NotifyPayload, DeletePayload, VendorIdPayload, TsPayload, EncryptedPayload, EncryptedFragmentPayload,
                 ConfigurationPayload, EapPayload, UnknownPayload>;

struct Payload {
  PayloadType type = PayloadType::None;
  bool is_critical = false;
  PayloadBody body;
  friend bool operator==(const Payload&, const Payload&) = default;
};

using Payloads = std::vector<Payload>;

struct Message {
  Header header;
  Payloads payloads;
  friend bool operator==(const Message&, const Message&) = default;
};

inline constexpr std::size_t header_size = 28;
inline constexpr std::size_t generic_payload_header_size = 4;

// The header alone. Fails for fewer than 28 octets; accepts any version and any exchange.
Decoded<Header> decode_header(ByteView datagram);
// A whole message. Its Length must equal the datagram's size (§3.1).
Decoded<Message> decode_message(ByteView datagram);
// A chain of payloads, as inside SK. `origin` is where it stands in the datagram, for errors.
Decoded<Payloads> decode_payloads(PayloadType first, ByteView octets, std::size_t origin = 0);

Bytes encode_message(const Message& message);
// The chain without a message header; the first payload's type is payloads.front().type (None for an empty chain).
Bytes encode_payloads(const Payloads& payloads);
// Header and generic payload header of an SK or SKF message whose parts the caller seals: everything that is
// authenticated before the IV. `body_size` counts IV, ciphertext and ICV.
Bytes encode_encrypted_prefix(const Header& header, PayloadType first_inner, std::size_t body_size);
Bytes encode_fragment_prefix(const Header& header, PayloadType first_inner, std::uint16_t number, std::uint16_t total,
                             std::size_t body_size);

// The first payload of a body type (and of a payload type, where one body serves two); nullptr if there is none.
template <class Body>
const Body* find(const Payloads& payloads) {
  for (const Payload& payload : payloads)
    if (const Body* body = std::get_if<Body>(&payload.body)) return body;
  return nullptr;
}
template <class Body>
const Body* find(const Payloads& payloads, PayloadType type) {
  for (const Payload& payload : payloads)
    if (payload.type == type)
      if (const Body* body = std::get_if<Body>(&payload.body)) return body;
  return nullptr;
}
const NotifyPayload* find_notify(const Payloads& payloads, NotifyType type);
// The first error notify; nullptr if there is none.
const NotifyPayload* find_error(const Payloads& payloads);
// The first critical payload of a type we do not know (§2.5).
std::optional<PayloadType> unsupported_critical(const Payloads& payloads);

// Payloads from bodies, with the type that belongs to them.
Payload payload(SaPayload body);
Payload payload(KePayload body);
Payload payload(CertPayload body);
Payload payload(CertRequestPayload body);
Payload payload(AuthPayload body);
Payload payload(NoncePayload body);
Payload payload(NotifyPayload body);
Payload payload(DeletePayload body);
Payload payload(VendorIdPayload body);
Payload payload(ConfigurationPayload body);
Payload payload(EapPayload body);
Payload id_i(Identity identity);
Payload id_r(Identity identity);
Payload ts_i(TrafficSelectors selectors);
Payload ts_r(TrafficSelectors selectors);
Payload notify(NotifyType type, Bytes data = {});

}  // namespace wire
}  // namespace agilevpn::ike
