// Child SAs: the first one's negotiation, shared with IKE_AUTH, and CREATE_CHILD_SA for new and rekeyed ones
// (RFC 7296 §1.3.1, §1.3.3, §2.8):
//
//   HDR, SK {[N(REKEY_SA),] SA, Ni, [KEi,] TSi, TSr}  -->
//                                <--  HDR, SK {SA, Nr, [KEr,] TSi, TSr}
#pragma once

#include "ike/session.h"

namespace agilevpn::ike {

std::unique_ptr<Exchange> create_child_sa(TrafficSelectors ts_local, TrafficSelectors ts_remote);
std::unique_ptr<Exchange> rekey_child_sa(ChildSaId child);

// Responder: the response's payloads. Rekeys of the IKE SA are answered by rekey_ike.h.
wire::Payloads answer_create_child(Session& session, IkeSa& ike_sa, Instant now, const wire::Payloads& request);

// The response that refuses a CREATE_CHILD_SA request, which is told too.
wire::Payloads refusal(Session& session, wire::NotifyType notify, std::string reason, Bytes data = {});

// ---- Shared with IKE_AUTH

// ESP proposals as an offer with our SPI.
Proposals offer_esp(const Proposals& esp, EspSpi spi);
// The SPI in a chosen ESP proposal; zero if it has none.
EspSpi spi_of(const wire::Proposal& chosen);

// Responder: chooses and narrows the Child SA that a request's SA, TSi and TSr ask for, out of these proposals. It is yet to be
// installed.
struct ChosenChild {
  ChildSa child;
  wire::Payload sa, ts_i, ts_r;  // Of the response.
};
Result<ChosenChild, wire::Payloads> choose_child(Session& session, const wire::Payloads& request,
                                                 const Proposals& allowed, std::optional<ChildSaId> rekeyed);

}  // namespace agilevpn::ike
