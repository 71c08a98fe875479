#include "gateway/ticketed_login.h"

#include <gmock/gmock.h>

namespace agilevpn::gateway {
namespace {

using testing::ElementsAre;

constexpr WallTime login_date = std::chrono::sys_days{std::chrono::year{2026} / 11 / 1};
const Instant login_time = Instant{} + 1min;

class ATicketedLogin : public testing::Test {
 protected:
  ATicketedLogin() {
    config->rules.resize(2);
    config->rules[0].name = "staff", config->rules[1].name = "default";
    config->framed_networks = {*IpPrefix::parse("10.1.0.0/16"), *IpPrefix::parse("2001:db8:1::/48")};
    config->client_networks = {*IpPrefix::parse("10.99.0.0/16")};
    config->radius.push_back({.name = "radius1", .secret = Secret{to_bytes("s")}});
  }
  // By RADIUS, which granted all that a ticket can say.
  Session session() const {
    radius::Grant granted;
    granted.framed_ip = IpAddress::v4(10, 1, 2, 3);
    granted.framed_ipv6_prefixes = {*IpPrefix::parse("2001:db8:1::/64")};
    granted.dns = {IpAddress::v4(10, 0, 0, 53)};
    granted.routes = {*radius::parse_route("10.20.0.0/16", Family::V4),
                      *radius::parse_route("2001:db8:9::/64", Family::V6),
                      *radius::parse_route("10.99.1.0/24 0.0.0.0", Family::V4)};
    granted.classes = {to_bytes("blue"), "00ff"_hex};
    granted.filter_ids = {"contractors"};
    granted.idle_timeout = 300s;
    granted.interim_interval = 600s;
    Session made =
        new_session(login_time, *config, {config, &config->rules[0]}, ike::wire::Identity::parse("eve"), "radius");
    made.login_id = to_bytes("login");
    made.password_changes = 3;
    made.logged_in = login_date;
    made.is_by_radius = true;
    made.session_timeout = std::chrono::hours{2};
    made.granted = granted;
    return made;
  }
  ike::AuthenticatePeer presenting(const Session& of) const {
    const auto terms = ticket_terms(of, login_time, login_date);
    ike::AuthenticatePeer peer{.path = {{IpAddress::v4(192, 0, 2, 1), 4500}, {IpAddress::v4(192, 0, 2, 9), 4500}}};
    peer.resumed = ike::ResumedLogin{of.peer, "EAP-GTC", terms->login, terms->data};
    return peer;
  }
  Result<Session, std::string> resume(const ike::AuthenticatePeer& peer, Duration later = 30min) const {
    return resume_session(config, peer, login_time + later, login_date + std::chrono::floor<WallTime::duration>(later));
  }
  std::string why_not(const ike::AuthenticatePeer& peer, Duration later = 30min) const {
    const auto resumed = resume(peer, later);
    return resumed ? "" : resumed.error();
  }

  std::shared_ptr<Config> config = std::make_shared<Config>();
};

TEST_F(ATicketedLogin, BringsBackWhatWasGranted) {
  const Session before = session();
  const auto after = resume(presenting(before));
  ASSERT_TRUE(after) << after.error();
  EXPECT_EQ(after->granted, before.granted);
  EXPECT_EQ(after->rule->name, "staff");
  EXPECT_THAT(after->named, ElementsAre("contractors", "blue", to_text("00ff"_hex)));
  EXPECT_EQ(after->rule->framed_ipv4, IpAddress::v4(10, 1, 2, 3));
  EXPECT_EQ(after->rule->framed_ipv6, IpAddress::parse("2001:db8:1::1"));
  EXPECT_THAT(after->rule->routes, ElementsAre(*IpPrefix::parse("10.20.0.0/16"), *IpPrefix::parse("2001:db8:9::/64")));
  EXPECT_THAT(after->rule->networks, ElementsAre(*IpPrefix::parse("10.99.1.0/24")));
  EXPECT_EQ(after->peer, before.peer);
  EXPECT_EQ(after->method, "radius");
  EXPECT_EQ(after->login_id, before.login_id);
  EXPECT_EQ(after->password_changes, 3);
  EXPECT_EQ(after->logged_in, login_date);
  EXPECT_EQ(after->classes, before.granted->classes);
  EXPECT_EQ(after->interim_interval, 10min);
  EXPECT_TRUE(after->is_resumed && after->is_by_radius);
}

TEST_F(ATicketedLogin, CountsItsTimeFromTheLogin) {
  const auto peer = presenting(session());
  EXPECT_EQ(resume(peer)->session_timeout, 90min);
  EXPECT_EQ(why_not(peer, std::chrono::hours{2}), "the time that its login was granted is up");
  EXPECT_EQ(ticket_terms(session(), login_time, login_date)->until, login_time + std::chrono::hours{2});
}

TEST_F(ATicketedLogin, IsOutdatedWhenItsGroupIsGoneOrAnotherOneDecides) {
  const auto peer = presenting(session());
  config->rules[0].name = "sales";
  EXPECT_EQ(why_not(peer), "there is no group staff any more");
  config->rules[0].name = "staff";
  config->radius.clear();
  EXPECT_EQ(why_not(peer), "since its login another one decides on logins");
}

TEST_F(ATicketedLogin, ThatIsCutOrOfAnotherVersionIsNone) {
  auto peer = presenting(session());
  const Bytes whole = peer.resumed->data;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    peer.resumed->data = to_bytes(ByteView{whole}.first(size));
    EXPECT_NE(why_not(peer), "") << size;
  }
  peer.resumed->data = whole;
  peer.resumed->data[0] = std::byte{1};
  EXPECT_NE(why_not(peer), "");
}

TEST_F(ATicketedLogin, IsNotForWhoShowsACertificate) {
  Session shown = session();
  EXPECT_TRUE(may_resume(shown));
  shown.fingerprint = Bytes(32);
  EXPECT_FALSE(may_resume(shown));
  shown.login_id.clear();
  EXPECT_FALSE(ticket_terms(shown, login_time, login_date));
}

}  // namespace
}  // namespace agilevpn::gateway
