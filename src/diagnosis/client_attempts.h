// Why a client's last attempt to connect failed, out of its connection's events: `agilevpn why` on a client.
//
// Takes every event of one connection in its order. Keeps one attempt that failed. Does no I/O.
#pragma once

#include <optional>

#include "client/event.h"
#include "client/profile.h"
#include "diagnosis/diagnosis.h"

namespace agilevpn::diagnosis {

struct ClientAttempt {
  WallTime began{};
  WallTime at{};
  std::string address;  // The gateway's, and the link to it.
  std::optional<ike::IkeSaId> ike_sa;
  bool was_answered = false;  // IKE_SA_INIT.
  bool is_established = false;
  std::vector<ike::ExchangeRefused> refusals;
  std::optional<ike::FragmentsLost> fragments;
  std::optional<ike::IkeSaClosed> closed;
  std::optional<client::ConnectFailed> failed;

  Step step() const;
};

class ClientAttempts {
 public:
  void handle_event(WallTime now, const client::Event& event);
  // The last one that failed; nullptr: none did.
  const ClientAttempt* last() const { return failed_ ? &*failed_ : nullptr; }

 private:
  template <class Fact>
  void note(const Fact&) {}
  void note(const ike::Event& event) {
    std::visit([this](const auto& fact) { note(fact); }, event);
  }
  void note(const client::ConnectStarted& fact);
  void note(const client::ConnectFailed& fact);
  void note(const ike::IkeSaInitiated& fact);
  void note(const ike::IkeProposalChosen& fact);
  void note(const ike::IkeSaEstablished& fact);
  void note(const ike::ChildSaEstablished& fact);
  void note(const ike::FragmentsLost& fact);
  void note(const ike::ExchangeRefused& fact);
  void note(const ike::IkeSaClosed& fact);
  bool is_open(ike::IkeSaId id) const { return open_ && open_->ike_sa == id; }
  void keep(ClientAttempt attempt);

  WallTime now_{};
  std::optional<ClientAttempt> open_;
  std::optional<ClientAttempt> failed_;
};

Diagnosis explain(const ClientAttempt& attempt, const client::Profile& profile);

}  // namespace agilevpn::diagnosis
