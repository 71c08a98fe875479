// The private keys that lie on PKCS#11 tokens, as the roles' Sign asks want them: signed on the token, in a thread of
// its own, so that a slow one delays nobody but who waits for it.
#pragma once

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
  // A PIN that was refused is tried again: its user wants it.
  void retry_pin(const std::string& name);
  // Calls `done` once, later: with a Signature, or Refused and why.
  void sign(const ike::Sign& question, Done done);
  // The certificate that `key` names, read now: waits for the token, but not for ever.
  Result<linux::TokenCertificate, Error> read_certificate(const linux::TokenKey& key);

 private:
  struct Key;
  struct Waiting;
  void conclude(std::uint64_t number, ike::Answer answer);

  linux::EventLoop& loop_;
  std::shared_ptr<linux::Tokens> tokens_;  // The thread's.
  std::map<std::string, std::shared_ptr<Key>> keys_;
  std::map<std::uint64_t, std::unique_ptr<Waiting>> waiting_;
  std::uint64_t last_number_ = 0;
  linux::Background background_;
};

}  // namespace agilevpn::daemon
