// An exchange that we initiate: it builds its request and processes the response. Each kind is a small state machine in a
// file of its own (create_child.h, rekey_ike.h, informational.h, mobike.h, init.h, resume.h, intermediate.h, auth.h, ticket_exchange.h).
#pragma once

#include <optional>

#include "base/time.h"
#include "ike/sa_change.h"
#include "ike/wire/message.h"

namespace agilevpn::ike {

class Session;
struct IkeSa;

class Exchange {
 public:
  enum class Kind : std::uint8_t {
    Init,
    Intermediate,
    Auth,
    CreateChild,
    RekeyChild,
    RekeyIke,
    DeleteChild,
    DeleteIke,
    Liveness,
    UpdateAddresses,
    AnnounceAddresses,
    ReturnRoutability,
    Resume,
    TicketRequest,
  };
  virtual ~Exchange() = default;

  virtual Kind kind() const = 0;
  virtual wire::ExchangeType type() const = 0;
  // The request's payloads. Nothing: there is no longer a reason for it, and the exchange is dropped.
  virtual std::optional<wire::Payloads> build(Session& session, IkeSa& ike_sa, Instant now) = 0;
  virtual void process(Session& session, IkeSa& ike_sa, Instant now, const wire::Payloads& response) = 0;
  // Whether, after process(), another request of it follows, which build() gives: IKE_FOLLOWUP_KE.
  virtual bool goes_on() const { return false; }

  // Whether this response shows that the path carries the session. One that refuses the path does not.
  virtual bool confirms_path(const wire::Payloads&) const { return true; }

  // The path of the request where it is not the session's.
  virtual std::optional<Path> path() const { return std::nullopt; }
  // The Child SA it is about.
  virtual std::optional<ChildSaId> child() const { return std::nullopt; }
};

}  // namespace agilevpn::ike
