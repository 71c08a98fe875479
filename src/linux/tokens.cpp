#include "linux/tokens.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <p11-kit/uri.h>

#include <algorithm>

#include "linux/token_mechanism.h"
#include "linux/token_session.h"

namespace agilevpn::linux {

namespace {

using crypto::Certificate;

std::string trimmed(const CK_UTF8CHAR* text, std::size_t size) {
  return {reinterpret_cast<const char*>(text), p11_kit_space_strlen(text, size)};
}

// A template's value must outlive it.
CK_ATTRIBUTE class_attribute(const CK_OBJECT_CLASS& wanted) {
  return {CKA_CLASS, const_cast<CK_OBJECT_CLASS*>(&wanted), sizeof wanted};
}
CK_ATTRIBUTE id_attribute(const Bytes& id) { return {CKA_ID, const_cast<std::byte*>(id.data()), id.size()}; }

void append_attributes(TokenTemplate& wanted, const TokenUri& uri) {
  CK_ULONG count = 0;
  const CK_ATTRIBUTE* all = p11_kit_uri_get_attributes(uri.native.get(), &count);
  wanted.insert(wanted.end(), all, all + count);
}

constexpr CK_OBJECT_CLASS certificate_class = CKO_CERTIFICATE;
constexpr CK_OBJECT_CLASS key_class = CKO_PRIVATE_KEY;

std::vector<CK_OBJECT_HANDLE> find_certificates(const TokenSession& session, const TokenUri& uri) {
  TokenTemplate wanted{class_attribute(certificate_class)};
  append_attributes(wanted, uri);
  return session.find(std::move(wanted));
}

std::vector<CK_OBJECT_HANDLE> find_keys(const TokenSession& session, const TokenKey& key) {
  TokenTemplate wanted{class_attribute(key_class)};
  if (key.id) {
    wanted.push_back(id_attribute(*key.id));
  } else {
    append_attributes(wanted, key.uri);
  }
  return session.find(std::move(wanted));
}

std::string object_text(const TokenUri& uri) { return uri.object.empty() ? "" : fmt::format(" '{}'", uri.object); }

std::string list_of(const std::vector<std::string>& names) {
  return names.empty() ? "none" : fmt::format("'{}'", fmt::join(names, "', '"));
}

// ---- The CAs above a certificate, from what else is on its token.

std::vector<Certificate> all_certificates(const TokenSession& session) {
  std::vector<Certificate> all;
  for (const CK_OBJECT_HANDLE object : session.find({class_attribute(certificate_class)})) {
    if (auto parsed = Certificate::from_der(session.attribute(object, CKA_VALUE))) all.push_back(*std::move(parsed));
  }
  return all;
}

std::vector<Certificate> chain_above(const Certificate& own, const TokenSession& session) {
  constexpr std::size_t chain_max = 10;
  const auto all = all_certificates(session);
  std::vector<Certificate> chain{own};
  while (chain.size() < chain_max && chain.back().issuer() != chain.back().subject()) {
    const auto issuer = std::ranges::find_if(
        all, [&](const Certificate& other) { return other.is_ca() && other.subject() == chain.back().issuer(); });
    if (issuer == all.end()) break;
    chain.push_back(*issuer);
  }
  return chain;
}

}  // namespace

// ---- Modules

class Tokens::Modules {
 public:
  static std::unique_ptr<Modules> load(const std::string& path) {
    std::unique_ptr<Modules> modules{new Modules};
    if (path.empty()) {
      modules->list_ = p11_kit_modules_load_and_initialize(0);
      return modules->list_ ? std::move(modules) : nullptr;
    }
    CK_FUNCTION_LIST* const module = p11_kit_module_load(path.c_str(), 0);
    if (!module) return nullptr;
    if (p11_kit_module_initialize(module) != CKR_OK) return p11_kit_module_release(module), nullptr;
    modules->single_[0] = module;
    return modules;
  }
  Modules() = default;
  Modules(const Modules&) = delete;
  ~Modules() {
    if (list_) p11_kit_modules_finalize_and_release(list_);
    if (single_[0]) p11_kit_module_finalize(single_[0]), p11_kit_module_release(single_[0]);
  }

  // The tokens that are there and fit the URI; without one, the error says which are there.
  Result<std::vector<TokenSlot>, TokenError> find(const TokenUri& uri);

 private:
  void add_slots(CK_FUNCTION_LIST* module, const TokenUri& uri, std::vector<TokenSlot>& fitting,
                 std::vector<std::string>& present);

  CK_FUNCTION_LIST** list_ = nullptr;
  CK_FUNCTION_LIST* single_[2] = {nullptr, nullptr};
};

void Tokens::Modules::add_slots(CK_FUNCTION_LIST* module, const TokenUri& uri, std::vector<TokenSlot>& fitting,
                                std::vector<std::string>& present) {
  CK_INFO about{};
  if (module->C_GetInfo(&about) != CKR_OK || !p11_kit_uri_match_module_info(uri.native.get(), &about)) return;
  CK_ULONG count = 0;
  if (module->C_GetSlotList(CK_TRUE, nullptr, &count) != CKR_OK || count == 0) return;
  std::vector<CK_SLOT_ID> slots(count);
  if (module->C_GetSlotList(CK_TRUE, slots.data(), &count) != CKR_OK) return;
  slots.resize(count);
  for (const CK_SLOT_ID slot : slots) {
    CK_TOKEN_INFO token{};
    if (module->C_GetTokenInfo(slot, &token) != CKR_OK || !(token.flags & CKF_TOKEN_INITIALIZED)) continue;
    const std::string label = trimmed(token.label, sizeof token.label);
    present.push_back(label);
    if (p11_kit_uri_match_token_info(uri.native.get(), &token)) fitting.push_back({module, slot, token.flags, label});
  }
}

Result<std::vector<TokenSlot>, TokenError> Tokens::Modules::find(const TokenUri& uri) {
  std::vector<TokenSlot> fitting;
  std::vector<std::string> present;
  for (CK_FUNCTION_LIST** module = list_ ? list_ : single_; *module; ++module)
    add_slots(*module, uri, fitting, present);
  if (!fitting.empty()) return fitting;
  const std::string which = uri.token.empty() ? "no token that fits the URI" : fmt::format("no token '{}'", uri.token);
  return Failure{TokenError{
      {fmt::format("{} is there (there are: {})", which, list_of(present)), "insert it; see: p11-kit list-tokens"}}};
}

// ---- Tokens

Tokens::Tokens() = default;
Tokens::~Tokens() = default;

Result<Tokens::Modules*, TokenError> Tokens::modules_of(const TokenUri& uri) {
  auto& modules = modules_[uri.module_path];
  if (!modules) modules = Modules::load(uri.module_path);
  if (modules) return modules.get();
  return Failure{
      TokenError{{fmt::format("cannot load {}: {}", uri.module_path.empty() ? "p11-kit's modules" : uri.module_path,
                              p11_kit_message()),
                  "install the token's PKCS#11 module, for example opensc-pkcs11"}}};
}

Result<TokenCertificate, TokenError> Tokens::certificate(const TokenUri& uri, const Secret& pin) {
  TRY_ASSIGN(Modules * modules, modules_of(uri));
  TRY_ASSIGN(const auto slots, modules->find(uri));
  std::vector<std::string> labels;
  for (const TokenSlot& slot : slots) {
    TRY_ASSIGN(TokenSession session, TokenSession::open(slot));
    labels.push_back(slot.label);
    auto found = find_certificates(session, uri);
    if (found.empty() && !pin.empty()) {
      TRY(session.log_in(pin));
      found = find_certificates(session, uri);
    }
    for (const CK_OBJECT_HANDLE object : found) {
      const auto own = Certificate::from_der(session.attribute(object, CKA_VALUE));
      if (own && (!own->is_ca() || !uri.object.empty()))
        return TokenCertificate{chain_above(*own, session), session.attribute(object, CKA_ID)};
    }
  }
  return Failure{TokenError{{fmt::format("the token {} has no certificate{}", list_of(labels), object_text(uri)),
                             "see: p11tool --list-all-certs, or pkcs11-tool --list-objects"}}};
}

Result<std::string, TokenError> Tokens::pin_wanted(const TokenKey& key) {
  if (!key.pin.empty()) return std::string{};
  TRY_ASSIGN(Modules * modules, modules_of(key.uri));
  TRY_ASSIGN(const auto slots, modules->find(key.uri));
  const auto asks = [](const TokenSlot& slot) {
    return (slot.flags & CKF_LOGIN_REQUIRED) != 0 && (slot.flags & CKF_PROTECTED_AUTHENTICATION_PATH) == 0;
  };
  const auto asking = std::ranges::find_if(slots, asks);
  return asking == slots.end() ? std::string{} : asking->label;
}

Result<Bytes, TokenError> Tokens::sign(const TokenKey& key, const crypto::SignatureScheme& scheme, ByteView octets) {
  TRY_ASSIGN(Modules * modules, modules_of(key.uri));
  TRY_ASSIGN(const auto slots, modules->find(key.uri));
  std::vector<std::string> labels;
  for (const TokenSlot& slot : slots) {
    TRY_ASSIGN(TokenSession session, TokenSession::open(slot));
    labels.push_back(slot.label);
    if (slots.size() == 1 || !find_keys(session, key).empty())
      TRY(session.log_in(key.pin));  // Asks no other token with this PIN.
    const auto keys = find_keys(session, key);
    if (keys.empty()) continue;
    TokenMechanism mechanism = token_mechanism(scheme, octets);
    TRY_ASSIGN(Bytes signature, session.sign(keys.front(), mechanism.native(), mechanism.input, key.pin));
    return from_token(scheme, std::move(signature));
  }
  return Failure{TokenError{{fmt::format("the token {} has no private key{}", list_of(labels), object_text(key.uri)),
                             "certificate and key belong together by their id (CKA_ID)"}}};
}

}  // namespace agilevpn::linux
