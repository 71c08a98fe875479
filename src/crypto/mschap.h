// What MSCHAPv2 computes (RFC 2759 §8, RFC 3079 §3): passwords to hashes, challenges to responses, both to keys.
//
// MD4, single DES and SHA-1 are broken and wanted by nothing else. They live here, in an OpenSSL library context of their
// own, whose legacy provider no other code can reach. An MsChap is loaded once by whoever builds the house and handed down;
// who is handed none cannot do MSCHAPv2, and so it is switched off.
//
// A user name goes in as it was sent, with or without "DOMAIN\": the hashes leave the domain out (RFC 2759 §8.2). Names are
// opaque octets here; passwords are UTF-8. Reading only: one MsChap may serve many threads.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/secret.h"

namespace agilevpn::crypto {

using MsChapChallenge = std::array<std::byte, 16>;
using NtResponse = std::array<std::byte, 24>;

// What both ends know before the password.
struct MsChapInputs {
  MsChapChallenge authenticator_challenge{};
  MsChapChallenge peer_challenge{};
  std::string user;
};

// Octets as MSCHAPv2 writes them in text: upper case (RFC 2759 §5).
std::string to_upper_hex(ByteView octets);

class MsChap {
 public:
  // Fails where OpenSSL's legacy provider is not installed. `module_folder`: where to look for it, if not where OpenSSL
  // keeps its modules.
  static Result<MsChap, Error> load(const std::string& module_folder = {});
  MsChap(MsChap&&) noexcept;
  MsChap& operator=(MsChap&&) noexcept;
  ~MsChap();

  // RFC 2759 §8.3, 16 octets. Whoever knows it can log in as if it knew the password. Fails on a password that is not UTF-8
  // or has more than 256 UTF-16 units.
  Result<Secret, Error> nt_password_hash(const Secret& password) const;

  // §8.1
  NtResponse nt_response(const Secret& password_hash, const MsChapInputs& inputs) const;
  bool is_nt_response(const NtResponse& claimed, const Secret& password_hash, const MsChapInputs& inputs) const;

  // §8.7: "S=" and 40 hexadecimal digits.
  std::string authenticator_response(const Secret& password_hash, const NtResponse& response,
                                     const MsChapInputs& inputs) const;
  // §8.8. Digits may be of either case: the RFC wants upper, and not everyone read it.
  bool is_authenticator_response(std::string_view claimed, const Secret& password_hash, const NtResponse& response,
                                 const MsChapInputs& inputs) const;

  // RFC 3079 §3.4, 16 octets each. A server receives with client_to_server (MS-MPPE-Recv-Key) and sends with the other.
  struct Keys {
    Secret client_to_server, server_to_client;
  };
  Keys keys(const Secret& password_hash, const NtResponse& response) const;
  // 64 octets: client_to_server, server_to_client, zeros ([MS-CHAP] §3.1.5.1; Windows 7's betas had another order).
  Secret msk(const Secret& password_hash, const NtResponse& response) const;

  // ---- Steps of the above, for their vectors.
  std::array<std::byte, 8> challenge_hash(const MsChapInputs& inputs) const;         // RFC 2759 §8.2
  Secret hash_nt_password_hash(const Secret& password_hash) const;                   // §8.4
  Secret master_key(const Secret& password_hash, const NtResponse& response) const;  // RFC 3079 §3.4

 private:
  struct Algorithms;
  explicit MsChap(std::unique_ptr<Algorithms> algorithms);
  std::unique_ptr<Algorithms> algorithms_;
};

}  // namespace agilevpn::crypto
