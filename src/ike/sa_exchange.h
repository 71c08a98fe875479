// An exchange of ours that makes an SA out of fresh keys: CREATE_CHILD_SA, and IKE_FOLLOWUP_KE after it for each
// additional key exchange that was chosen (RFC 9370 §2.2.4). What the SA is says each kind (create_child_exchange.h,
// rekey_ike.cpp).
#pragma once

#include <algorithm>
#include <optional>
#include <variant>
#include <vector>

#include "ike/followup_ke.h"
#include "ike/key_schedule.h"
#include "ike/session.h"

namespace agilevpn::ike {

// The key exchange methods that an SA made on this IKE SA may have: its own, and those of our policy.
std::vector<crypto::KeyExchangeId> accepted_methods(const Session& session, const IkeSa& ike_sa);
bool accepts_method(const Session& session, const IkeSa& ike_sa, crypto::KeyExchangeId method);

class SaExchange : public Exchange {
 public:
  // Of the peer's own rekey: its Child SA, or the local SPI of its IKE SA. Neither: it is not made yet.
  using Successor = std::variant<std::monostate, ChildSaId, IkeSpi>;

  wire::ExchangeType type() const final {
    return followup_ ? wire::ExchangeType::IkeFollowupKe : wire::ExchangeType::CreateChildSa;
  }
  bool goes_on() const final { return followup_ && !followup_->is_over(); }
  std::optional<wire::Payloads> build(Session& session, IkeSa& ike_sa, Instant now) final;
  void process(Session& session, IkeSa& ike_sa, Instant now, const wire::Payloads& response) final;

  // The peer rekeyed the same SA while our request was under way (§2.8.1, §2.8.2), or is about it.
  void note_collision(Successor successor, Bytes lowest_nonce) {
    collision_ = Collision{successor, std::move(lowest_nonce)};
  }

 protected:
  struct KeyExchanges {
    crypto::KeyExchangeId method;  // None: the SA has no key exchange of its own.
    std::vector<wire::Transform> additional;
  };
  // The request CREATE_CHILD_SA, as build(), with what make_keys() and ke_payload() give.
  virtual std::optional<wire::Payloads> propose(Session& session, IkeSa& ike_sa, Instant now) = 0;
  // The SA of the response. Nothing if it is not one that was offered.
  virtual std::optional<KeyExchanges> read(const wire::Payloads& response) = 0;
  virtual void handle_error(Session& session, Instant now, const wire::NotifyPayload& error) = 0;
  // Another try, by a new exchange, since the peer's rekey goes first.
  virtual void retry(Session& session, Instant at) = 0;
  // All secrets are there.
  virtual void finish(Session& session, IkeSa& ike_sa, Instant now, const KeySeed& seed) = 0;

  void make_keys(Session& session);
  // The method that INVALID_KE_PAYLOAD asks for, if it is one that we accept and this was the first try.
  std::optional<crypto::KeyExchangeId> other_method(const Session& session, const wire::NotifyPayload& error) const;
  // The second try, with the method that the peer asked for. There is no third.
  void insist_on(crypto::KeyExchangeId method) {
    method_ = method;
    is_second_try_ = true;
  }
  bool collides() const { return collision_.has_value(); }
  // The successor that the peer made meanwhile.
  template <class Id>
  const Id* rival() const {
    return collision_ ? std::get_if<Id>(&collision_->successor) : nullptr;
  }
  // Of two successors, the one made with the lowest of the four nonces goes.
  bool loses() const { return collision_ && std::min(nonce_, peer_nonce_) < collision_->lowest_nonce; }

  std::optional<crypto::KeyExchangeId> method_;
  std::optional<crypto::KeyExchange> key_exchange_;
  Bytes nonce_;
  Proposals offer_;

 private:
  struct Collision {
    Successor successor;
    Bytes lowest_nonce;
  };
  std::optional<KeyExchanges> read_response(const wire::Payloads& response);
  void begin_followup(Session& session, Instant now, std::vector<wire::Transform> additional,
                      const wire::Payloads& response);
  void give_up(Session& session);
  void conclude(Session& session, IkeSa& ike_sa, Instant now);

  std::optional<Collision> collision_;
  bool is_second_try_ = false;
  IkeSpi negotiated_on_;
  Bytes peer_nonce_;
  Secret g_ir_;
  std::optional<FollowupKe> followup_;
};

}  // namespace agilevpn::ike
