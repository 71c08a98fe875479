#include "ike/key_log.h"

#include <fmt/format.h>

namespace agilevpn::ike {

namespace {

using crypto::EncryptionId;
using crypto::IntegrityId;

// The names in Wireshark's ikev2_decryption_table.
std::string ike_encryption_name(const crypto::CipherSuite& suite) {
  switch (suite.encryption) {
    case EncryptionId::AesCbc: return fmt::format("AES-CBC-{} [RFC3602]", suite.key_bits);
    case EncryptionId::AesGcm16: return fmt::format("AES-GCM-{} with 16 octet ICV [RFC5282]", suite.key_bits);
    default: return "ChaCha20-Poly1305 [RFC7634]";
  }
}

std::string ike_integrity_name(IntegrityId id) {
  switch (id) {
    case IntegrityId::HmacSha2_256_128: return "HMAC_SHA2_256_128 [RFC4868]";
    case IntegrityId::HmacSha2_384_192: return "HMAC_SHA2_384_192 [RFC4868]";
    case IntegrityId::HmacSha2_512_256: return "HMAC_SHA2_512_256 [RFC4868]";
    default: return "NONE [RFC4306]";
  }
}

// The names in Wireshark's esp_sa.
std::string esp_encryption_name(const crypto::CipherSuite& suite) {
  switch (suite.encryption) {
    case EncryptionId::AesCbc: return "AES-CBC [RFC3602]";
    case EncryptionId::AesGcm16: return "AES-GCM with 16 octet ICV [RFC4106]";
    default: return "ChaCha20 with Poly1305 [RFC7634]";
  }
}

std::string esp_integrity_name(const crypto::CipherSuite& suite) {
  switch (suite.integrity) {
    case IntegrityId::HmacSha2_256_128: return "HMAC-SHA-256-128 [RFC4868]";
    case IntegrityId::HmacSha2_384_192: return "HMAC-SHA-384-192 [RFC4868]";
    case IntegrityId::HmacSha2_512_256: return "HMAC-SHA-512-256 [RFC4868]";
    default: return "NULL";
  }
}

void log_direction(Context& context, const InstallChildSa& child, const IpAddress& from, const IpAddress& to, EspSpi spi,
                   const Secret& encryption, const Secret& integrity) {
  const auto hex = [](const Secret& key) { return key.empty() ? std::string{} : "0x" + to_hex(key.view()); };
  context.key_log.push_back(
      {KeyLogEntry::Table::EspSa,
       Secret::copy_of(as_bytes(fmt::format(R"("{}","{}","{}","0x{}","{}","{}","{}","{}")", from.is_v4() ? "IPv4" : "IPv6",
                                            from.to_string(), to.to_string(), spi.to_string(), esp_encryption_name(child.suite),
                                            hex(encryption), esp_integrity_name(child.suite), hex(integrity))))});
}

}  // namespace

void log_ike_keys(Context& context, const IkeSa& ike_sa) {
  const auto keys = ike_sa.cipher->keys(ike_sa.is_original_initiator);
  context.key_log.push_back(
      {KeyLogEntry::Table::Ikev2DecryptionTable,
       Secret::copy_of(as_bytes(fmt::format(
           R"({},{},{},{},"{}",{},{},"{}")", ike_sa.spi_i.to_string(), ike_sa.spi_r.to_string(), to_hex(keys.encryption_i),
           to_hex(keys.encryption_r), ike_encryption_name(ike_sa.suite.cipher), to_hex(keys.integrity_i),
           to_hex(keys.integrity_r), ike_integrity_name(ike_sa.suite.cipher.integrity))))});
}

void log_child_keys(Context& context, const InstallChildSa& child) {
  const IpAddress& here = child.path.path.local.address;
  const IpAddress& there = child.path.path.peer.address;
  log_direction(context, child, there, here, child.spi_inbound, child.inbound_encryption_key, child.inbound_integrity_key);
  log_direction(context, child, here, there, child.spi_outbound, child.outbound_encryption_key, child.outbound_integrity_key);
}

}  // namespace agilevpn::ike
