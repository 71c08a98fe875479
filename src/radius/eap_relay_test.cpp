#include "radius/eap_relay.h"

#include <gtest/gtest.h>

namespace agilevpn::radius {
namespace {

const Bytes identity_response = concat({"0200000901"_hex, as_bytes("anna")});
const Bytes challenge_request = "0101000604ff"_hex;
const Bytes challenge_response = "0201000604ee"_hex;
const Bytes eap_success = "03010004"_hex;
const Bytes eap_failure = "04010004"_hex;

EapRelay a_relay() {
  return EapRelay{
      {.called_station = "vpn.example.org", .calling_station = "192.0.2.7", .port_id = "vpn", .session_id = "s-1"}};
}

Attributes with_eap(ByteView packet) { return Attributes{}.add_eap(packet); }

TEST(EapRelay, PassesALoginThrough) {
  EapRelay relay = a_relay();
  const auto first = relay.handle_eap(identity_response);  // EAP-Response/Identity -->
  ASSERT_TRUE(first);
  EXPECT_EQ(first->attributes.text(Type::UserName), "anna");
  EXPECT_EQ(first->attributes.text(Type::CallingStationId), "192.0.2.7");
  EXPECT_EQ(first->attributes.text(Type::CalledStationId), "vpn.example.org");
  EXPECT_EQ(first->attributes.integer(Type::NasPortType), 5u);
  EXPECT_EQ(first->attributes.eap(), identity_response);
  EXPECT_FALSE(first->attributes.has(Type::State));

  Attributes challenge = with_eap(challenge_request);
  challenge.add(Type::State, "0102"_hex);
  const RelayStep asked = relay.handle_answer({{}, 1, Challenge{challenge}});  // <-- Access-Challenge
  EXPECT_EQ(std::get<EapPacket>(asked).packet, challenge_request);

  const auto second = relay.handle_eap(challenge_response);  // EAP-Response -->
  ASSERT_TRUE(second);
  EXPECT_EQ(second->attributes.text(Type::UserName), "anna");
  EXPECT_EQ(second->attributes.find(Type::State)->value, "0102"_hex);
  EXPECT_EQ(second->server, 1u);

  Accept accept{.attributes = with_eap(eap_success), .msk = Secret{64}};
  accept.attributes.add_text(Type::UserName, "anna@example.org").add_text(Type::FilterId, "staff");
  const RelayStep done = relay.handle_answer({{}, 1, std::move(accept)});  // <-- Access-Accept
  const auto& accepted = std::get<LoginAccepted>(done);
  EXPECT_EQ(accepted.eap_success, eap_success);
  EXPECT_EQ(accepted.msk.size(), 64u);
  EXPECT_EQ(accepted.user_name, "anna@example.org");
  EXPECT_EQ(accepted.attributes.text(Type::FilterId), "staff");
}

TEST(EapRelay, ARejectBringsTheServersWords) {
  EapRelay relay = a_relay();
  ASSERT_TRUE(relay.handle_eap(identity_response));
  Attributes attributes = with_eap(eap_failure);
  attributes.add_text(Type::ReplyMessage, "Account ").add_text(Type::ReplyMessage, "expired");
  const RelayStep step = relay.handle_answer({{}, 0, Reject{.attributes = attributes, .why = {}}});
  EXPECT_EQ(std::get<LoginRejected>(step).eap_failure, eap_failure);
  EXPECT_EQ(std::get<LoginRejected>(step).reply_message, "Account expired");
}

// RFC 3579 §2.6.3: by the RADIUS code alone, and no EAP packet is made up.
TEST(EapRelay, AServerThatContradictsItselfLetsNobodyIn) {
  const auto reason_of = [](auto result) {
    EapRelay relay = a_relay();
    EXPECT_TRUE(relay.handle_eap(identity_response));
    const RelayStep step = relay.handle_answer({{}, 0, std::move(result)});
    const auto* const rejected = std::get_if<LoginRejected>(&step);
    return rejected && rejected->eap_failure.empty() ? rejected->reason : "no rejection";
  };
  EXPECT_EQ(reason_of(Accept{}), "the RADIUS server sent an Access-Accept without an EAP-Success");
  EXPECT_EQ(reason_of(Accept{.attributes = with_eap(eap_failure), .msk = Secret{64}}),
            "the RADIUS server sent an Access-Accept without an EAP-Success");
  EXPECT_EQ(reason_of(Challenge{with_eap(eap_success)}),
            "the RADIUS server sent an Access-Challenge without an EAP-Request");
  EXPECT_EQ(reason_of(Challenge{with_eap("01010009"_hex)}),
            "the RADIUS server sent an Access-Challenge without an EAP-Request");
  EXPECT_EQ(reason_of(Reject{.attributes = with_eap(eap_success), .why = {}}), "the RADIUS server rejected anna");
  EXPECT_EQ(reason_of(Unreachable{"no answer"}), "no answer");
}

TEST(EapRelay, TakesOnlyResponsesThatBeginWithAnIdentity) {
  EapRelay relay = a_relay();
  EXPECT_FALSE(relay.handle_eap(challenge_response));
  EXPECT_FALSE(relay.handle_eap(challenge_request));
  EXPECT_FALSE(relay.handle_eap("0200"_hex));
  EXPECT_FALSE(relay.handle_eap("0200000501"_hex));  // Of nobody.
  EXPECT_TRUE(relay.handle_eap(identity_response));
  EXPECT_FALSE(relay.handle_eap(challenge_response));  // Not answered yet.
}

}  // namespace
}  // namespace agilevpn::radius
