#include "client/revival.h"

#include <gtest/gtest.h>

namespace agilevpn::client {
namespace {

// Probes of a gateway that answers them, and not the session.
class GatewayProbes : public testing::Test {
 protected:
  // The next one is answered after so long, and the session, asked then, stays silent: is it forgotten?
  bool is_forgotten_after(Duration round_trip) {
    revival_.note_sent(now_, {{7}, {}});
    now_ += round_trip;
    EXPECT_EQ(revival_.take_probe()->ike_sa, ike::IkeSaId{7});
    revival_.note_gateway_there(now_);
    now_ += 2s;
    return revival_.is_forgotten(last_heard_);
  }

  Instant now_{1000s};
  Instant last_heard_{900s};
  Revival revival_{500ms};
};

TEST_F(GatewayProbes, ThreePromptAnswersToWhichTheSessionIsSilentMeanThatItIsForgotten) {
  EXPECT_FALSE(is_forgotten_after(20ms));
  EXPECT_FALSE(is_forgotten_after(20ms));
  EXPECT_TRUE(is_forgotten_after(20ms));
}

TEST_F(GatewayProbes, AnAnswerToALaterCopyCountsHalf) {
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(is_forgotten_after(700ms));
  EXPECT_TRUE(is_forgotten_after(700ms));
}

TEST_F(GatewayProbes, WhatTheSessionHeardMeanwhileBeginsTheCountAnew) {
  is_forgotten_after(20ms);
  is_forgotten_after(20ms);
  last_heard_ = now_;
  EXPECT_FALSE(is_forgotten_after(20ms));
  is_forgotten_after(20ms);
  revival_.reset();  // It has answered.
  EXPECT_FALSE(is_forgotten_after(20ms));
}

TEST_F(GatewayProbes, WithoutAnAnswerNothingCounts) {
  for (int i = 0; i < 10; ++i) {
    revival_.note_sent(now_, {{7}, {}});
    EXPECT_FALSE(revival_.is_forgotten(last_heard_));
  }
  for (int i = 0; i < 10; ++i) {
    revival_.note_gateway_there(now_);
    revival_.doubt();
    EXPECT_FALSE(revival_.is_forgotten(last_heard_));
  }
}

}  // namespace
}  // namespace agilevpn::client
