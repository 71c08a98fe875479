#include "store/stored_password.h"

#include <fmt/format.h>

#include <charconv>
#include <span>

#include "base/text.h"
#include "store/limits.h"

namespace agilevpn::store {

namespace {

constexpr std::string_view nt_mark = "$nt$", scrypt_mark = "$scrypt$";
constexpr std::size_t nt_hash_size = 16, scrypt_hash_size = 32, salt_size = 16;

std::string_view view_of(const Secret& text) {
  return {reinterpret_cast<const char*>(text.view().data()), text.size()};
}

Stored<> check_password_text(const Secret& utf8) {
  if (utf8.empty()) return refuse("the password is empty");
  if (utf8.size() > limits::password_size_max) return refuse("the password is too long", "256 characters at most");
  if (!is_printable(view_of(utf8))) return refuse("the password is no UTF-8 text, or has control characters in it");
  return {};
}

// Ends with the secret in hexadecimal digits; what it is put together from is wiped.
Secret with_hex(std::string_view head, const Secret& secret) {
  std::string hex = to_hex(secret.view());
  Secret text{concat({to_bytes(head), std::as_bytes(std::span{hex})})};
  wipe(std::as_writable_bytes(std::span{hex}));
  return text;
}

Failure<StoreError> damaged_password() {
  return Failure{StoreError{Cause::Damaged, "the database has a password in a form that is not known",
                            "set it anew: agilevpn user password NAME"}};
}

// Takes "ln=" and a number off the front.
bool take_number(std::string_view& text, std::string_view name, unsigned& out) {
  if (!text.starts_with(name)) return false;
  text.remove_prefix(name.size());
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return error == std::errc{};
}

}  // namespace

std::string to_string(PasswordKind kind) {
  switch (kind) {
    case PasswordKind::None: return "none";
    case PasswordKind::NtHash: return "NT hash";
    case PasswordKind::Scrypt: return "scrypt";
  }
  return "?";
}

Stored<StoredPassword> StoredPassword::make(PasswordKind kind, const Secret& utf8, const PasswordHashing& hashing) {
  TRY(check_password_text(utf8));
  if (kind == PasswordKind::NtHash) {
    if (!hashing.mschap) return refuse("without MSCHAPv2 there are no NT hashes", "keep the password with scrypt");
    auto hash = hashing.mschap->nt_password_hash(utf8);
    if (!hash) return refuse(hash.error().what, hash.error().help);
    return StoredPassword{std::move(*hash)};
  }
  Bytes salt = hashing.random.public_bytes(salt_size);
  auto hash = crypto::scrypt(utf8, salt, hashing.cost, scrypt_hash_size);
  if (!hash) return refuse("scrypt does not take this cost");
  return StoredPassword{Scrypt{hashing.cost, std::move(salt), std::move(*hash)}};
}

Stored<StoredPassword> StoredPassword::parse(const Secret& text) {
  const std::string_view whole = view_of(text);
  if (whole.starts_with(scrypt_mark)) return parse_scrypt(whole.substr(scrypt_mark.size()));
  if (!whole.starts_with(nt_mark)) return damaged_password();
  auto hash = from_hex(whole.substr(nt_mark.size()));
  if (!hash || hash->size() != nt_hash_size) return damaged_password();
  return StoredPassword{Secret{std::move(*hash)}};
}

Stored<StoredPassword> StoredPassword::parse_scrypt(std::string_view text) {
  Scrypt kept;
  const bool has_cost = take_number(text, "ln=", kept.cost.log2_n) && take_number(text, ",r=", kept.cost.r) &&
                        take_number(text, ",p=", kept.cost.p);
  const auto middle = text.find('$', 1);
  if (!has_cost || !text.starts_with('$') || middle == text.npos) return damaged_password();
  auto salt = from_hex(text.substr(1, middle - 1)), hash = from_hex(text.substr(middle + 1));
  if (!salt || !hash || hash->size() != scrypt_hash_size) return damaged_password();
  kept.salt = std::move(*salt);
  kept.hash = Secret{std::move(*hash)};
  return StoredPassword{std::move(kept)};
}

StoredPassword StoredPassword::nobodys() {
  return StoredPassword{Scrypt{{}, Bytes(salt_size), Secret{Bytes(scrypt_hash_size)}}};
}

Secret StoredPassword::to_text() const {
  if (const Secret* hash = nt_hash()) return with_hex(nt_mark, *hash);
  const Scrypt& kept = std::get<Scrypt>(kept_);
  return with_hex(
      fmt::format("{}ln={},r={},p={}${}$", scrypt_mark, kept.cost.log2_n, kept.cost.r, kept.cost.p, to_hex(kept.salt)),
      kept.hash);
}

PasswordKind StoredPassword::kind() const { return nt_hash() ? PasswordKind::NtHash : PasswordKind::Scrypt; }

bool StoredPassword::check(const Secret& utf8, const crypto::MsChap* mschap) const {
  if (const Secret* kept = nt_hash()) {
    if (!mschap) return false;
    const auto hash = mschap->nt_password_hash(utf8);
    return hash && *hash == *kept;
  }
  const Scrypt& kept = std::get<Scrypt>(kept_);
  const auto hash = crypto::scrypt(utf8, kept.salt, kept.cost, scrypt_hash_size);
  return hash && *hash == kept.hash;
}

StoredPassword StoredPassword::copy() const {
  if (const Secret* hash = nt_hash()) return StoredPassword{hash->copy()};
  const Scrypt& kept = std::get<Scrypt>(kept_);
  return StoredPassword{Scrypt{kept.cost, kept.salt, kept.hash.copy()}};
}

}  // namespace agilevpn::store
