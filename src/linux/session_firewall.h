// What each client of a gateway may reach, enforced by nftables: a table of our own in which an inner address leads to
// the rules of its group, so that any number of sessions costs a packet one look-up. Addresses without rules are not
// touched. The table is there while somebody has rules, and goes away with this object; one that a kill left is removed
// at the next start.
//
//   table inet agilevpn-vpn0-sessions
//     chain forward, input   from vpn0, source in @from4:      jump to its group's rules   --> return, or drop
//     chain forward, output  to vpn0, destination in @to4:     likewise
//     and the same with @from4n and @to4n, for networks behind clients
//
// What others flush ("systemctl reload nftables") is put back by restore(). What they drop in tables of their own stays
// dropped.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/error.h"
#include "gateway/firewall_rules.h"

struct nft_ctx;

namespace agilevpn::linux {

class SessionFirewall {
 public:
  // `interface` is the tunnel's.
  static Result<SessionFirewall, Error> open(const std::string& interface);
  SessionFirewall(SessionFirewall&&) noexcept = default;
  SessionFirewall& operator=(SessionFirewall&&) noexcept = default;
  ~SessionFirewall();

  // From now on, whatever counted for these addresses, or networks behind clients, before. No rules: nothing of theirs is
  // looked at. After an error nothing has changed.
  Result<void, Error> set(const std::vector<IpPrefix>& ends, const gateway::FirewallRules& rules);
  // Puts the table back if somebody has removed it; whether that was so. Cheap: for once a second.
  Result<bool, Error> restore();

 private:
  struct Free {
    void operator()(nft_ctx* context) const;
  };
  struct Entry {
    gateway::FirewallRules rules;
    unsigned number = 0;   // Its chains are g1 and g1-in.
    std::size_t ends = 0;  // That lead to them.
  };

  SessionFirewall(const std::string& interface, nft_ctx* context);
  Result<std::string, Error> run(const std::string& commands);
  Result<std::string, Error> run_in_new_table(const std::string& commands);
  void note(const IpPrefix& end, unsigned number);
  void remove_unused();
  std::string table_text() const;
  std::string chains_text(const gateway::FirewallRules& rules, unsigned number) const;
  std::string element_text(std::string_view verb, const IpPrefix& end, unsigned number) const;

  std::string table_;  // "inet agilevpn-vpn0-sessions"
  std::string interface_;
  std::unique_ptr<nft_ctx, Free> context_;
  std::vector<Entry> chains_;  // Few: one for each group.
  std::map<IpPrefix, unsigned> chain_of_;
  unsigned next_number_ = 1;
};

}  // namespace agilevpn::linux
