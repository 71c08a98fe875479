#include "daemon/session_status.h"

#include <gtest/gtest.h>

namespace agilevpn::daemon {
namespace {

using std::chrono::seconds;

const Moment moment{.now = Instant{1000s}, .wall_now = WallTime{500000s}};
const Path path{*SocketAddress::parse("10.0.1.2:4500"), *SocketAddress::parse("10.0.1.1:4500"), 2};

ike::IkeSaInfo ike_sa() {
  ike::IkeSaInfo info;
  info.path = path;
  info.is_mobike = true;
  info.suite = "AES-GCM-16-256";
  info.rekey_at = Instant{1090s};
  info.lease = ike::Lease{.ipv4 = IpAddress::parse("10.66.0.2"),
                          .ipv6 = IpPrefix::parse("fd66::2/128"),
                          .dns = {},
                          .domains = {},
                          .subnets = {}};
  return info;
}

TEST(SessionStatus, OfAConnectedClientSaysAdapterOriginAndInnerAddresses) {
  client::SessionInfo session{.profile = "office", .gateway = "vpn.example.org", .state = client::State::Connected};
  session.link = "eth0";
  session.path = path;
  session.connected_since = Instant{940s};
  session.ike_sa = ike_sa();
  session.round_trip = 1500us;
  session.tunnel = client::TunnelUp{.domains = {"corp.example.org"}, .routes = {*IpPrefix::parse("192.168.10.0/24")}};
  const auto status = to_status(session, 1, moment);
  EXPECT_EQ(status.round_trip_ms, 1.5);
  EXPECT_EQ(status.domains, (std::vector<std::string>{"corp.example.org"}));
  EXPECT_EQ(status.routes, (std::vector<std::string>{"192.168.10.0/24"}));
  EXPECT_EQ(status.name, "office");
  EXPECT_EQ(status.state, "Connected");
  EXPECT_EQ(status.adapter, "eth0");
  EXPECT_EQ(status.origin_address, "10.0.1.2:4500");
  EXPECT_EQ(status.gateway_address, "10.0.1.1:4500");
  EXPECT_EQ(status.inner_addresses, (std::vector<std::string>{"10.66.0.2", "fd66::2"}));
  EXPECT_EQ(status.connected_since, WallTime{499940s});
  EXPECT_EQ(status.rekey_in, seconds{90});
}

TEST(SessionStatus, OfAClientWithoutASessionNamesTheGatewayAsTheUserDid) {
  const auto status = to_status(client::SessionInfo{.profile = "office", .gateway = "vpn.example.org"}, 1, moment);
  EXPECT_EQ(status.state, "Off");
  EXPECT_EQ(status.gateway_address, "vpn.example.org");
  EXPECT_FALSE(status.connected_since);
}

TEST(SessionStatus, OnAGatewayTheOriginIsTheClients) {
  gateway::SessionInfo session{.id = {7}, .peer = ike::wire::Identity::parse("anna@example.org"), .rule = "default"};
  session.ike_sa = ike_sa();
  session.ike_sa->path = {path.peer, path.local, 3};
  const auto status = to_status(session, moment);
  EXPECT_EQ(status.id, 7u);
  EXPECT_EQ(status.name, "anna@example.org");
  EXPECT_EQ(status.origin_address, "10.0.1.2:4500");
  EXPECT_EQ(status.gateway_address, "10.0.1.1:4500");
}

TEST(SessionStatus, NamesTheProductAndSaysThatAWindowsWithoutAChildSaIsIdle) {
  gateway::SessionInfo session{.id = {7}, .peer = ike::wire::Identity::parse("anna"), .rule = "default"};
  session.ike_sa = ike_sa();
  session.ike_sa->child_sas.emplace_back();
  session.ike_sa->product = {ike::PeerKind::Windows, true};
  session.ike_sa->quirks = {ike::Quirk::RekeysChildren};
  auto status = to_status(session, moment);
  EXPECT_EQ(status.product, "Windows 10 or 11");
  EXPECT_TRUE(status.is_product_sure);
  EXPECT_EQ(status.quirks, (std::vector<std::string>{"we leave the rekeys of its Child SAs to it"}));
  EXPECT_EQ(status.reason, "");
  session.ike_sa->child_sas.clear();
  EXPECT_EQ(to_status(session, moment).reason,
            "idle, normal for Windows: it asks for a new Child SA when it has something to send");
  session.ike_sa->product = {ike::PeerKind::Apple, false};
  EXPECT_EQ(to_status(session, moment).reason, "idle: without a Child SA");
}

TEST(SessionStatus, SaysWhyThereIsNoMobike) {  // S28
  client::SessionInfo session{.profile = "office", .state = client::State::Connected};
  session.ike_sa = ike_sa();
  EXPECT_EQ(to_status(session, 1, moment).mobike_reason, "");
  session.ike_sa->is_mobike = false;
  EXPECT_EQ(to_status(session, 1, moment).mobike_reason, "the peer does not support it");
  session.wants_mobike = false;
  EXPECT_EQ(to_status(session, 1, moment).mobike_reason, "switched off here: mobility = false");
}

TEST(PathStatus, TellsTheWayInUseFromTheOthers) {
  client::SessionInfo session{.profile = "office"};
  session.path = path;
  session.round_trip = 1500us;
  EXPECT_EQ(to_status(mobility::Candidate{.path = path, .link = "eth0"}, session).round_trip_ms, 1.5);
  Path other = path;
  other.interface = 3;
  const auto standby =
      to_status(mobility::Candidate{.path = other, .link = "wlan0", .type = mobility::LinkType::Wifi}, session);
  EXPECT_EQ(standby.state, "standby");
  EXPECT_EQ(standby.type, "wifi");
  EXPECT_FALSE(standby.round_trip_ms);
}

TEST(Moment, WhatIsOverdueIsDueNow) { EXPECT_EQ(moment.until(Instant{1s}), seconds{0}); }

}  // namespace
}  // namespace agilevpn::daemon
