#include "radius/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/md5.h"
#include "radius/fake_server.h"

namespace agilevpn::radius {
namespace {

struct ClientTest : testing::Test {
  SeededRandom random{7};
  std::unique_ptr<Client> client;
  std::unique_ptr<RadiusWorld<Client>> world;

  void start(std::size_t servers, bool knows_status_server = false, std::size_t outstanding_max = 1024,
             Transport transport = Transport::Datagram) {
    ClientConfig config;
    for (std::size_t i = 0; i < servers; ++i) {
      config.servers.push_back({.name = "radius" + std::to_string(i + 1),
                                .secret = test_secret(),
                                .transport = transport,
                                .knows_status_server = knows_status_server});
    }
    config.nas.add_text(Type::NasIdentifier, "vpn.example.org");
    config.outstanding_max = outstanding_max;
    client = std::make_unique<Client>(std::move(config), random);
    world = std::make_unique<RadiusWorld<Client>>(*client, servers);
  }
  RequestId send(Code code = Code::AccessRequest) {
    Request request{.code = code};
    request.attributes.add_text(Type::UserName, "anna");
    return client->send(world->now, std::move(request));
  }
  // The answer, which must be of this kind.
  template <class Result>
  Result answer() {
    auto found = client->poll_answer();
    CHECK(found && std::holds_alternative<Result>(found->result));
    return std::get<Result>(std::move(found->result));
  }
  std::vector<std::string> events() {
    std::vector<std::string> names;
    while (const auto event = client->poll_event())
      names.push_back(to_record(*event).name + " " + to_record(*event).subject);
    return names;
  }
};

TEST_F(ClientTest, AnAcceptBringsItsAttributesAndTheMsk) {
  start(1);
  Request request;
  request.user_password = Secret::copy_of(as_bytes("secret words"));
  const RequestId id = client->send(world->now, std::move(request));
  const Transmit sent = *client->poll_transmit();
  const Packet packet = *decode(sent.datagram);
  EXPECT_TRUE(is_authentic_request(sent.datagram, test_secret(), MessageAuthenticator::Required));
  EXPECT_EQ(packet.attributes.text(Type::NasIdentifier), "vpn.example.org");
  const auto hidden = packet.attributes.find(Type::UserPassword)->value;
  EXPECT_EQ(to_text(reveal_password(hidden, packet.authenticator, test_secret())->view()), "secret words");

  Packet accept{.code = Code::AccessAccept, .identifier = packet.identifier};
  accept.attributes.add_text(Type::FilterId, "staff");
  add_msk(accept.attributes, Bytes(64, std::byte{9}), 1, packet.authenticator, test_secret());
  client->handle_datagram(world->now, sent.channel, seal_response(accept, packet.authenticator, test_secret()));
  const auto found = client->poll_answer();
  ASSERT_TRUE(found && found->id == id);
  const auto& accepted = std::get<Accept>(found->result);
  EXPECT_EQ(accepted.attributes.text(Type::FilterId), "staff");
  EXPECT_FALSE(accepted.attributes.has(MicrosoftType::MppeRecvKey));
  EXPECT_TRUE(equal(accepted.msk->view(), Bytes(64, std::byte{9})));
}

TEST_F(ClientTest, RetransmitsTheSamePacketAsRfc5080Says) {
  start(1);
  world->servers[0].is_up = false;
  send();
  std::vector<Instant> times;
  std::vector<Bytes> datagrams;
  while (client->outstanding() > 0) {
    while (const auto transmit = client->poll_transmit()) {
      times.push_back(world->now);
      datagrams.push_back(transmit->datagram);
    }
    world->now = *client->poll_timeout();
    client->handle_timeout(world->now);
  }
  ASSERT_TRUE(times.size() == 4 ||
              times.size() == 5);  // At 0, 2, 6 and 14 seconds; at 30 time is over, or just not yet.
  for (const Bytes& datagram : datagrams) EXPECT_EQ(datagram, datagrams[0]);
  Duration expected = 2s;
  for (std::size_t i = 1; i < times.size(); ++i, expected *= 2) {
    EXPECT_NEAR(std::chrono::duration<double>(times[i] - times[i - 1]).count(),
                std::chrono::duration<double>(expected).count(), std::chrono::duration<double>(expected).count() * 0.3);
  }
  EXPECT_EQ(world->now - Instant{}, 30s);
  EXPECT_EQ(answer<Unreachable>().why, "no answer from radius1 within 30 s");
}

TEST_F(ClientTest, ADeadServerDelaysOneRequestAndNoOther) {
  start(2);
  world->servers[0].is_up = false;
  send();
  world->run_for(10s);
  answer<Accept>();
  EXPECT_EQ(events(), std::vector<std::string>{"ServerDied radius1"});
  const Instant before = world->now;
  send();
  world->run_for(5ms);
  answer<Accept>();
  EXPECT_LT(world->now - before, 10ms);
}

TEST_F(ClientTest, OneRequestTriesADeadServerAgainWhenItsTimeIsOver) {
  start(2);
  world->servers[0].is_up = false;
  send();
  world->run_for(10s);
  world->run_for(limits::dead_time);
  answer<Accept>();
  send();  // Finds it still dead, after one try.
  send();  // Goes elsewhere at once.
  world->run_for(5ms);
  answer<Accept>();
  EXPECT_FALSE(client->poll_answer());
  world->run_for(3s);
  answer<Accept>();
  world->servers[0].is_up = true;
  world->run_for(limits::dead_time);
  send();
  world->run_for(5ms);
  EXPECT_EQ(client->poll_answer()->server, 0u);
  EXPECT_EQ(events(), (std::vector<std::string>{"ServerDied radius1", "ServerIsBack radius1"}));
}

TEST_F(ClientTest, AServerThatKnowsStatusServerIsAskedInsteadOfTried) {
  start(2, true);
  world->servers[0].is_up = false;
  send();
  world->run_for(10s);
  answer<Accept>();
  world->servers[0].is_up = true;
  world->run_for(limits::dead_time);
  EXPECT_EQ(world->servers[0].count(Code::StatusServer), 1u);
  EXPECT_FALSE(client->is_dead(0));
  EXPECT_EQ(events(), (std::vector<std::string>{"ServerDied radius1", "ServerIsBack radius1"}));
  EXPECT_FALSE(client->poll_timeout());
}

TEST_F(ClientTest, ALateAnswerOfAServerThatWasGivenUpIsStillAnAnswer) {
  start(2);
  world->latency = 9s;
  send();
  world->run_for(10s);
  EXPECT_EQ(client->poll_answer()->server, 0u);
  world->run_for(20s);
  EXPECT_FALSE(client->poll_answer());
  EXPECT_THAT(events(), testing::Contains("ReplyDropped radius2"));  // It was asked meanwhile.
}

TEST_F(ClientTest, ForgedLateAndMalformedRepliesAreCountedAndDropped) {
  start(1);
  const RequestId id = send();
  const Transmit sent = *client->poll_transmit();
  const Packet request = *decode(sent.datagram);
  const Packet accept{.code = Code::AccessAccept, .identifier = request.identifier};
  const Bytes good = seal_response(accept, request.authenticator, test_secret());

  client->handle_datagram(world->now, sent.channel,
                          seal_response(accept, request.authenticator, Secret::copy_of("00"_hex)));
  client->handle_datagram(world->now, sent.channel, seal_response(accept, Authenticator{}, test_secret()));
  EXPECT_EQ(events(), std::vector<std::string>(2, "ForgedReply radius1"));
  client->handle_datagram(world->now, sent.channel, ByteView{good}.first(19));
  const Packet wrong{.code = Code::AccountingResponse, .identifier = request.identifier};
  client->handle_datagram(world->now, sent.channel, seal_response(wrong, request.authenticator, test_secret()));
  client->handle_datagram(world->now, {0, sent.channel.source + 1}, good);   // To another of our sockets.
  EXPECT_EQ(events(), std::vector<std::string>(3, "ReplyDropped radius1"));  // Each with its sentence.
  EXPECT_FALSE(client->poll_answer());

  client->handle_datagram(world->now, sent.channel, good);
  EXPECT_EQ(client->poll_answer()->id, id);
  client->handle_datagram(world->now, sent.channel, good);
  EXPECT_FALSE(client->poll_answer());
  EXPECT_EQ(events(), std::vector<std::string>{"ReplyDropped radius1"});
}

TEST_F(ClientTest, AnAnswerWithoutMessageAuthenticatorIsRefused) {  // CVE-2024-3596
  start(1);
  send();
  const Transmit sent = *client->poll_transmit();
  Bytes bare = "02000014"_hex;
  bare[1] = sent.datagram[1];
  append(bare, decode(sent.datagram)->authenticator);
  const crypto::Md5Digest digest = crypto::md5({bare, test_secret().view()});
  std::ranges::copy(digest, bare.begin() + 4);
  ASSERT_TRUE(
      is_authentic_response(bare, decode(sent.datagram)->authenticator, test_secret(), MessageAuthenticator::Optional));
  client->handle_datagram(world->now, sent.channel, bare);
  EXPECT_FALSE(client->poll_answer());
  EXPECT_EQ(events(), std::vector<std::string>{"ForgedReply radius1"});
  world->servers[0].is_up = false;
  world->run_for(31s);
  EXPECT_THAT(answer<Unreachable>().why,
              testing::StartsWith("no answer from radius1 (an Access-Accept has no Message-Authenticator"));
}

TEST_F(ClientTest, AnAcceptWithAnImpossibleAttributeIsTakenForAReject) {  // RFC 2865 §5
  start(1);
  world->servers[0].attributes.add(Type::FramedIpAddress, "0a00"_hex);
  send();
  world->run_for(1s);
  EXPECT_EQ(answer<Reject>().why, "the server sent Framed-IP-Address = 0x0a00 (of a size that cannot be)");
}

TEST_F(ClientTest, ARequestForOneServerGoesToNoOther) {
  start(2);
  world->servers[0].is_up = false;
  client->send(world->now, {.code = Code::AccessRequest, .server = 0});
  world->run_for(31s);
  EXPECT_EQ(answer<Unreachable>().why, "no answer from radius1 within 30 s");
  EXPECT_EQ(world->servers[1].requests.size(), 0u);
}

TEST_F(ClientTest, ARefusalSendsItsRequestsElsewhereAtOnce) {
  start(2);
  world->servers[0].is_up = false;
  send();
  world->carry();
  client->handle_refusal(world->now, 0, "Connection refused");
  world->run_for(5ms);
  EXPECT_EQ(client->poll_answer()->server, 1u);
  EXPECT_TRUE(client->is_dead(0));
}

TEST_F(ClientTest, BoundsItsRequestsAndSaysSo) {
  start(1, false, 2);
  send();
  send();
  send();
  EXPECT_EQ(answer<Unreachable>().why, "2 requests are waiting for RADIUS servers already");
  client->send(world->now, {.user_password = Secret{129}});
  Request large;
  large.attributes.add_eap(Bytes(4000));
  world->run_for(1s);
  while (client->poll_answer()) {
  }
  client->send(world->now, {.user_password = Secret{129}});
  EXPECT_EQ(answer<Unreachable>().why, "a password of 129 octets is too long for RADIUS");
  client->send(world->now, std::move(large));
  EXPECT_NE(answer<Unreachable>().why.find("too many for a RADIUS packet"), std::string::npos);
}

TEST_F(ClientTest, EveryIdentifierOfEverySocketIsUsedBeforeItIsRefused) {
  start(1);
  std::set<std::pair<std::size_t, std::byte>> used;
  for (int i = 0; i < 1024; ++i) send();
  while (const auto transmit = client->poll_transmit()) used.emplace(transmit->channel.source, transmit->datagram[1]);
  EXPECT_EQ(used.size(), 1024u);
}

TEST_F(ClientTest, EveryRequestEndsInOneAnswerOverALossyNetwork) {
  start(3);
  world->loss_percent = 40;
  std::set<std::uint64_t> open;
  for (int i = 0; i < 200; ++i) open.insert(send(i % 2 ? Code::AccessRequest : Code::AccountingRequest).value);
  world->run_for(40s);
  std::size_t unreachable = 0;
  while (const auto found = client->poll_answer()) {
    EXPECT_EQ(open.erase(found->id.value), 1u);
    unreachable += std::holds_alternative<Unreachable>(found->result);
  }
  EXPECT_TRUE(open.empty());
  EXPECT_LT(unreachable, 20u);
  EXPECT_EQ(client->outstanding(), 0u);
}

TEST_F(ClientTest, ACancelledRequestIsNeverAnswered) {
  start(1);
  client->cancel(send());
  world->run_for(40s);
  EXPECT_FALSE(client->poll_answer());
  EXPECT_FALSE(client->poll_timeout());
}

TEST(RadiusRetransmission, StaysNearItsLongest) {
  SeededRandom random{1};
  Retransmission it;
  for (int i = 0; i < 10; ++i) {
    const Duration wait = it.next({}, random);
    EXPECT_LE(wait, 17600ms);
    EXPECT_TRUE(i > 0 || (wait >= 1800ms && wait <= 2200ms));
    EXPECT_TRUE(i < 6 || wait >= 14400ms);
  }
}

TEST_F(ClientTest, WhatWaitsOnAConnectionThatEndsGoesOutOnANewOneAndNotForEver) {
  start(1, false, 1024, Transport::Stream);
  send();
  std::size_t sent = 0;
  const auto drain = [&] {
    while (client->poll_transmit()) ++sent;
  };
  drain();
  EXPECT_EQ(sent, 1u);
  client->handle_timeout(world->now + 3s);
  drain();
  EXPECT_EQ(sent, 1u) << "a stream loses nothing";
  for (int i = 0; i < 10; ++i) client->handle_disconnect(world->now + 3s, {0, 0}, "end of file"), drain();
  EXPECT_EQ(sent, 1u + limits::retransmit_count - 2);
  EXPECT_EQ(events(), (std::vector<std::string>{"ServerDied radius1"}));
}

TEST_F(ClientTest, WhatWentOutAnewIsWaitedForAnew) {
  start(1, false, 1024, Transport::Stream);
  send();
  const Instant first = *client->poll_timeout();
  client->handle_disconnect(world->now + 1s, {0, 0}, "end of file");
  const Instant second = *client->poll_timeout();
  EXPECT_GT(second, first);
  client->handle_timeout(second);
  EXPECT_GT(*client->poll_timeout(), second);
}

TEST_F(ClientTest, AStreamThatCannotBeOpenedIsTriedAgainWhileTheRequestWaits) {
  start(1, false, 1024, Transport::Stream);
  send();
  EXPECT_TRUE(client->poll_transmit());
  client->handle_refusal(world->now, 0, "connection refused");
  client->handle_timeout(world->now + 3s);
  EXPECT_TRUE(client->poll_transmit());
  client->handle_timeout(world->now + 4s);
  EXPECT_FALSE(client->poll_transmit());
}

}  // namespace
}  // namespace agilevpn::radius
