#include "linux/token_session.h"

#include <fmt/format.h>

#include <array>

namespace agilevpn::linux {

namespace {

CK_BYTE* octets_of(ByteView view) { return reinterpret_cast<CK_BYTE*>(const_cast<std::byte*>(view.data())); }

}  // namespace

Result<TokenSession, TokenError> TokenSession::open(const TokenSlot& slot) {
  TokenSession session{slot, 0};
  const CK_RV outcome = slot.functions->C_OpenSession(slot.id, CKF_SERIAL_SESSION, nullptr, nullptr, &session.handle_);
  if (outcome != CKR_OK) return session.failed(outcome);
  return session;
}

TokenSession::~TokenSession() {
  if (handle_ != 0) slot_.functions->C_CloseSession(handle_);  // The last one of a token logs out.
}

Failure<TokenError> TokenSession::failed(CK_RV reason) const {
  const std::string token = fmt::format("the token '{}'", slot_.label);
  switch (reason) {
    case CKR_PIN_INCORRECT:
    case CKR_PIN_INVALID:
    case CKR_PIN_LEN_RANGE:
      return Failure{TokenError{
          {fmt::format("the PIN for {} is wrong", token),
           "write the right one and connect again; it is not tried again by itself, for a few wrong ones lock a token"},
          true}};
    case CKR_PIN_LOCKED:
      return Failure{
          TokenError{{fmt::format("{} is locked after too many wrong PINs", token), "unlock it with its PUK"}, true}};
    case CKR_USER_PIN_NOT_INITIALIZED:
      return Failure{TokenError{{fmt::format("{} has no PIN yet", token), "give it one with its own tool"}, true}};
    case CKR_DEVICE_REMOVED:
    case CKR_TOKEN_NOT_PRESENT: return Failure{TokenError{{fmt::format("{} was taken out", token), "insert it again"}}};
    case CKR_MECHANISM_INVALID:
      return Failure{TokenError{{fmt::format("{} does not know this signature algorithm", token), ""}}};
    default: return Failure{TokenError{{fmt::format("{} fails: {}", token, p11_kit_strerror(reason)), ""}}};
  }
}

Result<void, TokenError> TokenSession::log_in(CK_USER_TYPE user, const Secret& pin) {
  const bool has_pin_pad = (slot_.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
  if (pin.empty() && !has_pin_pad) {
    return Failure{TokenError{{fmt::format("the token '{}' asks for its PIN, and none is given", slot_.label),
                               "write pin = \"...\" or pin-file = \"...\" beside the certificate"}}};
  }
  const CK_RV outcome =
      slot_.functions->C_Login(handle_, user, pin.empty() ? nullptr : octets_of(pin.view()), pin.size());
  if (outcome != CKR_OK && outcome != CKR_USER_ALREADY_LOGGED_IN) return failed(outcome);
  return {};
}

Result<void, TokenError> TokenSession::log_in(const Secret& pin) {
  if ((slot_.flags & CKF_LOGIN_REQUIRED) == 0) return {};
  return log_in(CKU_USER, pin);
}

std::vector<CK_OBJECT_HANDLE> TokenSession::find(TokenTemplate wanted) const {
  constexpr std::size_t objects_max = 64;  // A card holds a handful.
  std::vector<CK_OBJECT_HANDLE> found(objects_max);
  CK_ULONG count = 0;
  if (slot_.functions->C_FindObjectsInit(handle_, wanted.data(), wanted.size()) != CKR_OK) return {};
  if (slot_.functions->C_FindObjects(handle_, found.data(), found.size(), &count) != CKR_OK) count = 0;
  slot_.functions->C_FindObjectsFinal(handle_);
  found.resize(count);
  return found;
}

Bytes TokenSession::attribute(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) const {
  constexpr std::size_t attribute_max = 64 * 1024;  // No certificate is larger.
  CK_ATTRIBUTE asked{type, nullptr, 0};
  if (slot_.functions->C_GetAttributeValue(handle_, object, &asked, 1) != CKR_OK || asked.ulValueLen > attribute_max)
    return {};
  Bytes value(asked.ulValueLen);
  asked.pValue = value.data();
  if (slot_.functions->C_GetAttributeValue(handle_, object, &asked, 1) != CKR_OK) return {};
  value.resize(asked.ulValueLen);
  return value;
}

Result<Bytes, TokenError> TokenSession::sign(CK_OBJECT_HANDLE key, CK_MECHANISM mechanism, ByteView octets,
                                             const Secret& pin) {
  const CK_RV begun = slot_.functions->C_SignInit(handle_, &mechanism, key);
  if (begun != CKR_OK) return failed(begun);
  const Bytes always = attribute(key, CKA_ALWAYS_AUTHENTICATE);
  if (!always.empty() && always.front() != std::byte{0}) TRY(log_in(CKU_CONTEXT_SPECIFIC, pin));
  Bytes signature(1024);  // RSA-8192 has as many octets.
  CK_ULONG size = signature.size();
  const CK_RV signed_it =
      slot_.functions->C_Sign(handle_, octets_of(octets), octets.size(), octets_of(signature), &size);
  if (signed_it != CKR_OK) return failed(signed_it);
  signature.resize(size);
  return signature;
}

}  // namespace agilevpn::linux
