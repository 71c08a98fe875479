#include "ike/ike_sas.h"

#include <algorithm>
#include <utility>

#include "base/timers.h"
#include "ike/limits.h"

namespace agilevpn::ike {

IkeSa* IkeSas::find(IkeSpi local) {
  const auto found = std::ranges::find(all_, local, &IkeSa::local_spi);
  return found == all_.end() ? nullptr : &*found;
}

IkeSa* IkeSas::find(const wire::Header& header) {
  const auto found = std::ranges::find_if(all_, [&](const IkeSa& ike_sa) {
    return ike_sa.local_spi() == (ike_sa.is_original_initiator ? header.spi_i : header.spi_r);
  });
  return found == all_.end() ? nullptr : &*found;
}

IkeSa& IkeSas::add(IkeSpi spi_i, IkeSpi spi_r, bool is_original_initiator) {
  IkeSa& ike_sa = all_.emplace_back();
  ike_sa.spi_i = spi_i;
  ike_sa.spi_r = spi_r;
  ike_sa.is_original_initiator = is_original_initiator;
  if (!current_) current_ = &ike_sa;
  return ike_sa;
}

bool IkeSas::make_current(IkeSa& successor) {
  if (current_ == &successor) return false;
  IkeSa& old = *std::exchange(current_, &successor);
  old.is_replaced = true;
  old.rekey_at.reset();
  if (awaited_) give_up(*awaited_);  // Unless it is the one that comes.
  awaited_ = nullptr;
  hold_until_.reset();
  successor.is_replaced = false;
  successor.forget_at = old.forget_at;  // Only close() gives one to a current one.
  return true;
}

void IkeSas::await(Instant now, IkeSa& successor) {
  if (awaited_) give_up(*awaited_);
  awaited_ = &successor;
  hold_until_ = now + limits::old_ike_linger;
  current_->rekey_at.reset();
}

// Until the peer is heard on the current one it may lack our response to its own rekey of a replaced one, and ask for it again
// when it is back.
void IkeSas::handle_heard(Instant now, const IkeSa& ike_sa) {
  if (&ike_sa != current_) return;
  for (IkeSa& other : all_)
    if (other.is_replaced && !other.forget_at) other.forget_at = now + limits::old_ike_linger;
}

void IkeSas::close(Instant now) {
  hold_until_.reset();
  current_->forget_at = now + limits::close_grace;
}

std::optional<Instant> IkeSas::next_timeout() const {
  std::optional<Instant> earliest = hold_until_;
  for (const IkeSa& ike_sa : all_) {
    if (ike_sa.outstanding) take_earlier(earliest, ike_sa.outstanding->resend_at);
    take_earlier(earliest, ike_sa.forget_at);
  }
  return earliest;
}

bool IkeSas::handle_timeout(Instant now) {
  if (is_due(hold_until_, now)) hold_until_.reset();
  if (awaited_ && is_due(awaited_->forget_at, now)) awaited_ = nullptr;
  std::erase_if(all_, [&](const IkeSa& ike_sa) { return &ike_sa != current_ && is_due(ike_sa.forget_at, now); });
  return is_due(current_->forget_at, now);
}

}  // namespace agilevpn::ike
