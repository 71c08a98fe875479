#include "daemon/token_keys.h"

#include <fmt/format.h>

#include <future>
#include <utility>

#include "daemon/limits.h"
#include "linux/clock.h"

namespace agilevpn::daemon {

namespace {

ike::Answer refuse(const std::string& why) { return ike::Refused{.reason = "cannot sign: " + why}; }
Error no_answer() { return {"the token does not answer", "is its reader well, or does it wait for something?"}; }

}  // namespace

struct TokenKeys::Key {
  linux::TokenKey key;
  crypto::PublicKey public_key;
  // Not tried again: a few wrong PINs lock a token, and a client that reconnects by itself would soon have tried them.
  std::optional<std::string> refused_pin;
};

struct TokenKeys::Waiting {
  Waiting(linux::EventLoop& loop, Done d, std::function<void()> expired)
      : done(std::move(d)), patience(loop, std::move(expired)) {}
  Done done;
  linux::Timer patience;
};

TokenKeys::TokenKeys(linux::EventLoop& loop)
    : loop_(loop), tokens_(std::make_shared<linux::Tokens>()), background_(loop) {}

TokenKeys::~TokenKeys() = default;

void TokenKeys::set(const std::string& name, control::config::TokenLogin login) {
  keys_[name] = std::make_shared<Key>(Key{std::move(login.key), std::move(login.public_key), {}});
}

void TokenKeys::retry_pin(const std::string& name) {
  if (const auto found = keys_.find(name); found != keys_.end()) found->second->refused_pin.reset();
}

void TokenKeys::sign(const ike::Sign& question, Done done) {
  const auto found = keys_.find(question.key);
  if (found == keys_.end()) return done(refuse("nobody here has that private key"));
  const auto key = found->second;
  if (key->refused_pin) return done(refuse(*key->refused_pin));
  if (background_.waiting() >= token_waiting_max) return done(refuse("too many wait for the token"));
  const std::uint64_t number = ++last_number_;
  const auto expire = [this, number] { conclude(number, refuse(no_answer().to_string())); };
  const auto& waiting = waiting_[number] = std::make_unique<Waiting>(loop_, std::move(done), expire);
  waiting->patience.arm(linux::now() + token_patience);
  background_.run([this, tokens = tokens_, key, number, question]() -> linux::Background::Conclusion {
    auto signature =
        std::make_shared<Result<Bytes, linux::TokenError>>(tokens->sign(key->key, question.scheme, question.octets));
    const bool fits = *signature && key->public_key.verify(question.scheme, question.octets, **signature);
    return [this, key, number, signature, fits] {  // In the loop, where `this` is still there.
      if (!*signature && signature->error().is_about_pin) key->refused_pin = signature->error().error.to_string();
      if (!*signature) return conclude(number, refuse(signature->error().error.to_string()));
      if (!fits) return conclude(number, refuse("the token's key does not belong to the certificate"));
      conclude(number, ike::Signature{std::move(**signature)});
    };
  });
}

void TokenKeys::conclude(std::uint64_t number, ike::Answer answer) {
  auto found = waiting_.extract(number);
  if (!found.empty()) found.mapped()->done(std::move(answer));
}

Result<linux::TokenCertificate, Error> TokenKeys::read_certificate(const linux::TokenKey& key) {
  using Read = Result<linux::TokenCertificate, linux::TokenError>;
  const auto promise = std::make_shared<std::promise<Read>>();
  auto future = promise->get_future();
  const auto wanted = std::make_shared<const linux::TokenKey>(key.copy());
  background_.run([tokens = tokens_, wanted, promise]() -> linux::Background::Conclusion {
    promise->set_value(tokens->certificate(wanted->uri, wanted->pin));
    return [] {};
  });
  if (future.wait_for(token_read_patience) != std::future_status::ready) return Failure{no_answer()};
  Read read = future.get();
  if (!read) return Failure{read.error().error};
  return *std::move(read);
}

}  // namespace agilevpn::daemon
