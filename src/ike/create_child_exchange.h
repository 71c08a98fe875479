// Our own CREATE_CHILD_SA exchange, for a new Child SA or for the successor of one (create_child.h).
#pragma once

#include "ike/sa_exchange.h"

namespace agilevpn::ike {

class CreateChildExchange final : public SaExchange {
 public:
  explicit CreateChildExchange(ChildSaId rekeyed) : rekeyed_(rekeyed) {}
  CreateChildExchange(TrafficSelectors ts_local, TrafficSelectors ts_remote)
      : ts_local_(std::move(ts_local)), ts_remote_(std::move(ts_remote)) {}

  Kind kind() const override { return rekeyed_ ? Kind::RekeyChild : Kind::CreateChild; }
  std::optional<ChildSaId> child() const override { return rekeyed_; }

 private:
  std::optional<wire::Payloads> propose(Session& session, IkeSa& ike_sa, Instant now) override;
  std::optional<KeyExchanges> read(const wire::Payloads& response) override;
  void handle_error(Session& session, Instant now, const wire::NotifyPayload& error) override;
  bool learns_from(Session& session, Instant now, const wire::NotifyPayload& error);
  void retry(Session& session, Instant at) override;
  void finish(Session& session, IkeSa& ike_sa, Instant now, const KeySeed& seed) override;
  // The same, with this key exchange.
  std::unique_ptr<Exchange> with(crypto::KeyExchangeId method) const;
  ChildSa* rival_child(Session& session) const;
  void settle(Session& session, Instant now, ChildSaId successor, bool is_loser);

  std::optional<ChildSaId> rekeyed_;
  TrafficSelectors ts_local_, ts_remote_;
  EspSpi spi_inbound_;
  ChildSa negotiated_;  // Of the response.
};

}  // namespace agilevpn::ike
