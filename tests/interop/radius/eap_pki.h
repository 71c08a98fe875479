// The certificates of lab/credentials.py for the programs of this folder: the folder in the environment variable
// EAP_PKI, and "1.2" in EAP_TLS for a server that goes no further.
#pragma once

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/check.h"
#include "crypto/tls.h"

namespace agilevpn::interop {

class EapPki {
 public:
  static std::optional<EapPki> from_environment() {
    const char* const folder = std::getenv("EAP_PKI");
    return folder ? std::optional{EapPki{folder}} : std::nullopt;
  }

  crypto::TlsContext server() const { return context(crypto::TlsRole::Server, "gateway"); }
  crypto::TlsContext client() const { return context(crypto::TlsRole::Client, "anna"); }
  // A server must be vpn.example.org, a user anyone of this CA.
  crypto::VerifyCertificates verify(crypto::TlsRole other) const {
    return [verifier = verifier_,
            other](const std::vector<crypto::Certificate>& chain) -> Result<crypto::TlsVerdict, crypto::TlsRefusal> {
      const bool is_server = other == crypto::TlsRole::Server;
      const crypto::CertificateName name =
          is_server ? crypto::CertificateName{crypto::CertificateName::Kind::Dns, to_bytes("vpn.example.org")}
                    : chain.front().names().front();
      using Purpose = crypto::CertificateRules::Purpose;
      const auto now = std::chrono::floor<WallTime::duration>(std::chrono::system_clock::now());
      const auto verified =
          verifier->verify(chain, name, {.purpose = is_server ? Purpose::Gateway : Purpose::Client}, now);
      if (!verified) return Failure{crypto::TlsRefusal{verified.error().check, verified.error().to_string()}};
      return crypto::TlsVerdict::Believed;
    };
  }

 private:
  explicit EapPki(std::string folder)
      : folder_(std::move(folder)),
        verifier_(std::make_shared<crypto::Verifier>(*crypto::Certificate::from_pem(read("ca.pem")),
                                                     std::vector<crypto::Crl>{})) {}

  Bytes read(const std::string& name) const {
    std::ifstream file{folder_ + "/" + name};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    CHECK(!text.empty());
    return to_bytes(text);
  }
  crypto::TlsContext context(crypto::TlsRole role, const std::string& who) const {
    const char* const newest = std::getenv("EAP_TLS");
    const bool is_old = newest && std::string_view{newest} == "1.2";
    auto made = crypto::TlsContext::make({.role = role,
                                          .chain = *crypto::Certificate::from_pem(read(who + ".pem")),
                                          .key = *crypto::PrivateKey::parse(read(who + ".key")),
                                          .authorities = verifier_->anchors(),
                                          .newest = is_old ? crypto::TlsVersion::Tls12 : crypto::TlsVersion::Tls13});
    CHECK(made);
    return *std::move(made);
  }

  std::string folder_;
  std::shared_ptr<crypto::Verifier> verifier_;
};

}  // namespace agilevpn::interop
