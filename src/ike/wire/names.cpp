// The registered names of the registries' values.
#include <fmt/format.h>

#include "ike/wire/iana.h"

namespace agilevpn::ike::wire {

namespace {

template <class Enum>
std::string numbered(const char* what, Enum value) {
  return fmt::format("{} {}", what, static_cast<unsigned>(value));
}

}  // namespace

std::string to_string(ExchangeType type) {
  switch (type) {
    case ExchangeType::IkeSaInit: return "IKE_SA_INIT";
    case ExchangeType::IkeAuth: return "IKE_AUTH";
    case ExchangeType::CreateChildSa: return "CREATE_CHILD_SA";
    case ExchangeType::Informational: return "INFORMATIONAL";
    case ExchangeType::IkeSessionResume: return "IKE_SESSION_RESUME";
    case ExchangeType::IkeIntermediate: return "IKE_INTERMEDIATE";
    case ExchangeType::IkeFollowupKe: return "IKE_FOLLOWUP_KE";
  }
  return numbered("exchange", type);
}

std::string to_string(PayloadType type) {
  switch (type) {
    case PayloadType::None: return "none";
    case PayloadType::SecurityAssociation: return "SA";
    case PayloadType::KeyExchange: return "KE";
    case PayloadType::IdentificationInitiator: return "IDi";
    case PayloadType::IdentificationResponder: return "IDr";
    case PayloadType::Certificate: return "CERT";
    case PayloadType::CertificateRequest: return "CERTREQ";
    case PayloadType::Authentication: return "AUTH";
    case PayloadType::Nonce: return "Nonce";
    case PayloadType::Notify: return "N";
    case PayloadType::Delete: return "D";
    case PayloadType::VendorId: return "V";
    case PayloadType::TrafficSelectorInitiator: return "TSi";
    case PayloadType::TrafficSelectorResponder: return "TSr";
    case PayloadType::Encrypted: return "SK";
    case PayloadType::Configuration: return "CP";
    case PayloadType::ExtensibleAuthentication: return "EAP";
    case PayloadType::EncryptedFragment: return "SKF";
  }
  return numbered("payload", type);
}

std::string to_string(ProtocolId id) {
  switch (id) {
    case ProtocolId::None: return "none";
    case ProtocolId::Ike: return "IKE";
    case ProtocolId::Ah: return "AH";
    case ProtocolId::Esp: return "ESP";
  }
  return numbered("protocol", id);
}

std::string to_string(IdType type) {
  switch (type) {
    case IdType::Ipv4Addr: return "ID_IPV4_ADDR";
    case IdType::Fqdn: return "ID_FQDN";
    case IdType::Rfc822Addr: return "ID_RFC822_ADDR";
    case IdType::Ipv6Addr: return "ID_IPV6_ADDR";
    case IdType::DerAsn1Dn: return "ID_DER_ASN1_DN";
    case IdType::DerAsn1Gn: return "ID_DER_ASN1_GN";
    case IdType::KeyId: return "ID_KEY_ID";
    case IdType::Null: return "ID_NULL";
  }
  return numbered("ID type", type);
}

std::string to_string(CertificateEncoding encoding) {
  switch (encoding) {
    case CertificateEncoding::Pkcs7WrappedX509: return "PKCS #7 wrapped X.509 certificate";
    case CertificateEncoding::X509Signature: return "X.509 certificate - signature";
    case CertificateEncoding::Crl: return "certificate revocation list";
    case CertificateEncoding::X509HashAndUrl: return "hash and URL of X.509 certificate";
    case CertificateEncoding::X509BundleHashAndUrl: return "hash and URL of X.509 bundle";
    case CertificateEncoding::OcspContent: return "OCSP content";
    case CertificateEncoding::RawPublicKey: return "raw public key";
  }
  return numbered("certificate encoding", encoding);
}

std::string to_string(AuthMethod method) {
  switch (method) {
    case AuthMethod::RsaDigitalSignature: return "RSA digital signature";
    case AuthMethod::SharedKeyMessageIntegrityCode: return "shared key";
    case AuthMethod::DssDigitalSignature: return "DSS digital signature";
    case AuthMethod::EcdsaSha256P256: return "ECDSA with SHA-256 on P-256";
    case AuthMethod::EcdsaSha384P384: return "ECDSA with SHA-384 on P-384";
    case AuthMethod::EcdsaSha512P521: return "ECDSA with SHA-512 on P-521";
    case AuthMethod::NullAuthentication: return "NULL authentication";
    case AuthMethod::DigitalSignature: return "digital signature";
  }
  return numbered("authentication method", method);
}

std::string to_string(NotifyType type) {
  switch (type) {
    case NotifyType::UnsupportedCriticalPayload: return "UNSUPPORTED_CRITICAL_PAYLOAD";
    case NotifyType::InvalidIkeSpi: return "INVALID_IKE_SPI";
    case NotifyType::InvalidMajorVersion: return "INVALID_MAJOR_VERSION";
    case NotifyType::InvalidSyntax: return "INVALID_SYNTAX";
    case NotifyType::InvalidMessageId: return "INVALID_MESSAGE_ID";
    case NotifyType::InvalidSpi: return "INVALID_SPI";
    case NotifyType::NoProposalChosen: return "NO_PROPOSAL_CHOSEN";
    case NotifyType::InvalidKePayload: return "INVALID_KE_PAYLOAD";
    case NotifyType::AuthenticationFailed: return "AUTHENTICATION_FAILED";
    case NotifyType::SinglePairRequired: return "SINGLE_PAIR_REQUIRED";
    case NotifyType::NoAdditionalSas: return "NO_ADDITIONAL_SAS";
    case NotifyType::InternalAddressFailure: return "INTERNAL_ADDRESS_FAILURE";
    case NotifyType::FailedCpRequired: return "FAILED_CP_REQUIRED";
    case NotifyType::TsUnacceptable: return "TS_UNACCEPTABLE";
    case NotifyType::InvalidSelectors: return "INVALID_SELECTORS";
    case NotifyType::UnacceptableAddresses: return "UNACCEPTABLE_ADDRESSES";
    case NotifyType::UnexpectedNatDetected: return "UNEXPECTED_NAT_DETECTED";
    case NotifyType::TemporaryFailure: return "TEMPORARY_FAILURE";
    case NotifyType::MicrosoftStatus: return "MS_STATUS";
    case NotifyType::ChildSaNotFound: return "CHILD_SA_NOT_FOUND";
    case NotifyType::StateNotFound: return "STATE_NOT_FOUND";
    case NotifyType::InitialContact: return "INITIAL_CONTACT";
    case NotifyType::SetWindowSize: return "SET_WINDOW_SIZE";
    case NotifyType::AdditionalTsPossible: return "ADDITIONAL_TS_POSSIBLE";
    case NotifyType::IpcompSupported: return "IPCOMP_SUPPORTED";
    case NotifyType::NatDetectionSourceIp: return "NAT_DETECTION_SOURCE_IP";
    case NotifyType::NatDetectionDestinationIp: return "NAT_DETECTION_DESTINATION_IP";
    case NotifyType::Cookie: return "COOKIE";
    case NotifyType::UseTransportMode: return "USE_TRANSPORT_MODE";
    case NotifyType::HttpCertLookupSupported: return "HTTP_CERT_LOOKUP_SUPPORTED";
    case NotifyType::RekeySa: return "REKEY_SA";
    case NotifyType::EspTfcPaddingNotSupported: return "ESP_TFC_PADDING_NOT_SUPPORTED";
    case NotifyType::NonFirstFragmentsAlso: return "NON_FIRST_FRAGMENTS_ALSO";
    case NotifyType::MobikeSupported: return "MOBIKE_SUPPORTED";
    case NotifyType::AdditionalIp4Address: return "ADDITIONAL_IP4_ADDRESS";
    case NotifyType::AdditionalIp6Address: return "ADDITIONAL_IP6_ADDRESS";
    case NotifyType::NoAdditionalAddresses: return "NO_ADDITIONAL_ADDRESSES";
    case NotifyType::UpdateSaAddresses: return "UPDATE_SA_ADDRESSES";
    case NotifyType::Cookie2: return "COOKIE2";
    case NotifyType::NoNatsAllowed: return "NO_NATS_ALLOWED";
    case NotifyType::AuthLifetime: return "AUTH_LIFETIME";
    case NotifyType::MultipleAuthSupported: return "MULTIPLE_AUTH_SUPPORTED";
    case NotifyType::AnotherAuthFollows: return "ANOTHER_AUTH_FOLLOWS";
    case NotifyType::RedirectSupported: return "REDIRECT_SUPPORTED";
    case NotifyType::Redirect: return "REDIRECT";
    case NotifyType::RedirectedFrom: return "REDIRECTED_FROM";
    case NotifyType::TicketLtOpaque: return "TICKET_LT_OPAQUE";
    case NotifyType::TicketRequest: return "TICKET_REQUEST";
    case NotifyType::TicketAck: return "TICKET_ACK";
    case NotifyType::TicketNack: return "TICKET_NACK";
    case NotifyType::TicketOpaque: return "TICKET_OPAQUE";
    case NotifyType::LinkId: return "LINK_ID";
    case NotifyType::UseWespMode: return "USE_WESP_MODE";
    case NotifyType::RohcSupported: return "ROHC_SUPPORTED";
    case NotifyType::EapOnlyAuthentication: return "EAP_ONLY_AUTHENTICATION";
    case NotifyType::ChildlessIkev2Supported: return "CHILDLESS_IKEV2_SUPPORTED";
    case NotifyType::QuickCrashDetection: return "QUICK_CRASH_DETECTION";
    case NotifyType::Ikev2MessageIdSyncSupported: return "IKEV2_MESSAGE_ID_SYNC_SUPPORTED";
    case NotifyType::IpsecReplayCounterSyncSupported: return "IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED";
    case NotifyType::Ikev2MessageIdSync: return "IKEV2_MESSAGE_ID_SYNC";
    case NotifyType::IpsecReplayCounterSync: return "IPSEC_REPLAY_COUNTER_SYNC";
    case NotifyType::SecurePasswordMethods: return "SECURE_PASSWORD_METHODS";
    case NotifyType::Ikev2FragmentationSupported: return "IKEV2_FRAGMENTATION_SUPPORTED";
    case NotifyType::SignatureHashAlgorithms: return "SIGNATURE_HASH_ALGORITHMS";
    case NotifyType::UsePpk: return "USE_PPK";
    case NotifyType::PpkIdentity: return "PPK_IDENTITY";
    case NotifyType::NoPpkAuth: return "NO_PPK_AUTH";
    case NotifyType::IntermediateExchangeSupported: return "INTERMEDIATE_EXCHANGE_SUPPORTED";
    case NotifyType::AdditionalKeyExchange: return "ADDITIONAL_KEY_EXCHANGE";
  }
  return numbered("notify", type);
}

std::string to_string(ConfigurationType type) {
  switch (type) {
    case ConfigurationType::Request: return "CFG_REQUEST";
    case ConfigurationType::Reply: return "CFG_REPLY";
    case ConfigurationType::Set: return "CFG_SET";
    case ConfigurationType::Ack: return "CFG_ACK";
  }
  return numbered("CFG type", type);
}

std::string to_string(ConfigurationAttributeType type) {
  switch (type) {
    case ConfigurationAttributeType::InternalIp4Address: return "INTERNAL_IP4_ADDRESS";
    case ConfigurationAttributeType::InternalIp4Netmask: return "INTERNAL_IP4_NETMASK";
    case ConfigurationAttributeType::InternalIp4Dns: return "INTERNAL_IP4_DNS";
    case ConfigurationAttributeType::InternalIp4Nbns: return "INTERNAL_IP4_NBNS";
    case ConfigurationAttributeType::InternalIp4Dhcp: return "INTERNAL_IP4_DHCP";
    case ConfigurationAttributeType::ApplicationVersion: return "APPLICATION_VERSION";
    case ConfigurationAttributeType::InternalIp6Address: return "INTERNAL_IP6_ADDRESS";
    case ConfigurationAttributeType::InternalIp6Dns: return "INTERNAL_IP6_DNS";
    case ConfigurationAttributeType::InternalIp6Dhcp: return "INTERNAL_IP6_DHCP";
    case ConfigurationAttributeType::InternalIp4Subnet: return "INTERNAL_IP4_SUBNET";
    case ConfigurationAttributeType::SupportedAttributes: return "SUPPORTED_ATTRIBUTES";
    case ConfigurationAttributeType::InternalIp6Subnet: return "INTERNAL_IP6_SUBNET";
    case ConfigurationAttributeType::InternalDnsDomain: return "INTERNAL_DNS_DOMAIN";
    case ConfigurationAttributeType::InternalIp4Server: return "INTERNAL_IP4_SERVER";
    case ConfigurationAttributeType::InternalIp6Server: return "INTERNAL_IP6_SERVER";
  }
  return numbered("attribute", type);
}

}  // namespace agilevpn::ike::wire
