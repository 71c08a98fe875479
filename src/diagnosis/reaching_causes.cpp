// Why a client did not reach the gateway, or not with all that it had to say.
#include <algorithm>

#include "diagnosis/causes.h"

namespace agilevpn::diagnosis {

namespace {

using Lines = std::vector<std::string>;
using Dropped = ike::DatagramDropped::Cause;
using ike::wire::NotifyType;
using Reason = ike::IkeSaClosed::Reason;

template <Dropped cause>
bool is_dropped(const Facts& facts) {
  return facts.attempt.dropped == cause;
}

bool has_expired(const Facts& facts) { return facts.attempt.closed && facts.attempt.closed->reason == Reason::Expired; }

const Cause reaching_table[] = {
    {"ikev1", "it speaks IKEv1, and this gateway speaks IKEv2", is_dropped<Dropped::Version1>, Symptom::NoAnswer,
     [](const Facts&) -> Lines {
       return {"set the client's VPN type to IKEv2 (not L2TP/IPsec, Cisco IPsec or \"automatic\")"};
     }},
    {"ike-version", "it speaks a version of IKE that is neither 1 nor 2", is_dropped<Dropped::OtherVersion>,
     Symptom::NoAnswer,
     [](const Facts&) -> Lines {
       return {"most such senders are no clients but a scanner or broken: nothing to do",
               "a real client must be set to IKEv2"};
     }},
    {"authip", "it speaks AuthIP, which Windows hosts use among themselves, not a VPN client's IKEv2",
     is_dropped<Dropped::AuthIp>, Symptom::Nothing,
     [](const Facts&) -> Lines {
       return {
           "no VPN connection was tried: a connection security rule of its Windows firewall covers this gateway's "
           "address; exempt it there"};
     }},
    {"shutting-down", "the gateway is shutting down and lets nobody new in", is_dropped<Dropped::NoResponder>,
     Symptom::NoAnswer, [](const Facts&) -> Lines { return {"start it again: systemctl start agilevpn-gateway"}; }},
    {"half-open-network", "too many of its network have begun to connect and not gone on",
     is_dropped<Dropped::HalfOpenOfNetwork>, Symptom::NoAnswer,
     [](const Facts&) -> Lines {
       return {"wait half a minute and try again",
               "if it lasts: something behind that address floods the gateway with IKE_SA_INIT, or IKE_AUTH of all of "
               "them gets lost"};
     }},
    {"half-open", "too many clients have begun to connect and not gone on", is_dropped<Dropped::HalfOpen>,
     Symptom::NoAnswer,
     [](const Facts&) -> Lines {
       return {"wait half a minute and try again",
               "if it lasts, somebody floods the gateway: see agilevpn log, and block them in the firewall"};
     }},
    {"cookie", "many clients are half open, so it was asked for a cookie, and never came back with it",
     [](const Facts& facts) { return facts.attempt.init_answer == NotifyType::Cookie; }, Symptom::NoAnswer,
     [](const Facts&) -> Lines {
       return {"most such senders are no clients but a flood with forged addresses: nothing to do",
               "if it is a real client: our answers do not reach it; look at the firewall and the way back"};
     }},
    {"fragments-lost", "some fragments of its IKE_AUTH came, the others got lost",
     [](const Facts& facts) { return facts.attempt.fragments && !facts.attempt.auth; }, Symptom::NoAnswer,
     [](const Facts&) -> Lines {
       return {
           "something on the way drops packets: a firewall that limits UDP 4500, or a bad link; try another network",
           "smaller certificates make fewer fragments: ECDSA keys, no long chains"};
     }},
    {"auth-never-came", "it agreed on algorithms, and then nothing more of it came",
     [](const Facts& facts) { return has_expired(facts) && !facts.attempt.auth && !facts.attempt.fragments; },
     Symptom::NoAnswer,
     [](const Facts& facts) {
       Lines cures{"open UDP 4500 to the gateway: IKE_AUTH comes there, after IKE_SA_INIT on UDP 500"};
       const auto& said = facts.attempt.offer.notifies;
       if (std::ranges::find(said, NotifyType::Ikev2FragmentationSupported) == said.end())
         cures.emplace_back(
             "it cannot fragment IKE messages (RFC 7383), and IP fragments are often dropped: update it, or give it a "
             "small ECDSA certificate");
       if (is_windows(facts.kind))
         cures.emplace_back(
             "if the PC says 13806, it found no machine certificate of a CA that the gateway names: import one into "
             "the computer's store");
       return cures;
     }},
};

}  // namespace

std::span<const Cause> reaching_causes() { return reaching_table; }

}  // namespace agilevpn::diagnosis
