// The registries of IKEv2 ("Internet Key Exchange Version 2 (IKEv2) Parameters"), in registry order and named as
// registered, as far as we send or print them. Transform ids stand in crypto/transform.h, hash ids in crypto/hash.h,
// since rooms below speak of them too. Values that are not listed are legal: they are kept, shown by number and
// answered.
#pragma once

#include <cstdint>
#include <string>

#include "crypto/hash.h"
#include "crypto/transform.h"

namespace agilevpn::ike::wire {

enum class ExchangeType : std::uint8_t {
  IkeSaInit = 34,
  IkeAuth = 35,
  CreateChildSa = 36,
  Informational = 37,
  IkeSessionResume = 38,
  IkeIntermediate = 43,
  IkeFollowupKe = 44,
};

// In the clear, before there are keys: IKE_SA_INIT, or IKE_SESSION_RESUME in its place (RFC 5723 §4.3.2).
inline bool is_initial(ExchangeType type) {
  return type == ExchangeType::IkeSaInit || type == ExchangeType::IkeSessionResume;
}

enum class PayloadType : std::uint8_t {
  None = 0,
  SecurityAssociation = 33,
  KeyExchange = 34,
  IdentificationInitiator = 35,
  IdentificationResponder = 36,
  Certificate = 37,
  CertificateRequest = 38,
  Authentication = 39,
  Nonce = 40,
  Notify = 41,
  Delete = 42,
  VendorId = 43,
  TrafficSelectorInitiator = 44,
  TrafficSelectorResponder = 45,
  Encrypted = 46,  // SK
  Configuration = 47,
  ExtensibleAuthentication = 48,
  EncryptedFragment = 53,  // SKF (RFC 7383)
};

enum class ProtocolId : std::uint8_t { None = 0, Ike = 1, Ah = 2, Esp = 3 };

enum class TransformType : std::uint8_t {
  Encryption = 1,
  Prf = 2,
  Integrity = 3,
  KeyExchange = 4,
  SequenceNumbers = 5,
  AdditionalKeyExchange1 = 6,  // RFC 9370; their ids are those of KeyExchange.
  AdditionalKeyExchange2 = 7,
  AdditionalKeyExchange3 = 8,
  AdditionalKeyExchange4 = 9,
  AdditionalKeyExchange5 = 10,
  AdditionalKeyExchange6 = 11,
  AdditionalKeyExchange7 = 12,
};

inline constexpr TransformType additional_key_exchange_types[] = {
    TransformType::AdditionalKeyExchange1, TransformType::AdditionalKeyExchange2, TransformType::AdditionalKeyExchange3,
    TransformType::AdditionalKeyExchange4, TransformType::AdditionalKeyExchange5, TransformType::AdditionalKeyExchange6,
    TransformType::AdditionalKeyExchange7,
};
inline bool is_additional_key_exchange(TransformType type) {
  return type >= TransformType::AdditionalKeyExchange1 && type <= TransformType::AdditionalKeyExchange7;
}

inline constexpr std::uint16_t key_length_attribute = 14;  // RFC 7296 §3.3.5

enum class IdType : std::uint8_t {
  Ipv4Addr = 1,
  Fqdn = 2,
  Rfc822Addr = 3,
  Ipv6Addr = 5,
  DerAsn1Dn = 9,
  DerAsn1Gn = 10,
  KeyId = 11,
  Null = 13,
};

enum class CertificateEncoding : std::uint8_t {
  Pkcs7WrappedX509 = 1,
  X509Signature = 4,
  Crl = 7,
  X509HashAndUrl = 12,
  X509BundleHashAndUrl = 13,
  OcspContent = 14,
  RawPublicKey = 15,
};

enum class AuthMethod : std::uint8_t {
  RsaDigitalSignature = 1,
  SharedKeyMessageIntegrityCode = 2,
  DssDigitalSignature = 3,
  EcdsaSha256P256 = 9,
  EcdsaSha384P384 = 10,
  EcdsaSha512P521 = 11,
  NullAuthentication = 13,
  DigitalSignature = 14,  // RFC 7427
};

enum class NotifyType : std::uint16_t {
  // Errors
  UnsupportedCriticalPayload = 1,
  InvalidIkeSpi = 4,
  InvalidMajorVersion = 5,
  InvalidSyntax = 7,
  InvalidMessageId = 9,
  InvalidSpi = 11,
  NoProposalChosen = 14,
  InvalidKePayload = 17,
  AuthenticationFailed = 24,
  SinglePairRequired = 34,
  NoAdditionalSas = 35,
  InternalAddressFailure = 36,
  FailedCpRequired = 37,
  TsUnacceptable = 38,
  InvalidSelectors = 39,
  UnacceptableAddresses = 40,
  UnexpectedNatDetected = 41,
  TemporaryFailure = 43,
  ChildSaNotFound = 44,
  StateNotFound = 47,
  MicrosoftStatus = 12345,  // Private use: a Win32 error code of 4 octets ([MS-IKEE] 2.2.7).
  // Status
  InitialContact = 16384,
  SetWindowSize = 16385,
  AdditionalTsPossible = 16386,
  IpcompSupported = 16387,
  NatDetectionSourceIp = 16388,
  NatDetectionDestinationIp = 16389,
  Cookie = 16390,
  UseTransportMode = 16391,
  HttpCertLookupSupported = 16392,
  RekeySa = 16393,
  EspTfcPaddingNotSupported = 16394,
  NonFirstFragmentsAlso = 16395,
  MobikeSupported = 16396,
  AdditionalIp4Address = 16397,
  AdditionalIp6Address = 16398,
  NoAdditionalAddresses = 16399,
  UpdateSaAddresses = 16400,
  Cookie2 = 16401,
  NoNatsAllowed = 16402,
  AuthLifetime = 16403,
  MultipleAuthSupported = 16404,
  AnotherAuthFollows = 16405,
  RedirectSupported = 16406,
  Redirect = 16407,
  RedirectedFrom = 16408,
  TicketLtOpaque = 16409,
  TicketRequest = 16410,
  TicketAck = 16411,
  TicketNack = 16412,
  TicketOpaque = 16413,
  LinkId = 16414,
  UseWespMode = 16415,
  RohcSupported = 16416,
  EapOnlyAuthentication = 16417,
  ChildlessIkev2Supported = 16418,
  QuickCrashDetection = 16419,
  Ikev2MessageIdSyncSupported = 16420,
  IpsecReplayCounterSyncSupported = 16421,
  Ikev2MessageIdSync = 16422,
  IpsecReplayCounterSync = 16423,
  SecurePasswordMethods = 16424,
  Ikev2FragmentationSupported = 16430,
  SignatureHashAlgorithms = 16431,
  UsePpk = 16435,
  PpkIdentity = 16436,
  NoPpkAuth = 16437,
  IntermediateExchangeSupported = 16438,
  AdditionalKeyExchange = 16441,
};

// The peer does not take the session on the path that it was moved to (RFC 4555 §3.5, §3.9).
inline constexpr NotifyType path_refusals[] = {NotifyType::UnacceptableAddresses, NotifyType::UnexpectedNatDetected};

inline bool is_error(NotifyType type) { return static_cast<std::uint16_t>(type) < 16384; }

enum class ConfigurationType : std::uint8_t { Request = 1, Reply = 2, Set = 3, Ack = 4 };

enum class ConfigurationAttributeType : std::uint16_t {
  InternalIp4Address = 1,
  InternalIp4Netmask = 2,
  InternalIp4Dns = 3,
  InternalIp4Nbns = 4,
  InternalIp4Dhcp = 6,
  ApplicationVersion = 7,
  InternalIp6Address = 8,
  InternalIp6Dns = 10,
  InternalIp6Dhcp = 12,
  InternalIp4Subnet = 13,
  SupportedAttributes = 14,
  InternalIp6Subnet = 15,
  InternalDnsDomain = 25,
  InternalIp4Server = 23456,  // [MS-IKEE] 2.2.8
  InternalIp6Server = 23457,
};

// The registered names: "IKE_SA_INIT", "NO_PROPOSAL_CHOSEN", "INTERNAL_IP4_ADDRESS", "ID_FQDN"; an unknown value as
// "exchange 99", "notify 40000".
std::string to_string(ExchangeType type);
std::string to_string(PayloadType type);  // The RFC's notation: "SA", "KE", "IDi", "SK", "N" ...
std::string to_string(ProtocolId id);     // "IKE", "AH", "ESP"
std::string to_string(IdType type);
std::string to_string(CertificateEncoding encoding);
std::string to_string(AuthMethod method);  // "RSA digital signature", "shared key", "digital signature" ...
std::string to_string(NotifyType type);
std::string to_string(ConfigurationType type);  // "CFG_REQUEST"
std::string to_string(ConfigurationAttributeType type);

}  // namespace agilevpn::ike::wire
