// The messages of stock clients against what was captured of the real ones.
#include "sim/stock/message.h"

#include <gmock/gmock.h>

#include "ike/wire/describe.h"

namespace agilevpn::sim::stock {
namespace {

namespace wire = ike::wire;
using crypto::KeyExchangeId;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

wire::Message init_of(const char* kind, std::optional<KeyExchangeId> group = {}) {
  SeededRandom random{1};
  const Kind& one = *find_kind(kind);
  const auto key_exchange =
      crypto::KeyExchange::generate(group.value_or(ike::key_exchange_methods(one.ike).front()), random);
  return init_request(one, {.spi_i = {7},
                            .path = {{IpAddress::v4(192, 168, 1, 2), 500}, {IpAddress::v4(192, 0, 2, 2), 500}},
                            .nonce = random.public_bytes(one.nonce_size),
                            .key_exchange = *key_exchange,
                            .cookie = {}});
}

wire::Payloads auth_of(const char* kind, const std::optional<ike::Lease>& former = {}) {
  return auth_request(*find_kind(kind), {.id_i = {wire::IdType::Ipv4Addr, "c0a80102"_hex},
                                         .id_r = wire::Identity::parse("vpn.example.org"),
                                         .certificates = {},
                                         .auth = {},
                                         .known_authority = Bytes(20, std::byte{1}),
                                         .former = former,
                                         .spi = {0x1234}});
}

std::vector<std::uint16_t> wishes_of(const wire::Payloads& payloads) {
  std::vector<std::uint16_t> types;
  for (const auto& attribute : wire::find<wire::ConfigurationPayload>(payloads)->attributes)
    types.push_back(static_cast<std::uint16_t>(attribute.type));
  return types;
}

bool is_any_critical(const wire::Payloads& payloads) {
  return std::ranges::any_of(payloads, &wire::Payload::is_critical);
}

TEST(StockMessage, WindowsAsksForAnIkeSaAsInItsCapture) {
  const wire::Message message = init_of("windows-7");
  EXPECT_EQ(wire::summarize(message.payloads),
            "SA KE Nonce N(NAT_DETECTION_SOURCE_IP) N(NAT_DETECTION_DESTINATION_IP) V V V V");
  EXPECT_THAT(wire::encode_message(message), SizeIs(880));
  EXPECT_FALSE(is_any_critical(message.payloads));
}

TEST(StockMessage, NewerWindowsSaysThatItKnowsFragmentsBeforeNatDetection) {
  EXPECT_EQ(wire::summarize(init_of("windows-10").payloads),
            "SA KE Nonce N(IKEV2_FRAGMENTATION_SUPPORTED) N(NAT_DETECTION_SOURCE_IP) N(NAT_DETECTION_DESTINATION_IP) V "
            "V V V");
}

TEST(StockMessage, WindowsListsOneAlgorithmEachAndTheWorstFirst) {
  const auto& proposals = find_kind("windows-10")->ike;
  ASSERT_THAT(proposals, SizeIs(12));
  EXPECT_EQ(proposals.front().to_string(), "3DES-CBC / HMAC-SHA1-96 / PRF-HMAC-SHA1 / MODP-1024");
  EXPECT_EQ(proposals.back().to_string(), "AES-CBC-256 / HMAC-SHA2-384-192 / PRF-HMAC-SHA2-384 / MODP-1024");
  for (const auto& proposal : proposals) EXPECT_THAT(proposal.transforms, SizeIs(4));
  const auto& esp = find_kind("windows-10")->esp;
  ASSERT_THAT(esp, SizeIs(5));
  EXPECT_EQ(esp[3].transforms.front().id, 2) << "DES";
  EXPECT_EQ(esp[4].transforms.front().id, 11) << "NULL";
}

TEST(StockMessage, WindowsSignsInWithoutIdrAndAsksForItsServersAddress) {
  const auto payloads = auth_of("windows-10");
  EXPECT_EQ(wire::summarize(payloads), "IDi CERTREQ N(MOBIKE_SUPPORTED) CP SA TSi TSr");
  EXPECT_THAT(wishes_of(payloads), ElementsAre(1, 3, 4, 23456, 8, 10, 23457));
  EXPECT_THAT(wire::find<wire::CertRequestPayload>(payloads)->authorities, SizeIs(53 * 20));
  EXPECT_FALSE(is_any_critical(payloads));
}

TEST(StockMessage, WindowsAsksForItsFormerIpv6AddressAndForNoIpv4Address) {
  const auto payloads =
      auth_of("windows-10", ike::Lease{.ipv4 = IpAddress::v4(10, 66, 0, 9), .ipv6 = IpPrefix::parse("fd00::9/128")});
  const auto& attributes = wire::find<wire::ConfigurationPayload>(payloads)->attributes;
  EXPECT_THAT(attributes[0].value, IsEmpty());
  EXPECT_THAT(attributes[4].value, SizeIs(17));
}

TEST(StockMessage, IosAsksForAnIkeSaInAsManyOctetsAsWereSeen) {
  const wire::Message message = init_of("ios");
  EXPECT_EQ(wire::summarize(message.payloads),
            "SA KE Nonce N(REDIRECT_SUPPORTED) N(NAT_DETECTION_SOURCE_IP) N(NAT_DETECTION_DESTINATION_IP) "
            "N(IKEV2_FRAGMENTATION_SUPPORTED)");
  EXPECT_THAT(wire::encode_message(message), SizeIs(604));
  EXPECT_THAT(wire::encode_message(init_of("ios", KeyExchangeId::Modp1024)), SizeIs(476));
}

TEST(StockMessage, IosSignsInWithIdrAndOffersTheSameEspThrice) {
  const auto payloads = auth_of("ios");
  EXPECT_EQ(wire::summarize(payloads),
            "IDi N(INITIAL_CONTACT) IDr CP N(ESP_TFC_PADDING_NOT_SUPPORTED) "
            "N(NON_FIRST_FRAGMENTS_ALSO) SA TSi TSr N(MOBIKE_SUPPORTED)");
  EXPECT_THAT(wishes_of(payloads), ElementsAre(1, 2, 6, 3, 8, 12, 10, 25));
  const auto& esp = wire::find<wire::SaPayload>(payloads)->proposals;
  ASSERT_THAT(esp, SizeIs(5));
  EXPECT_EQ(esp[0].transforms, esp[1].transforms);
  EXPECT_EQ(esp[1].transforms, esp[2].transforms);
}

TEST(StockMessage, AndroidAsksForAddressesAfterTheTrafficSelectors) {
  EXPECT_EQ(wire::summarize(init_of("android-11").payloads),
            "SA KE Nonce N(NAT_DETECTION_SOURCE_IP) N(NAT_DETECTION_DESTINATION_IP) "
            "N(IKEV2_FRAGMENTATION_SUPPORTED) N(SIGNATURE_HASH_ALGORITHMS)");
  EXPECT_EQ(wire::summarize(auth_of("android-11")), "IDi IDr SA TSi TSr CP");
  EXPECT_THAT(wishes_of(auth_of("android-11")), ElementsAre(1, 8, 3, 10, 2, 7));
  EXPECT_EQ(wire::summarize(auth_of("android-13")), "IDi IDr N(MOBIKE_SUPPORTED) SA TSi TSr CP");
  EXPECT_EQ(wire::find<wire::KePayload>(init_of("android-13").payloads)->method, KeyExchangeId::Modp4096);
}

}  // namespace
}  // namespace agilevpn::sim::stock
