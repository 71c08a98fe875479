#include "gateway/admissions.h"

#include "base/pop.h"
#include "gateway/admission.h"
#include "gateway/ticketed_login.h"

namespace agilevpn::gateway {

namespace {

// A peer with a pre-shared key may send certificates, too, and proves nothing by them.
std::vector<Bytes> certificates_of(const ike::AuthenticatePeer& peer) {
  return peer.uses_certificate ? peer.certificates : std::vector<Bytes>{};
}

}  // namespace

void Admissions::begin(Instant now, WallTime date, ike::AskId ask, const ike::AuthenticatePeer& peer) {
  if (peer.resumed) return resume(now, date, ask, peer);
  if (!peer.uses_certificate || !asks_about_revocation(*config_)) return decide(now, date, ask, peer, nullptr);
  revocations_.add(ask, peer);
  conclusions_.emplace_back(ike::RevocationAsk{ask, peer.peer, peer.certificates});
}

void Admissions::handle_revocation(Instant now, WallTime date, ike::AskId ask, const ike::RevocationAnswer& answer) {
  if (const auto peer = revocations_.take(ask)) decide(now, date, ask, *peer, &answer);
}

void Admissions::resume(Instant now, WallTime date, ike::AskId ask, const ike::AuthenticatePeer& peer) {
  auto session = resume_session(config_, peer, now, date);
  if (!session)
    return refuse(
        conclusions_, ask,
        {{peer.resumed->peer, peer.path, std::move(session.error()), peer.ike_sa, Refusal::TicketOutdated, {}}, {}});
  auto answer = grant(*config_, *session->rule, Secret{}, config_->identity, std::nullopt);
  conclusions_.emplace_back(LetIn{peer.ike_sa, *std::move(session)});
  conclusions_.emplace_back(Reply{ask, std::move(answer)});
}

void Admissions::decide(Instant now, WallTime date, ike::AskId ask, const ike::AuthenticatePeer& peer,
                        const ike::RevocationAnswer* revocation) {
  auto admitted = admit(*config_, credentials_, peer, date, revocation);
  if (!admitted) {
    NotAdmitted& refusal = admitted.error();
    PeerRefused fact{peer.peer,   peer.path,     std::move(refusal.reason),
                     peer.ike_sa, refusal.cause, std::move(refusal.certificate)};
    return refuse(conclusions_, ask, {std::move(fact), fingerprint_of(certificates_of(peer))});
  }
  Session session =
      new_session(now, *config_, {config_, admitted->rule}, peer.peer, peer.uses_certificate ? "certificate" : "psk");
  session.certificates = certificates_of(peer);
  session.fingerprint = fingerprint_of(session.certificates);
  session.from = peer.path.peer.address;
  conclusions_.emplace_back(LetIn{peer.ike_sa, std::move(session)});
  conclusions_.emplace_back(Reply{ask, std::move(admitted->answer)});
}

std::optional<Conclusion> Admissions::poll_conclusion() { return pop(conclusions_); }

}  // namespace agilevpn::gateway
