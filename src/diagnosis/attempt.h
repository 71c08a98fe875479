// The facts of one client's attempt to connect to a gateway, as its events told them. Bounded, whoever caused them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "diagnosis/diagnosis.h"
#include "gateway/event.h"

namespace agilevpn::diagnosis {

struct Attempt {
  WallTime began{};
  WallTime at{};  // Of its last fact.
  Path path;      // Of its last message; IKE_AUTH may come on another port than IKE_SA_INIT (RFC 7296 §2.23).
  IkeSpi spi_i;
  std::optional<ike::IkeSaId> ike_sa;  // Once something is kept of it.
  ike::InitOffer offer;
  std::optional<ike::DatagramDropped::Cause> dropped;
  std::optional<ike::wire::NotifyType> init_answer;  // That refused IKE_SA_INIT, or asked for another one.
  std::optional<ike::AuthRequested> auth;
  std::optional<ike::FragmentsLost> fragments;
  std::vector<ike::ExchangeRefused> refusals;
  std::optional<gateway::PeerRefused> refused;
  std::optional<gateway::LoginDelayed> delayed;
  std::optional<ike::IkeSaClosed> closed;
  std::string who;     // Proved, or claimed last.
  std::string detail;  // The last sentence about it.
  bool is_behind_nat = false;
  bool resumes = false;  // A session, by a ticket.
  bool is_established = false;
  bool had_child = false;

  Step step() const;
  const ike::ExchangeRefused* refusal(ike::wire::NotifyType notify, bool by_peer) const;  // nullptr: there was none.
  // Its ticket did not serve: no failure, as its client logs in anew by itself.
  bool has_refused_ticket() const;
  // Of the Microsoft status notify that the client sent (client-side Win32 error); nothing without one.
  std::optional<std::uint32_t> windows_error() const;
};

// What was refused is an inner address, which is told in IKE_AUTH too and yet is no question of who the client is.
bool is_about_address(const std::vector<ike::ExchangeRefused>& refusals);

// No more than limits.h allows.
ike::InitOffer clipped(ike::InitOffer offer);
ike::AuthRequested clipped(ike::AuthRequested auth);
std::string clipped(std::string text);

}  // namespace agilevpn::diagnosis
