// Which IKE SA succeeds which, and when those before are forgotten. The messages that bring it about are sim/ike_rekey_test.cpp's.
#include "ike/ike_sas.h"

#include <gtest/gtest.h>

#include "ike/limits.h"

namespace agilevpn::ike {
namespace {

using namespace std::chrono_literals;

constexpr Instant start{1h};
constexpr auto linger = limits::old_ike_linger;

// A session's first IKE SA, to be rekeyed in an hour. The SPIs of an IKE SA are its number, and 100 more for the responder's.
class Succession : public testing::Test {
 protected:
  Succession() { first.rekey_at = start + 1h; }

  IkeSa& add(std::uint64_t number, bool is_original_initiator) {
    return sas.add(IkeSpi{number}, IkeSpi{100 + number}, is_original_initiator);
  }
  IkeSa& add_by_us(std::uint64_t number) { return add(number, true); }
  IkeSa& add_by_peer(std::uint64_t number) { return add(number, false); }
  // Those that are left at this time, by the initiator's SPI.
  std::vector<std::uint64_t> left(Instant now) {
    EXPECT_FALSE(sas.handle_timeout(now)) << "the session is over";
    std::vector<std::uint64_t> numbers;
    for (const IkeSa& ike_sa : sas) numbers.push_back(ike_sa.spi_i.value);
    return numbers;
  }

  using Numbers = std::vector<std::uint64_t>;
  IkeSas sas;
  IkeSa& first = add_by_us(1);
};

TEST_F(Succession, TheFirstOneIsTheCurrentOne) {
  EXPECT_EQ(&sas.current(), &first);
  EXPECT_FALSE(sas.is_held());
  EXPECT_FALSE(sas.next_timeout());
  EXPECT_EQ(left(start + 24h), Numbers{1});
}

TEST_F(Succession, AMessageFindsItsIkeSaByOurSpiOfIt) {
  IkeSa& second = add_by_peer(2);
  EXPECT_EQ(sas.find(IkeSpi{1}), &first);
  EXPECT_EQ(sas.find(IkeSpi{102}), &second);
  EXPECT_EQ(sas.find(IkeSpi{101}), nullptr) << "that is the peer's SPI";
  EXPECT_EQ(sas.find(wire::Header{.spi_i = IkeSpi{1}, .spi_r = IkeSpi{101}}), &first);
  EXPECT_EQ(sas.find(wire::Header{.spi_i = IkeSpi{2}, .spi_r = IkeSpi{102}}), &second);
  EXPECT_EQ(sas.find(wire::Header{.spi_i = IkeSpi{102}, .spi_r = IkeSpi{1}}), nullptr);
}

TEST_F(Succession, OurRekeyReplacesTheCurrentOneAtOnce) {
  IkeSa& second = add_by_us(2);
  EXPECT_TRUE(sas.make_current(second));
  EXPECT_FALSE(sas.make_current(second)) << "it is so already";
  EXPECT_EQ(&sas.current(), &second);
  EXPECT_TRUE(first.is_replaced);
  EXPECT_FALSE(first.rekey_at);
  EXPECT_FALSE(second.is_replaced);
}

TEST_F(Succession, TheReplacedOneStaysUntilAWhileAfterThePeerWasHeardOnTheCurrentOne) {
  sas.make_current(add_by_us(2));
  sas.handle_heard(start, first);
  EXPECT_EQ(left(start + 24h), (Numbers{1, 2})) << "the peer may know only this one";
  sas.handle_heard(start + 24h, sas.current());
  sas.handle_heard(start + 24h + linger / 2, sas.current());
  EXPECT_EQ(sas.next_timeout(), start + 24h + linger) << "the first time counts";
  EXPECT_EQ(left(start + 24h + linger / 2), (Numbers{1, 2}));
  EXPECT_EQ(left(start + 24h + linger), Numbers{2});
}

TEST_F(Succession, ADeletedOneIsGoneWithTheNextTurn) {
  sas.make_current(add_by_us(2));
  sas.retire(start, first);
  EXPECT_EQ(sas.size(), 2u) << "its response is still to be sent";
  EXPECT_EQ(left(start), Numbers{2});
}

TEST_F(Succession, TheOneOfThePeersRekeyIsAwaitedAndNothingNewGoesOnTheOldOneForAWhile) {
  IkeSa& second = add_by_peer(2);
  sas.await(start, second);
  EXPECT_EQ(&sas.current(), &first);
  EXPECT_EQ(sas.awaited(), &second);
  EXPECT_FALSE(first.rekey_at) << "the peer did it";
  EXPECT_TRUE(sas.is_held());
  EXPECT_EQ(sas.next_timeout(), start + linger);
  EXPECT_EQ(left(start + linger - 1ms), (Numbers{1, 2}));
  EXPECT_TRUE(sas.is_held());
  EXPECT_EQ(left(start + linger), (Numbers{1, 2}));
  EXPECT_FALSE(sas.is_held());
  EXPECT_EQ(sas.awaited(), &second) << "however long that takes";
}

TEST_F(Succession, TheAwaitedOneThatIsTakenHoldsNothingBack) {
  IkeSa& second = add_by_peer(2);
  sas.await(start, second);
  EXPECT_TRUE(sas.make_current(second));
  EXPECT_EQ(sas.awaited(), nullptr);
  EXPECT_FALSE(sas.is_held());
  EXPECT_FALSE(second.is_replaced);
  EXPECT_TRUE(first.is_replaced);
}

TEST_F(Succession, ThePeersSecondRekeyTakesThePlaceOfItsFirst) {
  IkeSa& second = add_by_peer(2);
  IkeSa& third = add_by_peer(3);
  sas.await(start, second);
  sas.await(start + 1s, third);
  EXPECT_EQ(sas.awaited(), &third);
  EXPECT_TRUE(second.is_replaced);
  EXPECT_EQ(sas.next_timeout(), start + 1s + linger);
}

TEST_F(Succession, WhenOursWinsACollisionThePeersIsReplaced) {  // RFC 7296 §2.8.2
  IkeSa& theirs = add_by_peer(2);
  IkeSa& ours = add_by_us(3);
  sas.await(start, theirs);
  sas.make_current(ours);
  EXPECT_TRUE(theirs.is_replaced);
  EXPECT_EQ(sas.awaited(), nullptr);
  EXPECT_FALSE(sas.is_held());
  sas.handle_heard(start, ours);
  EXPECT_EQ(left(start + linger), Numbers{3});
}

TEST_F(Succession, WhenOursLosesACollisionThePeersIsStillAwaited) {
  IkeSa& theirs = add_by_peer(2);
  IkeSa& ours = add_by_us(3);
  sas.await(start, theirs);
  sas.give_up(ours);
  EXPECT_EQ(&sas.current(), &first);
  EXPECT_EQ(sas.awaited(), &theirs);
  sas.make_current(theirs);
  sas.handle_heard(start, theirs);
  EXPECT_EQ(left(start + linger), Numbers{2});
}

TEST_F(Succession, AnAwaitedOneThatThePeerDeletesIsAwaitedNoLonger) {
  IkeSa& second = add_by_peer(2);
  sas.await(start, second);
  sas.retire(start, second);
  EXPECT_EQ(left(start), Numbers{1});
  EXPECT_EQ(sas.awaited(), nullptr);
  EXPECT_EQ(&sas.current(), &first);
}

TEST_F(Succession, TheEndOfAClosingSessionPassesOnToTheSuccessor) {
  IkeSa& second = add_by_peer(2);
  sas.await(start, second);
  sas.close(start);
  EXPECT_FALSE(sas.is_held()) << "the Delete must go out";
  sas.make_current(second);
  EXPECT_EQ(left(start + limits::close_grace - 1ms), (Numbers{1, 2}));
  EXPECT_TRUE(sas.handle_timeout(start + limits::close_grace));
}

TEST_F(Succession, AMoveLetsGoOfWhatIsHeldButAwaitsOn) {
  IkeSa& second = add_by_peer(2);
  sas.await(start, second);
  sas.release();
  EXPECT_FALSE(sas.is_held());
  EXPECT_EQ(sas.awaited(), &second);
  EXPECT_FALSE(sas.next_timeout());
}

TEST_F(Succession, RetransmissionsAreAmongTheTimeouts) {
  sas.make_current(add_by_us(2));
  sas.handle_heard(start, sas.current());
  first.outstanding.emplace();
  first.outstanding->resend_at = start + 1s;
  EXPECT_EQ(sas.next_timeout(), start + 1s);
}

}  // namespace
}  // namespace agilevpn::ike
