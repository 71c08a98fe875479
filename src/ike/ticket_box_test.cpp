#include "ike/ticket_box.h"

#include <gtest/gtest.h>

#include "crypto/prf.h"
#include "ike/key_schedule.h"
#include "ike/limits.h"
#include "ike/typed_proposal.h"
#include "ike/wire/limits.h"

namespace agilevpn::ike {
namespace {

constexpr WallTime today = std::chrono::sys_days{std::chrono::year{2026} / 11 / 1};

TicketKey ticket_key(char name) {
  return {to_bytes(std::string(TicketKey::id_size, name)), Secret{to_bytes(std::string(TicketKey::secret_size, name))}};
}

std::vector<TicketKey> ticket_keys(std::string_view names) {
  std::vector<TicketKey> keys;
  for (const char name : names) keys.push_back(ticket_key(name));
  return keys;
}

TicketContent ticket_content(std::string_view data = "what the owner said") {
  return {.expires = today + std::chrono::hours{12},
          .suite = *ike_suite(*parse_ike_proposal("aes256gcm16-prfsha384-x25519-ke1_ecp384")),
          .sk_d = Secret{to_bytes("a key of an IKE SA")},
          .id_i = wire::Identity::parse("192.168.1.7"),
          .id_r = wire::Identity::parse("vpn.example.org"),
          .peer = wire::Identity::parse("anna@example.org"),
          .method = "EAP-GTC",
          .login = to_bytes("of a login"),
          .data = to_bytes(data)};
}

struct BoxOfTickets : testing::Test {
  BoxOfTickets() { box.set_keys(ticket_keys("a")); }
  Bytes sealed() { return *box.seal(ticket_content(), random); }
  std::string why_not(ByteView ticket, WallTime date = today) const {
    const auto opened = box.open(date, ticket);
    return opened ? "" : opened.error();
  }

  SeededRandom random{1};
  TicketBox box;
};

TEST_F(BoxOfTickets, GivesBackWhatWasSealedInIt) {
  const auto opened = box.open(today, sealed());
  ASSERT_TRUE(opened) << opened.error();
  const TicketContent content = ticket_content();
  EXPECT_EQ(opened->expires, content.expires);
  EXPECT_EQ(opened->suite, content.suite);
  EXPECT_EQ(opened->sk_d, content.sk_d);
  EXPECT_EQ(opened->id_i, content.id_i);
  EXPECT_EQ(opened->id_r, content.id_r);
  EXPECT_EQ(opened->peer, content.peer);
  EXPECT_EQ(opened->method, content.method);
  EXPECT_EQ(opened->login, content.login);
  EXPECT_EQ(opened->data, content.data);
}

TEST_F(BoxOfTickets, NoTicketIsLikeAnotherAndNoneShowsWhatIsInIt) {
  const Bytes one = sealed(), other = sealed();
  EXPECT_NE(one, other);
  const std::string text = to_text(one);
  for (const char* word : {"anna", "GTC", "a key of", "owner", "vpn"})
    EXPECT_EQ(text.find(word), std::string::npos) << word;
}

TEST_F(BoxOfTickets, WhatIsForgedOrCutIsNotTaken) {
  const Bytes ticket = sealed();
  for (std::size_t at = 0; at < ticket.size(); ++at) {
    Bytes forged = ticket;
    forged[at] ^= std::byte{1};
    const bool is_reserved = at > 0 && at < 4;  // Authenticated all the same.
    EXPECT_NE(why_not(forged), "") << at << (is_reserved ? " (reserved)" : "");
    EXPECT_NE(why_not(ByteView{ticket}.first(at)), "") << at;
  }
  Bytes longer = ticket;
  longer.push_back(std::byte{0});
  EXPECT_EQ(why_not(longer), "it is damaged or forged");
}

TEST_F(BoxOfTickets, ExpiresAtItsTime) {
  const Bytes ticket = sealed();
  EXPECT_EQ(why_not(ticket, today + std::chrono::hours{12} - 1s), "");
  EXPECT_EQ(why_not(ticket, today + std::chrono::hours{12}), "it has expired");
}

TEST_F(BoxOfTickets, AFormerKeyOpensAndAStrangersDoesNot) {
  const Bytes ticket = sealed();
  box.set_keys(ticket_keys("ba"));
  EXPECT_EQ(why_not(ticket), "");
  EXPECT_EQ(why_not(sealed()), "");
  box.set_keys(ticket_keys("b"));
  EXPECT_EQ(why_not(ticket), "its key is not one of ours, or not any more");
  box.set_keys({});
  EXPECT_FALSE(box.seal(ticket_content(), random));
}

TEST_F(BoxOfTickets, OneThatWasUsedIsNotTakenAgain) {
  const Bytes ticket = sealed(), other = sealed();
  box.spend(today, ticket, today + std::chrono::hours{1});
  EXPECT_EQ(why_not(ticket), "it was used already");
  EXPECT_EQ(why_not(other), "");
  box.spend(today + std::chrono::hours{2}, other, today + std::chrono::hours{12});
  EXPECT_FALSE(box.is_spent(ticket)) << "what has expired is forgotten";
}

TEST_F(BoxOfTickets, WhatIsTooLargeForADatagramIsNotSealed) {
  EXPECT_FALSE(box.seal(ticket_content(std::string(wire::limits::ticket_max, 'x')), random));
  const auto largest = box.seal(ticket_content(std::string(700, 'x')), random);
  ASSERT_TRUE(largest);
  EXPECT_LE(largest->size(), wire::limits::ticket_max);
}

// RFC 5723 §5.1, §4.3.3, written out.
TEST(ResumedKeys, ComeFromTheFormerSkD) {
  const auto prf = *crypto::Prf::find(crypto::PrfId::HmacSha2_256);
  const Bytes n_i(32, std::byte{1}), n_r(32, std::byte{2}), sk_d(32, std::byte{3});
  EXPECT_EQ(resumed_skeyseed(prf, sk_d, n_i, n_r), prf(sk_d, {concat({as_bytes("Resumption"), n_i, n_r})}));
  EXPECT_EQ(resumed_auth(prf, sk_d, n_i), prf(sk_d, {n_i}));
  EXPECT_NE(resumed_auth(prf, sk_d, n_i), shared_key_auth(prf, sk_d, n_i)) << "without the key pad of a shared key";
}

}  // namespace
}  // namespace agilevpn::ike
