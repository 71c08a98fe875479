#include "radius/dynamic_authorization.h"

#include <gtest/gtest.h>

#include "crypto/md5.h"

namespace agilevpn::radius {
namespace {

constexpr WallTime today{1'800'000'000s};
const SocketAddress server_address{IpAddress::v4(192, 0, 2, 1), 40000};

struct DynamicAuthorizationTest : testing::Test {
  Secret secret = Secret::copy_of(as_bytes("testing123"));
  std::unique_ptr<DynamicAuthorization> it = make({});
  Instant now{};

  std::unique_ptr<DynamicAuthorization> make(DynamicAuthorizationConfig config) {
    config.servers.push_back({server_address.address, secret.copy()});
    config.nas_identifier = "vpn.example.org";
    return std::make_unique<DynamicAuthorization>(std::move(config));
  }
  Bytes request(Code code, Attributes attributes) {
    return seal_request({.code = code, .identifier = 7, .authenticator = {}, .attributes = std::move(attributes)},
                        secret);
  }
  void send(const Bytes& datagram, const SocketAddress& from = server_address) {
    it->handle_datagram(now, today, {from}, datagram);
  }
  // "Disconnect-ACK 7: ..." of the answer to this request; "nothing" if there is none.
  std::string answer_to(const Bytes& of_request) {
    const auto transmit = it->poll_transmit();
    if (!transmit) return "nothing";
    const auto authenticator = decode(of_request)->authenticator;
    EXPECT_TRUE(is_authentic_response(transmit->datagram, authenticator, secret, MessageAuthenticator::Required));
    EXPECT_EQ(transmit->to.from, server_address);
    const auto packet = decode(transmit->datagram);
    const auto cause = packet->attributes.integer(Type::ErrorCause);
    return to_string(packet->code) + (cause ? " " + std::to_string(*cause) : "");
  }
  // What is answered where the owner is not asked.
  std::string objection(Code code, Attributes attributes) {
    const Bytes datagram = request(code, std::move(attributes));
    send(datagram);
    EXPECT_FALSE(it->poll_ask());
    return answer_to(datagram);
  }
  std::string dropped() {
    const auto event = it->poll_event();
    return event ? to_record(*event).sentence : "nothing was dropped";
  }
};

Attributes by_session() { return Attributes{}.add_text(Type::AcctSessionId, "s-1"); }

TEST_F(DynamicAuthorizationTest, ADisconnectIsAskedDoneAndAcknowledged) {
  Attributes attributes = by_session();
  attributes.add_text(Type::UserName, "anna").add_address(Type::FramedIpAddress, IpAddress::v4(10, 9, 0, 7));
  attributes.add_text(Type::NasIdentifier, "vpn.example.org").add(Type::ProxyState, "0102"_hex);
  const Bytes datagram = request(Code::DisconnectRequest, attributes);
  send(datagram);
  const auto ask = it->poll_ask();
  ASSERT_TRUE(ask);
  EXPECT_EQ(std::get<Disconnect>(ask->what).sessions,
            (SessionSelector{.session_id = "s-1", .user_name = "anna", .framed_ip = IpAddress::v4(10, 9, 0, 7)}));
  it->acknowledge(ask->id);
  const auto transmit = it->poll_transmit();
  ASSERT_TRUE(transmit);
  EXPECT_EQ(decode(transmit->datagram)->code, Code::DisconnectAck);
  EXPECT_EQ(decode(transmit->datagram)->attributes.find(Type::ProxyState)->value, "0102"_hex);
}

TEST_F(DynamicAuthorizationTest, AChangeBringsItsAttributesAndMayBeRefused) {
  const Bytes datagram = request(Code::CoaRequest, by_session().add_text(Type::FilterId, "guest"));
  send(datagram);
  const auto ask = it->poll_ask();
  ASSERT_TRUE(ask);
  const auto& change = std::get<ChangeOfAuthorization>(ask->what);
  EXPECT_EQ(change.attributes, Attributes{}.add_text(Type::FilterId, "guest"));
  it->refuse(ask->id, ErrorCause::SessionContextNotFound);
  EXPECT_EQ(answer_to(datagram), "CoA-NAK 503");
  const auto said = it->poll_event();
  ASSERT_TRUE(said);
  EXPECT_EQ(to_record(*said).sentence, "its CoA-Request is refused (503): no session is as it says");
  it->acknowledge(ask->id);
  EXPECT_EQ(answer_to(datagram), "nothing");
}

TEST_F(DynamicAuthorizationTest, ARequestThatComesAgainIsDoneOnceAndAnsweredAlike) {
  const Bytes datagram = request(Code::DisconnectRequest, by_session());
  send(datagram);
  send(datagram);
  const auto ask = it->poll_ask();
  EXPECT_FALSE(it->poll_ask());
  it->acknowledge(ask->id);
  EXPECT_EQ(answer_to(datagram), "Disconnect-ACK");
  send(datagram);
  EXPECT_FALSE(it->poll_ask());
  EXPECT_EQ(answer_to(datagram), "Disconnect-ACK");
}

TEST_F(DynamicAuthorizationTest, WhatIsNotAuthenticIsDroppedWithoutAWord) {
  const Bytes good = request(Code::DisconnectRequest, by_session());
  send(good, {IpAddress::v4(192, 0, 2, 2), 40000});
  EXPECT_EQ(dropped(), "is no server that may change sessions");
  Bytes forged = good;
  forged.back() ^= std::byte{1};
  send(forged);
  EXPECT_NE(dropped().find("is not authentic"), std::string::npos);
  send("28"_hex);
  EXPECT_NE(dropped().find("no RADIUS packet"), std::string::npos);
  send(request(Code::AccessRequest, by_session()));
  EXPECT_EQ(dropped(), "sent an unexpected Access-Request");
  EXPECT_FALSE(it->poll_ask());
  EXPECT_EQ(answer_to(good), "nothing");
}

// RFC 6614 §2.5: the secret is the word "radsec", and TLS is what proves and protects.
TEST_F(DynamicAuthorizationTest, OnARadSecConnectionTlsIsProofAndTheAnswerGoesBackThere) {
  const Origin origin{.from = {IpAddress::v4(192, 0, 2, 2), 2083}, .way = 3, .is_radsec = true};
  secret = Secret::copy_of(as_bytes(radsec_secret));
  Bytes datagram{std::byte{40}, std::byte{7}, std::byte{0}, std::byte{25}};  // Without a Message-Authenticator.
  append(datagram, Bytes(16));
  append(datagram, "2c05732d31"_hex);  // Acct-Session-Id "s-1"
  const auto digest = crypto::md5({datagram, secret.view()});
  std::ranges::copy(digest, datagram.begin() + 4);
  it->handle_datagram(now, today, origin, datagram);
  EXPECT_EQ(dropped(), "is no server that may change sessions") << "this gateway takes none so";
  it = make({.by_radsec = true});
  it->handle_datagram(now, today, origin, datagram);
  const auto ask = it->poll_ask();
  ASSERT_TRUE(ask) << dropped();
  it->acknowledge(ask->id);
  const auto transmit = it->poll_transmit();
  EXPECT_EQ(transmit->to, origin);
  EXPECT_TRUE(is_authentic_response(transmit->datagram, decode(datagram)->authenticator, secret,
                                    MessageAuthenticator::Required));
  send(datagram);
  EXPECT_NE(dropped().find("is not authentic"), std::string::npos) << "by UDP that secret is none";
}

TEST_F(DynamicAuthorizationTest, OnlyRequestsAreOrders) {
  EXPECT_TRUE(is_order(request(Code::CoaRequest, by_session())));
  EXPECT_TRUE(is_order(request(Code::DisconnectRequest, by_session())));
  EXPECT_FALSE(is_order("02"_hex)) << "an Access-Accept";
  EXPECT_FALSE(is_order({}));
}

TEST_F(DynamicAuthorizationTest, ARecordedRequestIsWorthlessLater) {
  const auto at = [&](std::chrono::seconds off) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(today.time_since_epoch()) + off;
    return request(Code::DisconnectRequest,
                   by_session().add_integer(Type::EventTimestamp, static_cast<std::uint32_t>(seconds.count())));
  };
  for (const auto off : {-301s, 301s}) {
    send(at(off));
    EXPECT_NE(dropped().find("of another time"), std::string::npos);
  }
  send(at(-299s));
  EXPECT_TRUE(it->poll_ask());
  it = make({.requires_event_timestamp = true});
  send(request(Code::DisconnectRequest, by_session()));
  EXPECT_FALSE(it->poll_ask());
}

TEST_F(DynamicAuthorizationTest, WhatNeedsNoOwnerIsRefusedWithItsCause) {
  EXPECT_EQ(objection(Code::DisconnectRequest, {}), "Disconnect-NAK 402");
  EXPECT_EQ(objection(Code::CoaRequest, {}), "CoA-NAK 402");
  EXPECT_EQ(objection(Code::DisconnectRequest, by_session().add_text(Type::FilterId, "x")), "Disconnect-NAK 401");
  EXPECT_EQ(objection(Code::CoaRequest, by_session().add(Type{231}, "00"_hex)), "CoA-NAK 401");
  EXPECT_EQ(objection(Code::CoaRequest, by_session().add(Type::SessionTimeout, "00"_hex)), "CoA-NAK 407");
  EXPECT_EQ(objection(Code::CoaRequest, by_session().add_text(Type::NasIdentifier, "other")), "CoA-NAK 403");
  EXPECT_EQ(objection(Code::CoaRequest, by_session().add_enum(Type::ServiceType, ServiceType::AuthorizeOnly)),
            "CoA-NAK 405");
}

TEST_F(DynamicAuthorizationTest, RemembersNoMoreThanItsBound) {
  for (std::uint32_t i = 0; i < 3 * limits::coa_requests_max; ++i) {
    send(request(Code::DisconnectRequest, by_session()
                                              .add_integer(Type::EventTimestamp, 1'800'000'000u - i % 200)
                                              .add_text(Type::UserName, std::to_string(i))));
  }
  std::size_t asks = 0, answers = 0;
  while (const auto ask = it->poll_ask()) {
    ++asks;
    it->acknowledge(ask->id);
    while (it->poll_transmit()) ++answers;
  }
  EXPECT_EQ(asks, 3 * limits::coa_requests_max);
  EXPECT_LE(answers, limits::coa_requests_max);
}

}  // namespace
}  // namespace agilevpn::radius
