// IANA "RADIUS Types": what we know of codes, attributes and their values, named as registered and in registry order.
// Other values are legal: they are kept as they came.
#pragma once

#include <cstdint>

namespace agilevpn::radius {

enum class Code : std::uint8_t {
  AccessRequest = 1,
  AccessAccept = 2,
  AccessReject = 3,
  AccountingRequest = 4,
  AccountingResponse = 5,
  AccessChallenge = 11,
  StatusServer = 12,
  DisconnectRequest = 40,
  DisconnectAck = 41,
  DisconnectNak = 42,
  CoaRequest = 43,
  CoaAck = 44,
  CoaNak = 45,
};

enum class Type : std::uint8_t {  // "RADIUS Attribute Types"
  UserName = 1,
  UserPassword = 2,
  ChapPassword = 3,
  NasIpAddress = 4,
  NasPort = 5,
  ServiceType = 6,
  FramedProtocol = 7,
  FramedIpAddress = 8,
  FramedIpNetmask = 9,
  FilterId = 11,
  FramedMtu = 12,
  LoginIpHost = 14,
  LoginService = 15,
  ReplyMessage = 18,
  FramedRoute = 22,
  State = 24,
  Class = 25,
  VendorSpecific = 26,
  SessionTimeout = 27,
  IdleTimeout = 28,
  TerminationAction = 29,
  CalledStationId = 30,
  CallingStationId = 31,
  NasIdentifier = 32,
  ProxyState = 33,
  AcctStatusType = 40,
  AcctDelayTime = 41,
  AcctInputOctets = 42,
  AcctOutputOctets = 43,
  AcctSessionId = 44,
  AcctAuthentic = 45,
  AcctSessionTime = 46,
  AcctInputPackets = 47,
  AcctOutputPackets = 48,
  AcctTerminateCause = 49,
  AcctMultiSessionId = 50,
  AcctInputGigawords = 52,
  AcctOutputGigawords = 53,
  EventTimestamp = 55,
  ChapChallenge = 60,
  NasPortType = 61,
  TunnelType = 64,
  TunnelMediumType = 65,
  TunnelClientEndpoint = 66,
  TunnelServerEndpoint = 67,
  ConnectInfo = 77,
  EapMessage = 79,
  MessageAuthenticator = 80,
  AcctInterimInterval = 85,
  NasPortId = 87,
  FramedPool = 88,
  ChargeableUserIdentity = 89,
  NasIpv6Address = 95,
  FramedInterfaceId = 96,
  FramedIpv6Prefix = 97,
  FramedIpv6Route = 99,
  FramedIpv6Pool = 100,
  ErrorCause = 101,
  EapKeyName = 102,
  DelegatedIpv6Prefix = 123,
  FramedIpv6Address = 168,
  DnsServerIpv6Address = 169,
  RouteIpv6Information = 170,
};

inline constexpr std::uint32_t microsoft = 311;  // IANA "Private Enterprise Numbers"

enum class MicrosoftType : std::uint8_t {  // RFC 2548 §2
  MppeEncryptionPolicy = 7,
  MppeEncryptionTypes = 8,
  MppeSendKey = 16,
  MppeRecvKey = 17,
  PrimaryDnsServer = 28,
  SecondaryDnsServer = 29,
};

enum class ServiceType : std::uint32_t { Framed = 2, AuthenticateOnly = 8, AuthorizeOnly = 17 };
enum class NasPortType : std::uint32_t { Virtual = 5 };
enum class AcctStatusType : std::uint32_t {
  Start = 1,
  Stop = 2,
  InterimUpdate = 3,
  AccountingOn = 7,
  AccountingOff = 8
};
enum class AcctAuthentic : std::uint32_t { Radius = 1, Local = 2 };
enum class TunnelType : std::uint32_t { EspTunnel = 9 };  // "IP Encapsulating Security Payload in the Tunnel-mode"

enum class AcctTerminateCause : std::uint32_t {  // RFC 2866 §5.10
  UserRequest = 1,
  LostCarrier = 2,
  LostService = 3,
  IdleTimeout = 4,
  SessionTimeout = 5,
  AdminReset = 6,
  AdminReboot = 7,
  NasError = 9,
  NasRequest = 10,
  NasReboot = 11,
  PortPreempted = 13,
  UserError = 17,
};

enum class ErrorCause : std::uint32_t {  // RFC 5176 §3.5
  ResidualSessionContextRemoved = 201,
  InvalidEapPacket = 202,
  UnsupportedAttribute = 401,
  MissingAttribute = 402,
  NasIdentificationMismatch = 403,
  InvalidRequest = 404,
  UnsupportedService = 405,
  UnsupportedExtension = 406,
  InvalidAttributeValue = 407,
  AdministrativelyProhibited = 501,
  SessionContextNotFound = 503,
  SessionContextNotRemovable = 504,
  ResourcesUnavailable = 506,
  MultipleSessionSelectionUnsupported = 508,
};

}  // namespace agilevpn::radius
