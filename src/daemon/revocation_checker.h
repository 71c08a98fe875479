// Finds out whether a peer's certificates still count: asks their issuers' OCSP responders, then fetches their CRLs, by
// HTTP. CRLs are kept in the state directory. Answers within revocation_patience, whatever becomes of the responders,
// and nobody else waits meanwhile.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "control/config/trust.h"
#include "crypto/revocation.h"
#include "daemon/crl_cache.h"
#include "daemon/service.h"
#include "ike/revocation.h"
#include "linux/name_lookup.h"

namespace agilevpn::daemon {

class RevocationChecker {
 public:
  using Done = std::function<void(ike::RevocationAnswer)>;

  using Trust = control::config::Trust;

  // `mark` as SO_MARK of what asks: a client's must not go into its own tunnel.
  RevocationChecker(Service& service, Trust trust, std::uint32_t mark);

  void set_trust(Trust trust) { trust_ = std::move(trust); }
  // Calls `done` once, unless this is gone by then.
  void check(const ike::RevocationAsk& ask, Done done);

 private:
  using Told = std::function<void(const crypto::Standing&)>;
  struct Question;
  struct Known {
    crypto::Standing standing;
    WallTime until;
  };
  void find_out(const crypto::OpenStanding& open, Told told);
  void ask_next(const std::shared_ptr<Question>& question);
  void ask_responder(const std::shared_ptr<Question>& question, const std::string& url, Duration patience);
  void fetch_list(const std::shared_ptr<Question>& question, const std::string& url, Duration patience);
  // What a source said: the answer, or the next one is asked.
  void hear(const std::shared_ptr<Question>& question, const std::string& url, crypto::Standing standing,
            Duration counts_for);
  void conclude(const std::shared_ptr<Question>& question, crypto::Standing standing, WallTime until);

  Service& service_;
  Trust trust_;
  std::uint32_t mark_;
  linux::NameLookup lookup_;
  CrlCache lists_;
  std::map<Bytes, Known> known_;                          // By the certificate's fingerprint.
  std::map<Bytes, std::shared_ptr<Question>> under_way_;  // Likewise.
  std::shared_ptr<const bool> here_ = std::make_shared<const bool>(true);
};

}  // namespace agilevpn::daemon
