// One session with a PKCS#11 token, in the terms of its C API; what tokens.cpp is made of.
#pragma once

#include <p11-kit/p11-kit.h>

#include <string>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "linux/tokens.h"

namespace agilevpn::linux {

// A token that a URI fits, and where it is.
struct TokenSlot {
  CK_FUNCTION_LIST* functions = nullptr;
  CK_SLOT_ID id = 0;
  CK_FLAGS flags = 0;
  std::string label;
};

// What an object must be.
using TokenTemplate = std::vector<CK_ATTRIBUTE>;

class TokenSession {
 public:
  static Result<TokenSession, TokenError> open(const TokenSlot& slot);
  TokenSession(TokenSession&& other) noexcept : slot_(other.slot_), handle_(std::exchange(other.handle_, 0)) {}
  ~TokenSession();

  const TokenSlot& slot() const { return slot_; }
  // Nothing to do if the token wants none.
  Result<void, TokenError> log_in(const Secret& pin);
  std::vector<CK_OBJECT_HANDLE> find(TokenTemplate wanted) const;
  // Empty if the object does not have it, or does not show it.
  Bytes attribute(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) const;
  // `pin` again, for keys that want it before every signature (CKA_ALWAYS_AUTHENTICATE).
  Result<Bytes, TokenError> sign(CK_OBJECT_HANDLE key, CK_MECHANISM mechanism, ByteView octets, const Secret& pin);

 private:
  TokenSession(TokenSlot slot, CK_SESSION_HANDLE handle) : slot_(std::move(slot)), handle_(handle) {}
  Result<void, TokenError> log_in(CK_USER_TYPE user, const Secret& pin);
  Failure<TokenError> failed(CK_RV reason) const;

  TokenSlot slot_;
  CK_SESSION_HANDLE handle_ = 0;
};

}  // namespace agilevpn::linux
