#include "profiles/chain_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "profiles/request.h"

namespace agilevpn::profiles {

namespace {

using crypto::Certificate;
using Weight = Finding::Weight;

const std::vector<System> all_of_them(std::begin(all_systems), std::end(all_systems));
constexpr std::size_t octets_in_one_datagram =
    1200;  // Beyond this the answer to a Windows without RFC 7383 is cut by IP.

const Certificate* find_issuer(const Certificate& certificate, const std::vector<Certificate>& among) {
  const auto found = std::ranges::find(among, certificate.issuer(), &Certificate::subject);
  return found == among.end() ? nullptr : &*found;
}

void check_issuer(const Certificate& issuer, std::vector<Finding>& out) {
  if (issuer.is_ca()) return;
  out.push_back({"issuer-is-ca", Weight::Breaks, all_of_them, fmt::format("its issuer {} is no CA", issuer.subject()),
                 "the CA needs basicConstraints = critical, CA:TRUE and keyUsage = keyCertSign, cRLSign"});
}

// From the gateway's own up to where the file ends: the first certificate whose issuer is not in it.
const Certificate& climb(const GatewayChain& gateway, std::vector<Finding>& out) {
  const Certificate* top = &gateway.chain.front();
  for (std::size_t steps = 0; steps < gateway.chain.size() && !is_root(*top); ++steps) {
    const Certificate* issuer = find_issuer(*top, gateway.chain);
    if (!issuer) break;
    check_issuer(*issuer, out);
    top = issuer;
  }
  return *top;
}

void check_order(const GatewayChain& gateway, std::vector<Finding>& out) {
  for (std::size_t i = 1; i < gateway.chain.size(); ++i) {
    if (gateway.chain[i - 1].issuer() == gateway.chain[i].subject()) continue;
    out.push_back({"chain-order", Weight::Advice, all_of_them,
                   fmt::format("{} does not stand after what it issued", gateway.chain[i].subject()),
                   "the gateway's own certificate first, then its issuer, then that one's"});
    return;
  }
}

void check_end(const Certificate& top, const GatewayChain& gateway, std::vector<Finding>& out) {
  if (is_root(top)) return;
  if (const Certificate* anchor = find_issuer(top, gateway.anchors)) return check_issuer(*anchor, out);
  if (gateway.anchors.empty()) {
    out.push_back({"chain", Weight::Advice, all_of_them, fmt::format("who issued {} is not in the file", top.subject()),
                   "if that is a root that devices trust, all is well: say so with --ca FILE; an intermediate must be "
                   "in the file"});
  } else {
    out.push_back({"chain", Weight::Breaks, all_of_them,
                   fmt::format("the chain is not complete: {} is missing", top.issuer()),
                   "append the intermediate certificates to the file, the gateway's own first"});
  }
}

// With everything there, the verifier of our own client has the last word on signatures and dates above the gateway.
void check_believed(const GatewayChain& gateway, WallTime now, std::vector<Finding>& out) {
  if (gateway.anchors.empty() || !out.empty()) return;
  const Certificate& own = gateway.chain.front();
  const crypto::CertificateName subject{crypto::CertificateName::Kind::Dn, own.subject_der()};
  const auto believed = crypto::Verifier(gateway.anchors, {}).verify(gateway.chain, subject, {}, now);
  if (believed) return;
  out.push_back({"chain", Weight::Breaks, all_of_them, believed.error().to_string(),
                 "compare the CA with the one that issued it"});
}

}  // namespace

void check_chain(const GatewayChain& gateway, WallTime now, std::vector<Finding>& out) {
  const Certificate& own = gateway.chain.front();
  if (is_root(own)) {
    out.push_back({"self-signed",
                   Weight::Breaks,
                   {System::Windows7, System::Windows, System::Apple},
                   "it is signed by itself, so there is no CA to install",
                   "make a CA and issue it from there: agilevpn pki init"});
    return;
  }
  std::vector<Finding> found;
  check_order(gateway, found);
  check_end(climb(gateway, found), gateway, found);
  const bool was_good =
      out.empty() || std::ranges::none_of(out, [](const Finding& f) { return f.weight == Weight::Breaks; });
  if (was_good) check_believed(gateway, now, found);
  out.insert(out.end(), found.begin(), found.end());
  std::size_t size = 0;
  for (const Certificate& each : gateway.chain) size += is_root(each) ? 0 : each.der().size();
  if (size <= octets_in_one_datagram) return;
  out.push_back({"chain-size",
                 Weight::Advice,
                 {System::Windows7},
                 fmt::format("{} octets of certificates: a Windows older than 10 (1803) gets them in IP fragments, "
                             "which some routers drop (error 809)",
                             size),
                 "use ECDSA P-256 and at most one intermediate"});
}

}  // namespace agilevpn::profiles
