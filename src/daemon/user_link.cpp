#include "daemon/user_link.h"

#include <fmt/format.h>

#include "daemon/limits.h"

namespace agilevpn::daemon {

using linux::now;
using linux::wall_now;

UserLink::UserLink(Service& service, std::shared_ptr<store::UserDirectory> directory, linux::SessionFirewall firewall,
                   linux::GatewayHost& host, gateway::Gateway& gateway, std::function<void()> changed)
    : service_(service),
      directory_(std::move(directory)),
      firewall_(std::move(firewall)),
      host_(host),
      gateway_(gateway),
      changed_(std::move(changed)),
      background_(service.loop()),
      passwords_(service.loop()),
      check_(service.loop(), users_interval, [this] { check_changes(); }),
      aging_(service.loop(), leases_interval, [this] {
        run([](store::UserDirectory& users) { return users.forget_old_leases(wall_now()), true; }, [](bool) {});
      }) {}

namespace {

IpPrefix host_prefix(const IpAddress& address) { return {address, static_cast<std::uint8_t>(address.bits())}; }

}  // namespace

template <class Work, class Tell>
void UserLink::run_in(linux::Background& thread, Work work, Tell tell) {
  // Shared, since a std::function is copied, and secrets are not.
  auto shared = std::make_shared<Work>(std::move(work));
  thread.run([shared, tell]() -> linux::Background::Conclusion {
    auto answer = std::make_shared<decltype((*shared)())>((*shared)());
    return [answer, tell] { tell(std::move(*answer)); };
  });
}

template <class Work, class Tell>
void UserLink::run(Work work, Tell tell) {
  run_in(
      background_, [directory = directory_, work = std::move(work)]() mutable { return work(*directory); },
      std::move(tell));
}

void UserLink::send(gateway::UserAsk ask) {
  std::visit([&](auto& question) { serve(ask.ike_sa, std::move(question)); }, ask.question);
}

void UserLink::serve(ike::IkeSaId id, gateway::FindUser question) {
  run([question = std::move(question)](store::UserDirectory& users) { return users.find(question, wall_now()); },
      [this, id](gateway::UserAnswer answer) { gateway_.handle_user(now(), id, std::move(answer)), changed_(); });
}

void UserLink::serve(ike::IkeSaId id, gateway::CheckPassword question) {
  const auto typed = std::make_shared<const Secret>(std::move(question.password));
  const auto tell = [this, id](gateway::UserAnswer answer) {
    gateway_.handle_user(now(), id, std::move(answer)), changed_();
  };
  run([name = std::move(question.name)](store::UserDirectory& users) { return users.begin_check(name, wall_now()); },
      [this, typed, tell](store::PasswordCheck check) {
        run_in(passwords_, [check = std::move(check), typed]() mutable { return std::move(check).run(*typed); }, tell);
      });
}

void UserLink::serve(ike::IkeSaId id, gateway::Authorize question) {
  run([question = std::move(question)](store::UserDirectory& users) { return users.authorize(question, wall_now()); },
      [this, id](gateway::Authorization answer) {
        gateway_.handle_authorization(now(), id, std::move(answer)), changed_();
      });
}

void UserLink::serve(ike::IkeSaId, gateway::FindGroup question) {
  run([question](store::UserDirectory& users) { return users.find(question); },
      [this, order = question.order](const gateway::GroupAnswer& answer) {
        gateway_.handle_group(now(), order, answer), changed_();
      });
}

void UserLink::serve(ike::IkeSaId id, gateway::KeepLeases question) {
  const auto leases = std::make_shared<const gateway::KeepLeases>(std::move(question));
  run([leases](store::UserDirectory& users) { return users.keep(*leases, wall_now()); },
      [this, id, leases](gateway::Kept kept) {
        if (kept) kept = set_firewall(*leases);
        gateway_.handle_kept(now(), id, kept);
        changed_();
      });
}

// A session that should be filtered and is not must not come up.
gateway::Kept UserLink::set_firewall(const gateway::KeepLeases& leases) {
  std::vector<IpPrefix> whose = leases.networks;
  for (const gateway::LeasedAddress& lease : leases.leases) whose.push_back(host_prefix(lease.address));
  const auto set = firewall_.set(whose, leases.firewall);
  if (!set) return Failure{set.error().to_string()};
  return {};
}

void UserLink::serve(ike::IkeSaId, gateway::ReturnLease note) {
  run([note](store::UserDirectory& users) { return users.note(note, wall_now()), true; },
      [this, note](bool) { static_cast<void>(firewall_.set({host_prefix(note.lease.address)}, {})); });
}

void UserLink::serve(ike::IkeSaId, gateway::LeadNetwork note) {
  run([](store::UserDirectory&) { return true; },
      [this, note](bool) {
        if (const auto added = host_.add_network(note.network); !added)
          service_.report(Severity::Error, "NetworkNotLed", added.error().to_string());
      });
}

void UserLink::serve(ike::IkeSaId, gateway::ReturnNetwork note) {
  run([](store::UserDirectory&) { return true; },
      [this, note](bool) {
        static_cast<void>(host_.remove_network(note.network));
        static_cast<void>(firewall_.set({note.network}, {}));
      });
}

void UserLink::serve(ike::IkeSaId, gateway::SetFirewall note) {
  run([](store::UserDirectory&) { return true; },
      [this, note = std::move(note)](bool) {
        std::vector<IpPrefix> whose = note.networks;
        for (const IpAddress& address : note.addresses) whose.push_back(host_prefix(address));
        if (const auto set = firewall_.set(whose, note.firewall); !set)
          service_.report(Severity::Error, "FirewallNotSet", set.error().to_string());
      });
}

void UserLink::serve(ike::IkeSaId, gateway::EndLogin note) {
  run([note = std::move(note)](store::UserDirectory& users) { return users.note(note, wall_now()), true; },
      [](bool) {});
}

void UserLink::serve(ike::IkeSaId, gateway::NoteLogin note) {
  if (background_.waiting() > notes_waiting_max) return;  // A stranger's failures must not pile up behind a slow disk.
  run([note = std::move(note)](store::UserDirectory& users) { return users.note(note, wall_now()), true; },
      [](bool) {});
}

void UserLink::check_changes() {
  if (std::exchange(is_checking_, true)) return;
  run([](store::UserDirectory& users) { return users.has_changed(); },
      [this](bool has_changed) {
        is_checking_ = false;
        if (!has_changed) return;
        gateway_.recheck(now());
        changed_();
      });
}

void UserLink::restore_firewall() {
  const auto restored = firewall_.restore();
  if (!restored)
    return service_.report(Severity::Error, "FirewallNotSet",
                           "the firewall of the sessions cannot be put back: " + restored.error().to_string());
  if (*restored)
    service_.report(Severity::Warning, "FirewallRestored",
                    "somebody had removed the firewall of the sessions; it is there again");
}

}  // namespace agilevpn::daemon
