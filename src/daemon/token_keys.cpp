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

void TokenKeys::retry_pin(const std::string& name, Secret pin) {
  if (const auto found = keys_.find(name); found != keys_.end()) found->second->refused_pin.reset();
  if (!pin.empty()) typed_pins_[name] = std::move(pin);
}

std::shared_ptr<const linux::TokenKey> TokenKeys::with_pin(const std::string& name, const linux::TokenKey& key) const {
  auto copy = std::make_shared<linux::TokenKey>(key.copy());
  const auto typed = typed_pins_.find(name);
  if (copy->pin.empty() && typed != typed_pins_.end()) copy->pin = typed->second.copy();
  return copy;
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
  const auto unlocked = with_pin(question.key, key->key);
  background_.run([this, tokens = tokens_, key, unlocked, number, question]() -> linux::Background::Conclusion {
    auto signature =
        std::make_shared<Result<Bytes, linux::TokenError>>(tokens->sign(*unlocked, question.scheme, question.octets));
    const bool fits = *signature && key->public_key.verify(question.scheme, question.octets, **signature);
    return [this, key, name = question.key, number, signature, fits] {  // In the loop, where `this` is still there.
      if (!*signature && signature->error().is_about_pin)
        key->refused_pin = signature->error().error.to_string(), forget_pin(name);
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

template <class Value>
Result<Value, linux::TokenError> TokenKeys::wait_for(std::function<Result<Value, linux::TokenError>()> work) {
  const auto promise = std::make_shared<std::promise<Result<Value, linux::TokenError>>>();
  auto future = promise->get_future();
  background_.run([work = std::move(work), promise]() -> linux::Background::Conclusion {
    promise->set_value(work());
    return [] {};
  });
  if (future.wait_for(token_read_patience) != std::future_status::ready) return Failure{linux::TokenError{no_answer()}};
  return future.get();
}

Result<std::string, Error> TokenKeys::pin_wanted(const std::string& name, const linux::TokenKey& key) {
  auto asking =
      wait_for<std::string>([tokens = tokens_, wanted = with_pin(name, key)] { return tokens->pin_wanted(*wanted); });
  if (!asking) return Failure{asking.error().error};
  return *std::move(asking);
}

Result<linux::TokenCertificate, Error> TokenKeys::read_certificate(const std::string& name,
                                                                   const linux::TokenKey& key) {
  auto read = wait_for<linux::TokenCertificate>(
      [tokens = tokens_, wanted = with_pin(name, key)] { return tokens->certificate(wanted->uri, wanted->pin); });
  if (!read && read.error().is_about_pin) forget_pin(name);
  if (!read) return Failure{read.error().error};
  return *std::move(read);
}

}  // namespace agilevpn::daemon
