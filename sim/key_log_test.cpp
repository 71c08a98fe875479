// Which keys an engine tells for Wireshark's tables, and that it tells none unless it is asked to.
#include <gmock/gmock.h>

#include "ike/typed_proposal.h"
#include "sim/pair.h"

namespace agilevpn::sim {
namespace {

using ike::KeyLogEntry;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> rows(const EndpointHost& host, KeyLogEntry::Table table) {
  std::vector<std::string> found;
  for (const KeyLogEntry& entry : host.key_log())
    if (entry.table == table) found.push_back(to_text(entry.row.view()));
  return found;
}

std::vector<std::string> ike_rows(const EndpointHost& host) {
  return rows(host, KeyLogEntry::Table::Ikev2DecryptionTable);
}
std::vector<std::string> esp_rows(const EndpointHost& host) { return rows(host, KeyLogEntry::Table::EspSa); }

void log_keys(EndpointHost& host, bool is_wanted) {
  host.command([&](ike::Endpoint& engine, Instant) { engine.log_keys(is_wanted); });
}

TEST(KeyLog, IsEmptyUntilSomebodyAsks) {
  Pair pair;
  log_keys(pair.client, false);
  pair.start();
  pair.run_until_idle();
  pair.client.rekey_child_sa();
  pair.run_until_idle();
  EXPECT_THAT(pair.client.key_log(), IsEmpty());
}

TEST(KeyLog, TellsTheIkeSasThatThereAreAndEveryNewChildSa) {
  Pair pair;
  log_keys(pair.client, false);
  pair.start();
  pair.run_until_idle();
  log_keys(pair.client, true);
  log_keys(pair.client, true);  // Twice is harmless.
  EXPECT_EQ(ike_rows(pair.client), ike_rows(pair.gateway));
  EXPECT_THAT(esp_rows(pair.client), IsEmpty());
  pair.client.rekey_child_sa();
  pair.run_until_idle();
  ASSERT_EQ(esp_rows(pair.client).size(), 2u);
  for (const std::string& row : esp_rows(pair.client)) EXPECT_THAT(esp_rows(pair.gateway), testing::Contains(row));
}

TEST(KeyLog, EndsWhenNobodyAsksAnyMore) {
  Pair pair = Pair::established();
  const std::size_t told = pair.client.key_log().size();
  log_keys(pair.client, false);
  pair.client.rekey_child_sa();
  pair.client.rekey_ike_sa();
  pair.run_until_idle();
  EXPECT_EQ(pair.client.key_log().size(), told);
}

TEST(KeyLog, ARowNamesTheSaAndHoldsItsKeys) {
  Pair pair = Pair::established();
  const ike::InstallChildSa& child = pair.client.child_sa();
  const auto all = esp_rows(pair.client);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_THAT(all[1], HasSubstr(",\"0x" + child.spi_outbound.to_string() + "\","));
  EXPECT_THAT(all[1], HasSubstr(",\"0x" + to_hex(child.outbound_encryption_key.view()) + "\","));
}

TEST(KeyLog, NamesEverySuiteAsWiresharkDoes) {
  struct {
    const char *ike, *esp, *ike_names, *esp_names;
  } const suites[] = {
      {"aes256gcm12-prfsha256-x25519", "aes128gcm8", "AES-GCM-256 with 12 octet ICV [RFC5282]",
       "AES-GCM with 8 octet ICV [RFC4106]"},
      {"aes128ccm16-prfsha256-x25519", "aes256ctr-sha256", "AES-CCM-128 with 16 octet ICV [RFC5282]",
       "AES-CTR [RFC3686]"},
      {"aes256ctr-aescmac-x25519", "3des-sha1", "ANY 96-bits of Authentication [No Checking]",
       "TripleDES-CBC [RFC2451]"},
      {"3des-sha1-x25519", "aes256-aesxcbc", "3DES [RFC2451]", "ANY 96 bit authentication [no checking]"},
      {"chacha20poly1305-prfsha256-x25519", "chacha20poly1305", "ChaCha20-Poly1305 [RFC7634]",
       "ChaCha20 with Poly1305 [RFC7634]"},
  };
  for (const auto& suite : suites) {
    PairOptions options;
    options.client.policy.ike = options.gateway.policy.ike = {ike::parse_ike_proposal(suite.ike).value()};
    options.client.policy.esp = options.gateway.policy.esp = {ike::parse_esp_proposal(suite.esp).value()};
    const Pair pair = Pair::established(std::move(options));
    EXPECT_THAT(ike_rows(pair.client), testing::ElementsAre(HasSubstr(suite.ike_names)));
    EXPECT_THAT(esp_rows(pair.client), testing::Each(HasSubstr(suite.esp_names)));
    EXPECT_EQ(esp_rows(pair.client).size(), 2u);
  }
}

}  // namespace
}  // namespace agilevpn::sim
