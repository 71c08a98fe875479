// The private keys that lie on PKCS#11 tokens, as the roles' Sign asks want them: signed on the token, in a thread of
// its own, so that a slow one delays nobody but who waits for it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "control/config/token_credentials.h"
#include "ike/ask.h"
#include "linux/background.h"

namespace agilevpn::daemon {

class TokenKeys {
 public:
  using Done = std::function<void(ike::Answer)>;

  explicit TokenKeys(linux::EventLoop& loop);
  ~TokenKeys();
  TokenKeys(const TokenKeys&) = delete;

  // From now on `name` (ike::CertificateAuth::key) is this key.
  void set(const std::string& name, control::config::TokenLogin login);
  // The user wants `name` to sign. A PIN of the configuration that was refused is tried again; `pin` is what the user typed
  // where it has none, may be empty, and is kept until the token refuses it.
  void retry_pin(const std::string& name, Secret pin);
  void forget_pin(const std::string& name) { typed_pins_.erase(name); }
  // The label of the token of `key` that will ask for a PIN which nobody has given; empty: none.
  Result<std::string, Error> pin_wanted(const std::string& name, const linux::TokenKey& key);
  // Calls `done` once, later: with a Signature, or Refused and why.
  void sign(const ike::Sign& question, Done done);
  // The certificate that `key` names, read now: waits for the token, but not for ever.
  Result<linux::TokenCertificate, Error> read_certificate(const std::string& name, const linux::TokenKey& key);

 private:
  struct Key;
  struct Waiting;
  void conclude(std::uint64_t number, ike::Answer answer);
  // With the PIN that the user typed, if it has none of its own.
  std::shared_ptr<const linux::TokenKey> with_pin(const std::string& name, const linux::TokenKey& key) const;
  // What the thread makes of a token: waits for it, but not for ever.
  template <class Value>
  Result<Value, linux::TokenError> wait_for(std::function<Result<Value, linux::TokenError>()> work);

  linux::EventLoop& loop_;
  std::shared_ptr<linux::Tokens> tokens_;  // The thread's.
  std::map<std::string, std::shared_ptr<Key>> keys_;
  std::map<std::string, Secret> typed_pins_;
  std::map<std::uint64_t, std::unique_ptr<Waiting>> waiting_;
  std::uint64_t last_number_ = 0;
  linux::Background background_;
};

}  // namespace agilevpn::daemon
