// What is kept of a password, as text that says what it is:
//
//   $nt$HASH                            the NT hash (RFC 2759 §8.3), which EAP-MSCHAPv2 needs on the server. MD4
//   without salt:
//                                       who reads it logs in with it as with the password, and guesses billions a
//                                       second.
//   $scrypt$ln=15,r=8,p=1$SALT$HASH     scrypt (RFC 7914): for those who send their password inside TLS (EAP-TTLS/PAP,
//                                       EAP-GTC), and for certificates alone. Nobody logs in with it.
//
// All octets in hex.
#pragma once

#include <variant>

#include "base/random.h"
#include "base/secret.h"
#include "crypto/mschap.h"
#include "crypto/scrypt.h"
#include "store/store_error.h"

namespace agilevpn::store {

enum class PasswordKind : std::uint8_t { None, NtHash, Scrypt };
std::string to_string(PasswordKind kind);  // "none", "NT hash", "scrypt"

// What making a password takes.
struct PasswordHashing {
  const crypto::MsChap* mschap;  // Null: MSCHAPv2 is switched off.
  Random& random;
  crypto::ScryptCost cost = {};
};

class StoredPassword {
 public:
  // Refuses an empty password, one that is too long, and what is no UTF-8; an NT hash where MSCHAPv2 is switched off.
  static Stored<StoredPassword> make(PasswordKind kind, const Secret& utf8, const PasswordHashing& hashing);
  static Stored<StoredPassword> parse(const Secret& text);
  // One that no password is, and that costs as much to check as any.
  static StoredPassword nobodys();
  Secret to_text() const;

  PasswordKind kind() const;
  // 16 octets; null for the other kind.
  const Secret* nt_hash() const { return std::get_if<Secret>(&kept_); }
  // Takes some 80 ms for scrypt: not on the thread that serves everybody. Without MSCHAPv2 no NT hash has a password.
  bool check(const Secret& utf8, const crypto::MsChap* mschap) const;
  StoredPassword copy() const;

 private:
  struct Scrypt {
    crypto::ScryptCost cost;
    Bytes salt;
    Secret hash;
  };
  using Kept = std::variant<Secret, Scrypt>;
  explicit StoredPassword(Kept kept) : kept_(std::move(kept)) {}
  static Stored<StoredPassword> parse_scrypt(std::string_view text);

  Kept kept_;
};

}  // namespace agilevpn::store
