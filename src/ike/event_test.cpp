#include "ike/event.h"

#include <gtest/gtest.h>

namespace agilevpn::ike {
namespace {

TEST(Event, AnIkeSaWhosePeerNeverSaidWhoItIsHasNoSubject) {
  const IkeSaClosed closed{.reason = IkeSaClosed::Reason::ByUs, .detail = "given up before it was established"};
  EXPECT_EQ(to_record(closed).subject, "");
}

TEST(Event, ARoundTripThatIsNotKnownIsNotTold) {
  EXPECT_EQ(to_record(PathConfirmed{.round_trip = 12300us}).sentence.substr(to_record(PathConfirmed{}).sentence.size()),
            ", 12.3 ms");
}

}  // namespace
}  // namespace agilevpn::ike
