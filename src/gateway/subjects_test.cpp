#include "gateway/subjects.h"

#include <gtest/gtest.h>

namespace agilevpn::gateway {
namespace {

const Path path{*SocketAddress::parse("203.0.113.2:4500"), *SocketAddress::parse("198.51.100.7:4500"), 2};
const auto subject_anna = ike::wire::Identity::parse("anna@example.org");
const ike::IkeSaId id{7};

std::string subject(Subjects& subjects, const ike::Event& event) { return subjects.to_record(event).subject; }

TEST(Subjects, APeerIsKnownByItsAddressUntilItHasProvedWhoItIs) {
  Subjects subjects;
  EXPECT_EQ(subject(subjects, ike::IkeSaInitiated{id, false, path}), "198.51.100.7:4500");
  EXPECT_EQ(subject(subjects, ike::IkeProposalChosen{.ike_sa = id}), "198.51.100.7:4500");
  EXPECT_EQ(subject(subjects, ike::PeerAuthenticated{id, subject_anna, "shared key"}), "anna@example.org");
  EXPECT_EQ(subject(subjects, ike::IkeSaRekeyed{.ike_sa = id}), "anna@example.org");
  EXPECT_EQ(subject(subjects, ike::PathChanged{.ike_sa = id, .to = path}), "anna@example.org");
}

TEST(Subjects, WhoLeavesIsNamedOnceMore) {
  Subjects subjects;
  (void)subjects.to_record(ike::Event{ike::IkeSaInitiated{id, false, path}});
  EXPECT_EQ(subject(subjects, ike::IkeSaClosed{.ike_sa = id}), "198.51.100.7:4500");
  EXPECT_EQ(subject(subjects, ike::IkeSaRekeyed{.ike_sa = id}), "") << "nothing is kept of it";
}

TEST(Subjects, WhatIsAboutNoIkeSaKeepsItsOwn) {
  Subjects subjects;
  EXPECT_EQ(subject(subjects, ike::DatagramDropped{path, "too short"}), "198.51.100.7:4500");
  EXPECT_EQ(subjects.to_record(PeerRefused{subject_anna, path, "no rule"}).subject, "anna@example.org");
}

}  // namespace
}  // namespace agilevpn::gateway
