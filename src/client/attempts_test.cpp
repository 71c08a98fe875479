#include "client/attempts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agilevpn::client {
namespace {

mobility::Candidate over(std::uint32_t interface) {
  return {.path = {{IpAddress::v4(10, 0, 0, 2), 4500}, {IpAddress::v4(10, 0, 0, 1), 4500}, interface}};
}

std::uint32_t next(Attempts& attempts, const std::vector<mobility::Candidate>& candidates) {
  return attempts.next(candidates)->path.interface;
}

TEST(Attempts, GoOverAllCandidatesInTheirOrderAndThenAgainWithMorePatience) {
  Attempts attempts;
  const std::vector candidates{over(1), over(2)};
  EXPECT_EQ(next(attempts, candidates), 1u);
  EXPECT_EQ(next(attempts, candidates), 2u);
  EXPECT_EQ(attempts.patience(), limits::attempt_first);
  EXPECT_EQ(next(attempts, candidates), 1u);
  EXPECT_EQ(attempts.patience(), 2 * limits::attempt_first);
  for (int i = 0; i < 40; ++i) attempts.next(candidates);
  EXPECT_EQ(attempts.patience(), limits::attempt_longest);
}

TEST(Attempts, ANewCandidateIsTakenInTheSameRound) {
  Attempts attempts;
  EXPECT_EQ(next(attempts, {over(1)}), 1u);
  EXPECT_EQ(next(attempts, {over(1), over(3)}), 3u);
  EXPECT_EQ(attempts.patience(), limits::attempt_first);
}

TEST(Attempts, ARoundIsOverWhenAllCandidatesWereTried) {
  Attempts attempts;
  const std::vector candidates{over(1), over(2)};
  next(attempts, candidates);
  EXPECT_FALSE(attempts.were_all_tried(candidates));
  next(attempts, candidates);
  EXPECT_TRUE(attempts.were_all_tried(candidates));
  next(attempts, candidates);
  EXPECT_FALSE(attempts.were_all_tried(candidates));
}

TEST(Attempts, WithoutCandidatesThereIsNone) {
  Attempts attempts;
  EXPECT_FALSE(attempts.next({}));
}

}  // namespace
}  // namespace agilevpn::client
