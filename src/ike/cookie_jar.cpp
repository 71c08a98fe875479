#include "ike/cookie_jar.h"

#include "base/check.h"
#include "base/codec.h"
#include "crypto/prf.h"
#include "ike/limits.h"

namespace agilevpn::ike {

Bytes CookieJar::bake(const Recipe& recipe, ByteView n_i, const IpAddress& initiator, IkeSpi spi_i) {
  const auto hmac = crypto::Prf::find(crypto::PrfId::HmacSha2_256);
  CHECK(hmac.has_value());
  const Secret mac = (*hmac)(recipe.secret.view(), {n_i, initiator.bytes(), Writer{}.u64(spi_i.value).take()});
  return Writer{}.u8(recipe.version).bytes(mac.view()).take();
}

Bytes CookieJar::make(Instant now, Random& random, ByteView n_i, const IpAddress& initiator, IkeSpi spi_i) {
  if (current_.secret.empty() || now >= current_.made + limits::cookie_secret_lifetime) {
    previous_ = std::move(current_);
    current_ = {static_cast<std::uint8_t>(previous_.version + 1), random.secret_bytes(32), now};
  }
  return bake(current_, n_i, initiator, spi_i);
}

bool CookieJar::is_valid(Instant now, ByteView cookie, ByteView n_i, const IpAddress& initiator, IkeSpi spi_i) const {
  for (const Recipe* recipe : {&current_, &previous_}) {
    if (recipe->secret.empty() || now >= recipe->made + 2 * limits::cookie_secret_lifetime) continue;
    if (equal_in_constant_time(cookie, bake(*recipe, n_i, initiator, spi_i))) return true;
  }
  return false;
}

}  // namespace agilevpn::ike
