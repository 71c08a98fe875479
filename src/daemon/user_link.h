// Between a gateway and who knows its users: carries the gateway's questions to the directory, in a thread of its own,
// since a disk may be slow; tells the firewall; and brings the answers back. One after the other in the order in which
// they were asked: an address that is given back and leased again has its new owner's rules. Passwords are checked in
// one more thread: each costs a tenth of a second, and guesses must not hold up everybody else.
#pragma once

#include <memory>

#include "daemon/periodic.h"
#include "daemon/service.h"
#include "gateway/gateway.h"
#include "linux/background.h"
#include "linux/gateway_host.h"
#include "linux/session_firewall.h"
#include "store/user_directory.h"

namespace agilevpn::daemon {

class UserLink {
 public:
  // `changed` is called after the gateway was told something. All but the directory outlive this.
  UserLink(Service& service, std::shared_ptr<store::UserDirectory> directory, linux::SessionFirewall firewall,
           linux::GatewayHost& host, gateway::Gateway& gateway, std::function<void()> changed);

  void send(gateway::UserAsk ask);
  // Puts the firewall's table back if somebody has removed it.
  void restore_firewall();

 private:
  void check_changes();
  // Does this in the directory's thread, then gives `tell` what it returned in the loop's.
  template <class Work, class Tell>
  void run(Work work, Tell tell);
  template <class Work, class Tell>
  static void run_in(linux::Background& thread, Work work, Tell tell);
  void serve(ike::IkeSaId id, gateway::FindUser question);
  void serve(ike::IkeSaId id, gateway::CheckPassword question);
  void serve(ike::IkeSaId id, gateway::Authorize question);
  void serve(ike::IkeSaId id, gateway::FindGroup question);
  void serve(ike::IkeSaId id, gateway::KeepLeases question);
  void serve(ike::IkeSaId id, gateway::ReturnLease note);
  void serve(ike::IkeSaId id, gateway::LeadNetwork note);
  void serve(ike::IkeSaId id, gateway::ReturnNetwork note);
  void serve(ike::IkeSaId id, gateway::SetFirewall note);
  void serve(ike::IkeSaId id, gateway::EndLogin note);
  void serve(ike::IkeSaId id, gateway::NoteLogin note);
  gateway::Kept set_firewall(const gateway::KeepLeases& leases);

  Service& service_;
  std::shared_ptr<store::UserDirectory> directory_;
  linux::SessionFirewall firewall_;
  linux::GatewayHost& host_;
  gateway::Gateway& gateway_;
  std::function<void()> changed_;
  linux::Background background_;
  linux::Background passwords_;
  bool is_checking_ = false;
  Periodic check_;
  Periodic aging_;
};

}  // namespace agilevpn::daemon
