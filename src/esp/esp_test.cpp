// What a Child SA's two ends do with each other's packets and with everybody else's.
#include <gtest/gtest.h>

#include <set>

#include "base/random.h"
#include "esp/inbound_sa.h"
#include "esp/outbound_sa.h"
#include "esp/sample_packet.h"

namespace agilevpn::esp {
namespace {

using crypto::CipherSuite;
using crypto::EncryptionId;
using crypto::IntegrityId;

constexpr Instant now{5s};
constexpr std::uint64_t turn = std::uint64_t{1} << 32;

struct Keys {
  Bytes encryption;
  Bytes integrity;
};

Keys keys_for(const CipherSuite& suite) {
  const auto sizes = *crypto::PacketCipher::sizes(suite);
  SeededRandom random{3};
  return {random.public_bytes(sizes.encryption_key), random.public_bytes(sizes.integrity_key)};
}

SaParameters parameters(const CipherSuite& suite, const Keys& keys, bool esn = false) {
  return {.spi = {0x01020304},
          .suite = suite,
          .encryption_key = keys.encryption,
          .integrity_key = keys.integrity,
          .extended_sequence_numbers = esn,
          .source = {TrafficSelector::everything(Family::V4), TrafficSelector::everything(Family::V6)},
          .destination = {TrafficSelector::everything(Family::V4), TrafficSelector::everything(Family::V6)}};
}

constexpr CipherSuite gcm{EncryptionId::AesGcm16, 128};

const std::vector<CipherSuite> suites = {
    gcm,
    {EncryptionId::AesGcm16, 256},
    {EncryptionId::ChaCha20Poly1305},
    {EncryptionId::AesCbc, 128, IntegrityId::HmacSha2_256_128},
    {EncryptionId::AesCbc, 256, IntegrityId::HmacSha2_256_128},
    {EncryptionId::AesCbc, 256, IntegrityId::HmacSha2_384_192},
    {EncryptionId::AesCbc, 256, IntegrityId::HmacSha2_512_256},
};

// Both ends of one direction.
struct Direction {
  explicit Direction(const CipherSuite& suite = gcm, bool esn = false)
      : keys(keys_for(suite)),
        outbound(OutboundSa::make(parameters(suite, keys, esn))),
        inbound(InboundSa::make(parameters(suite, keys, esn))) {}

  Result<InnerPacket, DropReason> open(MutableByteView packet, std::uint8_t traffic_class = 0) {
    return inbound->open(now, packet, traffic_class);
  }
  DropReason reason(Bytes packet, std::uint8_t traffic_class = 0) { return open(packet, traffic_class).error(); }

  Keys keys;
  std::shared_ptr<OutboundSa> outbound;
  std::shared_ptr<InboundSa> inbound;
};

TEST(Esp, OpensWhatItSealedWithEverySuite) {
  for (const CipherSuite& suite : suites) {
    for (const bool esn : {false, true}) {
      Direction direction{suite, esn};
      for (std::size_t size = 0; size < 70; ++size) {
        const Bytes inner = SamplePacket{.payload = Bytes(size)}.build();
        Bytes packet = *direction.outbound->seal(inner);
        EXPECT_EQ(packet.size(), direction.outbound->layout().sealed_size(inner.size()));
        EXPECT_EQ(packet.size() % 4, 0u);  // RFC 4303 §2.4
        const auto opened = direction.open(packet);
        ASSERT_TRUE(opened) << to_string(suite) << " esn " << esn << " size " << size;
        EXPECT_TRUE(equal(opened->octets, inner));
      }
      EXPECT_EQ(direction.inbound->packets(), 70u);
      EXPECT_EQ(direction.outbound->sequence_number(), 70u);
      EXPECT_EQ(direction.inbound->bytes(), direction.outbound->bytes());
    }
  }
}

TEST(Esp, SealsABatchInPlaceWithConsecutiveNumbers) {
  Direction direction;
  const Bytes inner = SamplePacket{}.build();
  const PacketLayout& layout = direction.outbound->layout();
  const std::size_t size = layout.sealed_size(inner.size());
  Bytes buffer(5 * size);
  std::vector<OutboundSa::Job> jobs;
  for (std::size_t i = 0; i < 5; ++i) {
    const MutableByteView packet = MutableByteView{buffer}.subspan(i * size, size);
    std::ranges::copy(inner, packet.begin() + static_cast<std::ptrdiff_t>(layout.header_size()));
    jobs.push_back({packet, inner.size()});
  }
  ASSERT_TRUE(direction.outbound->seal(jobs));
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(load<std::uint32_t>(jobs[i].packet, 4), i + 1);
    EXPECT_TRUE(equal(direction.open(jobs[i].packet)->octets, inner));
  }
}

TEST(Esp, OneFlippedBitIsRefusedAndChangesNothing) {
  for (const CipherSuite& suite : suites) {
    Direction direction{suite, true};
    const Bytes packet = *direction.outbound->seal(SamplePacket{}.build());
    for (std::size_t bit = 32; bit < packet.size() * 8; ++bit) {  // The SPI before it is what found the SA.
      Bytes flipped = packet;
      flipped[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
      const bool is_number_zero = load<std::uint32_t>(flipped, 4) == 0;
      ASSERT_EQ(direction.reason(flipped), is_number_zero ? DropReason::Replayed : DropReason::BadIcv)
          << to_string(suite) << " bit " << bit;
    }
    EXPECT_FALSE(direction.inbound->last_inbound());
    Bytes intact = packet;
    EXPECT_TRUE(direction.open(intact));
    EXPECT_EQ(direction.inbound->last_inbound(), now);
  }
}

TEST(Esp, EveryTruncationIsRefused) {
  for (const CipherSuite& suite : suites) {
    Direction direction{suite};
    const Bytes packet = *direction.outbound->seal(SamplePacket{}.build());
    for (std::size_t size = fixed_header_size; size < packet.size(); ++size) {
      Bytes cut = to_bytes(ByteView{packet}.first(size));
      EXPECT_FALSE(direction.open(cut)) << to_string(suite) << " size " << size;
    }
  }
}

TEST(Esp, AReplayIsRefused) {
  Direction direction;
  const Bytes packet = *direction.outbound->seal(SamplePacket{}.build());
  Bytes first = packet;
  EXPECT_TRUE(direction.open(first));
  EXPECT_EQ(direction.reason(packet), DropReason::Replayed);
  EXPECT_EQ(direction.inbound->drops()[DropReason::Replayed], 1u);
}

TEST(Esp, ReadsWhatOthersSealed) {
  const Bytes inner =
      "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec100007362708090a0b0c0d0e0f101112131415161718191a1b"
      "1c1d1e1f"
      "202122232425262728292a2b2c2d2e2f3031323334353637"_hex;
  // RFC 7634 appendix A
  const Keys chacha{"808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3"_hex, {}};
  auto sa = InboundSa::make(parameters({EncryptionId::ChaCha20Poly1305}, chacha));
  Bytes packet =
      "0102030400000005101112131415161724039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c614ee8099d52844eb"
      "61aa95dfab"
      "4c02f72aa71e7c4c4f64c9befe2facc638e8f3cbec163fac469b502773f6fb94e664da9165b82829f641e076aaa8266b7fb0f7b11b369907e1ad43"_hex;
  EXPECT_TRUE(equal(sa->open(now, packet, 0)->octets, inner));
}

TEST(Esp, SealsAsOthersWould) {  // Made with pyca/cryptography.
  const Bytes inner =
      "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec100007362708090a0b0c0d0e0f1011121314151617"
      "18191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637"_hex;
  const Keys keys{"000102030405060708090a0b0c0d0e0fa0a1a2a3"_hex, {}};
  EXPECT_EQ(to_hex(*OutboundSa::make(parameters(gcm, keys))->seal(inner)),
            "0102030400000001000000000000000103711ca6ca767750c76da16f1d37f063d1f21b869ef5dbd857f98b10499db302ebfcf88c2d"
            "389adc3c07"
            "eab7df3dad07a647fbc11959e3dcc43fdf0c8279be1307e869f70ef3eb4decb35a9729293a4beba631cc9539418b5f988537318709"
            "064ead49fe"
            "01c2a1b4");
  auto with_esn = parameters(gcm, keys, true);
  with_esn.sequence_number = turn + 4;
  EXPECT_EQ(to_hex(*OutboundSa::make(with_esn)->seal(inner)),
            "010203040000000500000001000000059d6ec563be52dee312b7154ab78845d6bfd74a24595a0a43f0f8e74eea486df595d307d5d0"
            "35ea126112"
            "ff194e9a858637ebe76056376dee000e4ab355b521f609880c9cd3914a036cee57e24432732e969eea159a998bd396d9bd9c78904e"
            "f71025e28b"
            "8bf3705b");
}

TEST(Esp, ReadsCbcWithTheHighHalfOfAnEsnUnderTheIcv) {  // Made with pyca/cryptography: number 2^32 + 5.
  const CipherSuite suite{EncryptionId::AesCbc, 128, IntegrityId::HmacSha2_256_128};
  const Keys keys{"000102030405060708090a0b0c0d0e0f"_hex,
                  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"_hex};
  auto before = parameters(suite, keys, true);
  before.sequence_number = turn - 10;
  auto inbound = InboundSa::make(before);
  Bytes first = *OutboundSa::make(before)->seal(SamplePacket{}.build());
  Bytes second =
      "0102030400000005404142434445464748494a4b4c4d4e4f7565335c937e56f75150c9a65586988c8eedbf0f699e23262edab51a48c8d080"
      "f841"
      "9953b65634b3341cacf5a9c1536612f64aaf315dbacd8f4ae73997fd442df30f997c7508a4fe7c3aab62d348fda60c694d71c3bbac5fb367"
      "ac04"
      "22edb95b057dd79ca8c558f0556cdea36cd8e16b"_hex;
  EXPECT_TRUE(inbound->open(now, first, 0));
  EXPECT_TRUE(inbound->open(now, second, 0));
}

TEST(Esp, GoesOnOverA32BitBoundaryWithEsnAndStopsThereWithout) {  // RFC 4303 §3.3.3
  for (const CipherSuite& suite : suites) {
    const Keys keys = keys_for(suite);
    auto with_esn = parameters(suite, keys, true);
    with_esn.sequence_number = turn - 3;
    auto outbound = OutboundSa::make(with_esn);
    auto inbound = InboundSa::make(with_esn);
    for (int i = 0; i < 6; ++i) {
      Bytes packet = *outbound->seal(SamplePacket{}.build());
      EXPECT_TRUE(inbound->open(now, packet, 0)) << to_string(suite) << " packet " << i;
    }
    auto without = parameters(suite, keys);
    without.sequence_number = turn - 3;
    outbound = OutboundSa::make(without);
    EXPECT_TRUE(outbound->seal(SamplePacket{}.build()));
    EXPECT_TRUE(outbound->seal(SamplePacket{}.build()));
    EXPECT_FALSE(outbound->seal(SamplePacket{}.build()));
    EXPECT_EQ(outbound->sequence_number(), turn - 1);
  }
}

TEST(Esp, NoTwoCbcPacketsHaveTheSameIv) {
  Direction direction{{EncryptionId::AesCbc, 128, IntegrityId::HmacSha2_256_128}};
  std::set<Bytes> ivs;
  for (int i = 0; i < 200; ++i)
    ivs.insert(to_bytes(ByteView{*direction.outbound->seal(SamplePacket{}.build())}.subspan(8, 16)));
  EXPECT_EQ(ivs.size(), 200u);
}

TEST(Esp, ReadsWhatAKernelSealed) {  // From Wireshark's esp-bug-12671 capture: a ping, AES-CBC with HMAC-SHA1-96.
  const Keys keys{"88e1dad7140af03b8d4f3d734d21be4b"_hex, "3e00d517c1220d4b7d2950fcc02edd4b6023d278"_hex};
  auto wanted = parameters({EncryptionId::AesCbc, 128, IntegrityId::HmacSha1_96}, keys);
  wanted.spi = {0xc254fe64};
  auto sa = InboundSa::make(wanted);
  Bytes packet =
      "c254fe6400000001e825de9be2f539f7ee887cc33fccf02ad3d2525b3758979718b089ba415903ae97cac07717edc7d33b57cffd59937d47"
      "ad73"
      "9e9dc8017fbb55677e13efaf994f69f916e96eebf606afb6b2ef4cdf4c96877f085c8befbac4683298b131aa1761ab391b1f9fb1b2dd1d28"
      "bffb"
      "0cad22cd18aaa81b5819039913171b26"_hex;
  const auto opened = sa->open(now, packet, 0);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->ip.selectors.protocol, protocol::icmp);
  EXPECT_TRUE(has_good_checksums(opened->octets));
  EXPECT_NE(to_hex(opened->octets).find("08090a0b0c0d0e0f1011121314151617"), std::string::npos);
}

// Seals any text, whatever ESP says of it.
struct Forger {
  Bytes seal(ByteView text) {
    const AuthenticatedHeader header{layout, {0x01020304}, ++number};
    Bytes packet = concat({header.aad(), Bytes(8), text, Bytes(16)});
    store(packet, 8, number);
    const MutableByteView view{packet};
    cipher.seal(header.aad(), view.subspan(8, 8), view.subspan(16, text.size()), view.last(16));
    return packet;
  }
  Keys keys = keys_for(gcm);
  PacketLayout layout = *PacketLayout::of(gcm);
  crypto::PacketCipher cipher = *crypto::PacketCipher::make(gcm, keys.encryption, {});
  std::uint64_t number = 0;
};

TEST(Esp, SaysWhatIsWrongWithAnAuthenticPacket) {
  Forger forger;
  Direction direction;
  const Bytes inner = SamplePacket{}.build();  // 60 octets: two of padding.
  const auto reason_of = [&](ByteView trailer) { return direction.reason(forger.seal(concat({inner, trailer}))); };
  Bytes good = forger.seal(concat({inner, "01020204"_hex}));
  EXPECT_TRUE(direction.open(good));
  EXPECT_EQ(reason_of("00000204"_hex), DropReason::BadPadding);
  EXPECT_EQ(reason_of("0102ff04"_hex), DropReason::BadPadding);
  EXPECT_EQ(reason_of("0102023b"_hex), DropReason::Dummy);
  EXPECT_EQ(reason_of("01020206"_hex), DropReason::BadNextHeader);
  EXPECT_EQ(reason_of("01020229"_hex), DropReason::BadInnerPacket);
  EXPECT_EQ(direction.reason(forger.seal("45000014010202 04"_hex)), DropReason::BadInnerPacket);
  Bytes with_tfc_padding = forger.seal(concat({inner, Bytes(100), "01020204"_hex}));
  EXPECT_TRUE(equal(direction.open(with_tfc_padding)->octets, inner));
}

TEST(Esp, WhatTheSelectorsDoNotAllowNeverComesOut) {  // RFC 4301 §5.2
  const Keys keys = keys_for(gcm);
  auto narrow = parameters(gcm, keys);
  narrow.source = {TrafficSelector::of(*IpPrefix::parse("10.0.0.1"))};
  narrow.destination = {TrafficSelector::of(*IpPrefix::parse("10.9.0.0/16"))};
  auto outbound = OutboundSa::make(parameters(gcm, keys));
  auto inbound = InboundSa::make(narrow);
  Bytes allowed = *outbound->seal(SamplePacket{}.build());
  Bytes spoofed = *outbound->seal(SamplePacket{.source = IpAddress::v4(10, 0, 0, 2)}.build());
  Bytes elsewhere = *outbound->seal(SamplePacket{.destination = IpAddress::v4(10, 8, 0, 1)}.build());
  EXPECT_TRUE(inbound->open(now, allowed, 0));
  EXPECT_EQ(inbound->open(now, spoofed, 0).error(), DropReason::SelectorMismatch);
  EXPECT_EQ(inbound->open(now, elsewhere, 0).error(), DropReason::SelectorMismatch);
  EXPECT_EQ(inbound->drops()[DropReason::SelectorMismatch], 2u);
}

TEST(Esp, CongestionMarkedOutsideIsSeenInside) {  // RFC 6040 §4.2
  Direction direction;
  Bytes capable = *direction.outbound->seal(SamplePacket{.traffic_class = 0xb8 | 2}.build());
  const auto opened = direction.open(capable, 0xb8 | 3);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->ip.traffic_class, 0xb8 | 3);
  EXPECT_TRUE(has_good_checksums(opened->octets));
  const Bytes incapable = *direction.outbound->seal(SamplePacket{}.build());
  EXPECT_EQ(direction.reason(incapable, 3), DropReason::CongestionMarked);
}

TEST(Esp, RefusesSuitesItDoesNotKnow) {
  EXPECT_FALSE(OutboundSa::make(parameters({EncryptionId::CamelliaCbc, 128}, {Bytes(16), {}})));
  EXPECT_FALSE(InboundSa::make(parameters({EncryptionId::CamelliaCbc, 128}, {Bytes(16), {}})));
}

}  // namespace
}  // namespace agilevpn::esp
