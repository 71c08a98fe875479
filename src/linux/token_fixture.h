// A token of SoftHSM named "anna", with the PIN 1234, which pkcs11-tool (OpenSC) puts keys on.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "crypto/certificate_authority.h"
#include "linux/program.h"
#include "linux/tokens.h"

namespace agilevpn::linux {

class TokenFixture : public testing::Test {
 protected:
  static constexpr WallTime start{std::chrono::sys_days{std::chrono::year{2026} / 11 / 1}.time_since_epoch()};

  void SetUp() override {
    if (!find_program("softhsm2-util") || !find_program("pkcs11-tool")) GTEST_SKIP() << "needs softhsm2 and opensc";
    std::string pattern = testing::TempDir() + "tokenXXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    std::filesystem::create_directory(folder_ / "tokens");
    std::ofstream(folder_ / "softhsm2.conf")
        << "directories.tokendir = " << (folder_ / "tokens").string() << "\nlog.level = ERROR\n";
    ::setenv("SOFTHSM2_CONF", (folder_ / "softhsm2.conf").c_str(), 1);
    run("softhsm2-util --init-token --free --label anna --pin 1234 --so-pin 5678");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static void run(const std::string& command) {
    ASSERT_EQ(std::system((command + " >/dev/null 2>&1").c_str()), 0) << command;
  }
  // A key and its certificate under this label; the certificate.
  crypto::Certificate put(crypto::KeyType type, const std::string& label) {
    const auto key = crypto::PrivateKey::generate(type);
    const auto own = ca_.issue({.subject = "CN=" + label,
                                .names = {},
                                .not_before = start,
                                .not_after = start + 1000h,
                                .extended_key_usages = {}},
                               key.public_key());
    std::ofstream(folder_ / "key.pem") << to_text(key.to_pem().view());
    std::ofstream(folder_ / "own.pem") << own->to_pem();
    run(
        fmt::format("openssl pkey -in {0}/key.pem -outform DER -out {0}/key.der && openssl x509 -in {0}/own.pem "
                    "-outform DER -out {0}/own.der",
                    folder_.string()));
    const std::string id = to_hex(as_bytes(label));
    for (const auto& [file, kind] : {std::pair{"key.der", "privkey"}, std::pair{"own.der", "cert"}})
      run(
          fmt::format("pkcs11-tool --module /usr/lib/softhsm/libsofthsm2.so --token-label anna --login --pin 1234 "
                      "--write-object {}/{} --type {} --id {} --label {}",
                      folder_.string(), file, kind, id, label));
    return *own;
  }
  static TokenUri uri(const std::string& text) { return parse_token_uri(text)->uri; }
  static Secret pin(std::string_view text = "1234") { return Secret{to_bytes(text)}; }
  std::filesystem::path folder_;
  crypto::CertificateAuthority ca_ =
      crypto::CertificateAuthority::create("CN=CA", crypto::KeyType::EcdsaP256, start, start + 2000h);
};

}  // namespace agilevpn::linux
