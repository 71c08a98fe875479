#include "ike/informational.h"

#include <utility>

#include "base/codec.h"
#include "ike/mobike.h"
#include "ike/ticket_exchange.h"

namespace agilevpn::ike {

namespace {

using wire::NotifyType;

class DeleteIkeExchange final : public Exchange {
 public:
  Kind kind() const override { return Kind::DeleteIke; }
  wire::ExchangeType type() const override { return wire::ExchangeType::Informational; }
  std::optional<wire::Payloads> build(Session&, IkeSa&, Instant) override {
    return wire::Payloads{wire::payload(wire::DeletePayload{wire::ProtocolId::Ike, {}})};
  }
  void process(Session& session, IkeSa& ike_sa, Instant now, const wire::Payloads&) override {
    if (&ike_sa == &session.current()) return session.finish(IkeSaClosed::Reason::ByUs, "closed");
    session.ike_sas.retire(now, ike_sa);
  }
};

class DeleteChildExchange final : public Exchange {
 public:
  explicit DeleteChildExchange(ChildSaId child) : child_(child) {}
  Kind kind() const override { return Kind::DeleteChild; }
  wire::ExchangeType type() const override { return wire::ExchangeType::Informational; }
  std::optional<ChildSaId> child() const override { return child_; }
  std::optional<wire::Payloads> build(Session& session, IkeSa&, Instant) override {
    ChildSa* child = session.children.find(child_);
    if (!child || child->state == ChildSa::State::Lingering) return std::nullopt;
    child->state = ChildSa::State::Deleting;
    return wire::Payloads{wire::payload(wire::DeletePayload{wire::ProtocolId::Esp, {child->spi_inbound}})};
  }
  void process(Session& session, IkeSa&, Instant now, const wire::Payloads&) override {
    session.children.retire(now, child_, false);
  }

 private:
  ChildSaId child_;
};

class LivenessExchange final : public Exchange {
 public:
  explicit LivenessExchange(std::optional<Path> path) : path_(path) {}
  Kind kind() const override { return Kind::Liveness; }
  wire::ExchangeType type() const override { return wire::ExchangeType::Informational; }
  std::optional<Path> path() const override { return path_; }
  std::optional<wire::Payloads> build(Session& session, IkeSa& ike_sa, Instant) override {
    wire::Payloads payloads;
    if (session.is_mobike && session.is_initiator && !path_) session.add_nat_detection(payloads, ike_sa, session.path);
    built_on_ = session.path;
    return payloads;
  }
  // Another address of ours than last time in the peer's eyes: our NAT mapping changed, so the peer sends to nowhere. After
  // a rekey of the IKE SA nobody can tell, since the hash covers the SPIs: better once too often.
  void process(Session& session, IkeSa& ike_sa, Instant now, const wire::Payloads& response) override {
    if (path_ || built_on_ != session.path) return;
    const NatFindings findings = find_nat(response, ike_sa.spi_i, ike_sa.spi_r, session.path);
    if (findings.was_checked && findings.our_mapping != session.nat.our_mapping)
      session.enqueue(now, update_addresses());
  }

 private:
  std::optional<Path> path_;
  Path built_on_;
};

// The peer's Delete for Child SAs: ours of the same pairs go too, and their SPIs into the response (§1.4.1).
void answer_delete_children(Session& session, Instant now, const wire::DeletePayload& request,
                            wire::Payloads& response) {
  wire::DeletePayload pairs{wire::ProtocolId::Esp, {}};
  for (const EspSpi spi : request.spis) {
    const ChildSa* child = session.children.find_outbound(spi);
    if (!child) continue;
    // "the responses MUST NOT include Delete payloads for the deleted SAs" when the two Deletes cross.
    if (child->state != ChildSa::State::Deleting) pairs.spis.push_back(child->spi_inbound);
    session.children.retire(now, child->id, true);
  }
  if (!pairs.spis.empty()) response.push_back(wire::payload(std::move(pairs)));
}

void answer_delete_ike(Session& session, IkeSa& ike_sa, Instant now) {
  // The peer deletes what its rekey replaced; our own rekey of it, if one is under way, came second (§2.8.2).
  if (&ike_sa == &session.current()) session.adopt_successor(now);
  if (&ike_sa == &session.current()) return session.finish(IkeSaClosed::Reason::ByPeer, "the peer deleted the IKE SA");
  session.ike_sas.retire(now, ike_sa);
  // What waits for a response on it is asked on its successor.
  auto waiting = std::exchange(ike_sa.outstanding, std::nullopt);
  const auto kind = waiting ? waiting->exchange->kind() : Exchange::Kind::DeleteIke;
  if (kind != Exchange::Kind::DeleteIke && kind != Exchange::Kind::RekeyIke)
    session.enqueue(now, std::move(waiting->exchange));
}

}  // namespace

std::unique_ptr<Exchange> delete_ike_sa() { return std::make_unique<DeleteIkeExchange>(); }
std::unique_ptr<Exchange> delete_child_sa(ChildSaId child) { return std::make_unique<DeleteChildExchange>(child); }
std::unique_ptr<Exchange> liveness_check(std::optional<Path> path) { return std::make_unique<LivenessExchange>(path); }

wire::Payloads answer_informational(Session& session, IkeSa& ike_sa, Instant now, const Path& from,
                                    const wire::Payloads& request) {
  wire::Payloads response;
  if (session.is_mobike) response = answer_mobike(session, ike_sa, now, from, request);
  answer_ticket_request(session, ike_sa, now, request, response);
  for (const wire::Payload& payload : request) {
    if (const auto* notify = std::get_if<wire::NotifyPayload>(&payload.body); notify && wire::is_error(notify->type)) {
      session.refuse(wire::ExchangeType::Informational, notify->type, true, "the peer reports an error", notify->data);
      if (notify->type == NotifyType::AuthenticationFailed) {
        session.finish(IkeSaClosed::Reason::AuthenticationFailed, "the peer did not accept our identity");
        return response;
      }
    }
    const auto* removed = std::get_if<wire::DeletePayload>(&payload.body);
    if (!removed) continue;
    if (removed->protocol == wire::ProtocolId::Ike) {
      answer_delete_ike(session, ike_sa, now);
      return response;
    }
    if (removed->protocol == wire::ProtocolId::Esp) answer_delete_children(session, now, *removed, response);
  }
  return response;
}

}  // namespace agilevpn::ike
