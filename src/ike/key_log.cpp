#include "ike/key_log.h"

#include <fmt/format.h>

#include "base/check.h"

namespace agilevpn::ike {

namespace {

using crypto::EncryptionId;
using crypto::IntegrityId;

// The size in "AES-GCM-128 with 12 octet ICV": 8, 12 or 16, as the ids follow one another; 0 for other ciphers.
std::size_t icv_octets(EncryptionId id) {
  switch (id) {
    case EncryptionId::AesGcm8:
    case EncryptionId::AesCcm8: return 8;
    case EncryptionId::AesGcm12:
    case EncryptionId::AesCcm12: return 12;
    case EncryptionId::AesGcm16:
    case EncryptionId::AesCcm16: return 16;
    default: return 0;
  }
}

bool is_gcm(EncryptionId id) {
  return id == EncryptionId::AesGcm8 || id == EncryptionId::AesGcm12 || id == EncryptionId::AesGcm16;
}

// The names in Wireshark's ikev2_decryption_table.
std::string ike_encryption_name(const crypto::CipherSuite& suite) {
  if (const std::size_t icv = icv_octets(suite.encryption))
    return fmt::format("AES-{}-{} with {} octet ICV [RFC5282]", is_gcm(suite.encryption) ? "GCM" : "CCM",
                       suite.key_bits, icv);
  switch (suite.encryption) {
    case EncryptionId::TripleDes: return "3DES [RFC2451]";
    case EncryptionId::AesCbc: return fmt::format("AES-CBC-{} [RFC3602]", suite.key_bits);
    case EncryptionId::AesCtr: return fmt::format("AES-CTR-{} [RFC5930]", suite.key_bits);
    case EncryptionId::Null: return "NULL [RFC2410]";
    default: return "ChaCha20-Poly1305 [RFC7634]";
  }
}

// AES-XCBC and AES-CMAC have no name there: their 96 bits are passed over.
std::string ike_integrity_name(IntegrityId id) {
  switch (id) {
    case IntegrityId::None: return "NONE [RFC4306]";
    case IntegrityId::HmacSha1_96: return "HMAC_SHA1_96 [RFC2404]";
    case IntegrityId::HmacSha2_256_128: return "HMAC_SHA2_256_128 [RFC4868]";
    case IntegrityId::HmacSha2_384_192: return "HMAC_SHA2_384_192 [RFC4868]";
    case IntegrityId::HmacSha2_512_256: return "HMAC_SHA2_512_256 [RFC4868]";
    default: return "ANY 96-bits of Authentication [No Checking]";
  }
}

// The names in Wireshark's esp_sa. It has none for AES-CCM: nothing.
std::string esp_encryption_name(const crypto::CipherSuite& suite) {
  if (is_gcm(suite.encryption)) return fmt::format("AES-GCM with {} octet ICV [RFC4106]", icv_octets(suite.encryption));
  if (icv_octets(suite.encryption) != 0) return "";
  switch (suite.encryption) {
    case EncryptionId::TripleDes: return "TripleDES-CBC [RFC2451]";
    case EncryptionId::AesCbc: return "AES-CBC [RFC3602]";
    case EncryptionId::AesCtr: return "AES-CTR [RFC3686]";
    case EncryptionId::Null: return "NULL";
    default: return "ChaCha20 with Poly1305 [RFC7634]";
  }
}

std::string esp_integrity_name(const crypto::CipherSuite& suite) {
  switch (suite.integrity) {
    case IntegrityId::None: return "NULL";
    case IntegrityId::HmacSha1_96: return "HMAC-SHA-1-96 [RFC2404]";
    case IntegrityId::HmacSha2_256_128: return "HMAC-SHA-256-128 [RFC4868]";
    case IntegrityId::HmacSha2_384_192: return "HMAC-SHA-384-192 [RFC4868]";
    case IntegrityId::HmacSha2_512_256: return "HMAC-SHA-512-256 [RFC4868]";
    default: return "ANY 96 bit authentication [no checking]";
  }
}

// Builds a row where it is kept: no key's text is left in memory that nobody wipes.
class Row {
 public:
  Row& text(std::string_view more) {
    CHECK(more.size() <= text_.size() - size_);
    std::ranges::copy(as_bytes(more), text_.mutable_view().begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += more.size();
    return *this;
  }
  Row& hex(ByteView key) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (const std::byte octet : key)
      for (const std::byte half : {octet >> 4, octet & std::byte{15}})
        text(digits.substr(std::to_integer<std::size_t>(half), 1));
    return *this;
  }
  Row& quoted_hex(ByteView key) { return text(key.empty() ? "\"" : "\"0x").hex(key).text("\""); }
  Secret take() const { return Secret::copy_of(text_.view().first(size_)); }

 private:
  Secret text_{1024};  // Two addresses, two names and four keys of 64 octets at most.
  std::size_t size_ = 0;
};

void log_direction(Context& context, const InstallChildSa& child, const IpAddress& from, const IpAddress& to,
                   EspSpi spi, const Secret& encryption, const Secret& integrity) {
  const std::string cipher = esp_encryption_name(child.suite);
  if (cipher.empty()) return;
  Row row;
  row.text(fmt::format(R"("{}","{}","{}","0x{}","{}",)", from.is_v4() ? "IPv4" : "IPv6", from.to_string(),
                       to.to_string(), spi.to_string(), cipher));
  row.quoted_hex(encryption.view());
  row.text(fmt::format(R"(,"{}",)", esp_integrity_name(child.suite))).quoted_hex(integrity.view());
  context.key_log.push_back({KeyLogEntry::Table::EspSa, row.take()});
}

}  // namespace

void log_ike_keys(Context& context, const IkeSa& ike_sa) {
  const auto keys = ike_sa.cipher->keys(ike_sa.is_original_initiator);
  Row row;
  row.text(ike_sa.spi_i.to_string()).text(",").text(ike_sa.spi_r.to_string()).text(",");
  row.hex(keys.encryption_i).text(",").hex(keys.encryption_r);
  row.text(fmt::format(R"(,"{}",)", ike_encryption_name(ike_sa.suite.cipher)));
  row.hex(keys.integrity_i).text(",").hex(keys.integrity_r);
  row.text(fmt::format(R"(,"{}")", ike_integrity_name(ike_sa.suite.cipher.integrity)));
  context.key_log.push_back({KeyLogEntry::Table::Ikev2DecryptionTable, row.take()});
}

void log_child_keys(Context& context, const InstallChildSa& child) {
  const IpAddress& here = child.path.path.local.address;
  const IpAddress& there = child.path.path.peer.address;
  log_direction(context, child, there, here, child.spi_inbound, child.inbound_encryption_key,
                child.inbound_integrity_key);
  log_direction(context, child, here, there, child.spi_outbound, child.outbound_encryption_key,
                child.outbound_integrity_key);
}

}  // namespace agilevpn::ike
