#include "daemon/revocation_checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "daemon/limits.h"
#include "linux/clock.h"
#include "linux/http_fetch.h"

namespace agilevpn::daemon {

namespace {

using crypto::Standing;
using linux::wall_now;

std::vector<crypto::Certificate> parse(const std::vector<Bytes>& ders) {
  std::vector<crypto::Certificate> chain;
  for (const Bytes& der : ders)
    if (auto certificate = crypto::Certificate::from_der(der)) chain.push_back(*std::move(certificate));
  return chain;
}

Standing unknown(std::string why) { return {Standing::Kind::Unknown, std::move(why), {}}; }

// What several standings make of their peer.
struct Round {
  std::size_t missing;
  ike::RevocationAnswer answer;
  RevocationChecker::Done done;

  void add(const crypto::OpenStanding& open, const Standing& standing) {
    const std::string who = "certificate " + open.certificate.subject();
    if (standing.kind == Standing::Kind::Revoked) answer.revoked = fmt::format("{}: {}", who, standing.detail);
    if (standing.kind == Standing::Kind::Unknown)
      answer.unknown = fmt::format("{}: it is not known whether it is revoked: {}", who, standing.detail);
    if (--missing == 0) done(std::move(answer));
  }
};

}  // namespace

struct RevocationChecker::Question {
  crypto::OpenStanding open;
  Bytes fingerprint;
  std::vector<Told> told;
  Instant deadline;
  std::size_t next = 0;  // Into the responders, then into the lists.
  std::string reason = "it names neither an OCSP responder nor a CRL by HTTP";
};

RevocationChecker::RevocationChecker(Service& service, Trust trust, std::uint32_t mark)
    : service_(service),
      trust_(std::move(trust)),
      mark_(mark),
      lookup_(service.loop()),
      lists_(service.state_directory() / "crls") {}

void RevocationChecker::check(const ike::RevocationAsk& ask, Done done) {
  const auto open = crypto::open_standings(parse(ask.certificates), trust_.anchors, trust_.crls, wall_now());
  if (open.empty()) return done({});
  const auto round = std::make_shared<Round>(Round{open.size(), {}, {}});
  const bool has_source =
      std::ranges::any_of(open, [](const auto& one) { return !one.ocsp.empty() || !one.crls.empty(); });
  round->done = [this, done = std::move(done), has_source, who = ask.peer.to_string()](ike::RevocationAnswer answer) {
    if (!answer.unknown.empty() && has_source)
      service_.report(Severity::Warning, "RevocationUnknown", answer.unknown, who);
    done(std::move(answer));
  };
  for (const crypto::OpenStanding& one : open)
    find_out(one, [round, one](const Standing& standing) { round->add(one, standing); });
}

void RevocationChecker::find_out(const crypto::OpenStanding& open, Told told) {
  Bytes fingerprint = open.certificate.sha256_fingerprint();
  if (const auto known = known_.find(fingerprint); known != known_.end() && wall_now() < known->second.until)
    return told(known->second.standing);
  if (const auto same = under_way_.find(fingerprint); same != under_way_.end())
    return same->second->told.push_back(std::move(told));
  if (under_way_.size() >= revocation_questions_max)
    return told(unknown("too many certificates are asked about at once"));
  auto question = std::make_shared<Question>(Question{.open = open,
                                                      .fingerprint = fingerprint,
                                                      .told = {std::move(told)},
                                                      .deadline = linux::now() + revocation_patience});
  under_way_.emplace(std::move(fingerprint), question);
  ask_next(question);
}

void RevocationChecker::ask_next(const std::shared_ptr<Question>& question) {
  const auto& [ocsp, crls] = std::tie(question->open.ocsp, question->open.crls);
  const Duration left = question->deadline - linux::now();
  const std::size_t place = question->next++;
  if (place >= ocsp.size() + crls.size() || left < revocation_last_moment)
    return conclude(question, unknown(question->reason), wall_now() + revocation_unknown_for);
  const Duration patience = std::min<Duration>(revocation_source_patience, left);
  if (place < ocsp.size()) return ask_responder(question, ocsp[place], patience);
  fetch_list(question, crls[place - ocsp.size()], patience);
}

void RevocationChecker::ask_responder(const std::shared_ptr<Question>& question, const std::string& url,
                                      Duration patience) {
  auto nonce = std::make_shared<const Bytes>(service_.random().public_bytes(16));
  linux::fetch(
      service_.loop(), lookup_, {url, crypto::ocsp_request(question->open, *nonce), "application/ocsp-request"},
      {.patience = patience, .size_max = ocsp_size_max, .mark = mark_},
      [this, still_here = std::weak_ptr(here_), question, url, nonce](const Result<Bytes, std::string>& response) {
        if (still_here.expired()) return;
        hear(question, url,
             response ? standing_by_ocsp(question->open, *response, *nonce, wall_now()) : unknown(response.error()),
             ocsp_counts_for);
      });
}

void RevocationChecker::fetch_list(const std::shared_ptr<Question>& question, const std::string& url,
                                   Duration patience) {
  const auto* kept = lists_.find(url, wall_now());
  if (kept && wall_now() < kept->fetched + crl_counts_for) {
    const Standing standing = standing_by_crl(question->open, kept->crl, wall_now());
    if (standing.kind != Standing::Kind::Unknown) return hear(question, url, standing, crl_counts_for);
  }
  linux::fetch(service_.loop(), lookup_, {url, {}, {}}, {.patience = patience, .size_max = crl_size_max, .mark = mark_},
               [this, still_here = std::weak_ptr(here_), question, url](const Result<Bytes, std::string>& response) {
                 if (still_here.expired()) return;
                 const auto older = lists_.find(url, wall_now());
                 Result<std::vector<crypto::Crl>, Error> parsed = Failure{Error{response ? "" : response.error(), {}}};
                 if (response) parsed = crypto::Crl::parse(*response);
                 if (!parsed && older)
                   return hear(question, url, standing_by_crl(question->open, older->crl, wall_now()),
                               revocation_unknown_for);
                 if (!parsed) return hear(question, url, unknown(parsed.error().what), {});
                 const Standing standing = standing_by_crl(question->open, parsed->front(), wall_now());
                 if (standing.kind != Standing::Kind::Unknown) {
                   if (const auto kept_it = lists_.keep(url, *response, parsed->front(), wall_now()); !kept_it)
                     service_.report(Severity::Warning, "CrlNotKept", kept_it.error().to_string());
                 }
                 hear(question, url, standing, crl_counts_for);
               });
}

void RevocationChecker::hear(const std::shared_ptr<Question>& question, const std::string& url, Standing standing,
                             Duration counts_for) {
  if (standing.kind == Standing::Kind::Unknown) {
    question->reason = fmt::format("{}: {}", url, standing.detail);
    return ask_next(question);
  }
  const WallTime until = std::min(standing.good_until, wall_now() + std::chrono::floor<WallTime::duration>(counts_for));
  conclude(question, std::move(standing), until);
}

void RevocationChecker::conclude(const std::shared_ptr<Question>& question, Standing standing, WallTime until) {
  if (known_.size() >= standings_kept_max) known_.clear();
  known_.insert_or_assign(question->fingerprint, Known{standing, until});
  under_way_.erase(question->fingerprint);
  for (const Told& told : question->told) told(standing);
}

}  // namespace agilevpn::daemon
