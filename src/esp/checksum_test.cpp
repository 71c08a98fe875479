#include "esp/checksum.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "esp/ecn.h"
#include "esp/octets.h"

namespace agilevpn::esp {
namespace {

TEST(Checksum, IsThatOfTheRfcsExample) {  // RFC 1071 §3
  EXPECT_EQ(checksum_part("0001f203f4f5f6f7"_hex), 0xddf2u);
}

TEST(Checksum, OfPiecesAddsUp) {
  SeededRandom random{5};
  for (std::size_t size = 0; size < 200; ++size) {
    const Bytes data = random.public_bytes(size);
    std::uint32_t naive = 0;
    for (std::size_t i = 0; i < size; ++i) naive += std::to_integer<std::uint32_t>(data[i]) << (i % 2 == 0 ? 8 : 0);
    EXPECT_EQ(fold(checksum_part(data)), fold(naive)) << size;
    const std::size_t middle = size / 4 * 2;
    EXPECT_EQ(fold(checksum_part(ByteView{data}.first(middle)) + checksum_part(ByteView{data}.subspan(middle))),
              fold(naive));
  }
}

TEST(Checksum, IsUpdatedForAChangedWord) {
  Bytes data = "45000054a6f200004001e778c6336405c0000205"_hex;
  const auto before = static_cast<std::uint16_t>(~fold(checksum_part(data)));
  const auto word = load<std::uint16_t>(data, 2);
  store<std::uint16_t>(data, 2, 0x1234);
  EXPECT_EQ(updated_checksum(before, word, 0x1234), static_cast<std::uint16_t>(~fold(checksum_part(data))));
}

TEST(Ecn, IsDecapsulatedAsFigure4Says) {  // RFC 6040 §4.2
  constexpr auto dropped = std::nullopt;
  using Row = std::array<std::optional<std::uint8_t>, 4>;  // Outer Not-ECT, ECT(0), ECT(1), CE.
  const auto row = [](std::uint8_t inner) {
    return Row{decapsulated_ecn(inner, not_ect), decapsulated_ecn(inner, ect_0), decapsulated_ecn(inner, ect_1),
               decapsulated_ecn(inner, ce)};
  };
  EXPECT_EQ(row(not_ect), (Row{not_ect, not_ect, not_ect, dropped}));
  EXPECT_EQ(row(ect_0), (Row{ect_0, ect_0, ect_1, ce}));
  EXPECT_EQ(row(ect_1), (Row{ect_1, ect_1, ect_1, ce}));
  EXPECT_EQ(row(ce), (Row{ce, ce, ce, ce}));
}

}  // namespace
}  // namespace agilevpn::esp
