// Why a login by user name and password, or another EAP method, failed.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "diagnosis/causes.h"

namespace agilevpn::diagnosis {

namespace {

using Lines = std::vector<std::string>;
using gateway::Refusal;

std::string methods_of(const gateway::Config& config) {
  std::vector<std::string> names;
  for (const eap::Type method : config.eap_methods) names.push_back(eap::to_string(method));
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

Lines cure_method(const Facts& facts) {
  if (facts.config.radius_checks_passwords)
    return {"set the client to EAP-GTC: the RADIUS server checks passwords, and speaks no EAP (gtc = true)",
            "or, if the server speaks EAP: take gtc = true out of [radius] in gateway.toml"};
  return {fmt::format("set the client to one of: {}", methods_of(facts.config)),
          "or allow its method: `methods` under [users] in gateway.toml"};
}

// A device's own password is made with the device.
std::string new_password(const Facts& facts) {
  const auto [user, device] = named(facts);
  if (device.empty()) return fmt::format("agilevpn user password {}", user);
  return fmt::format("agilevpn user device remove {0} {1}, then agilevpn user device add {0} {1}", user, device);
}

template <bool has_method>
bool is_method_of_group(const Facts& facts) {
  return is_refused_by(facts, Refusal::MethodOfGroup) && facts.attempt.refused->group_fault &&
         group_fault(facts).method.empty() != has_method;
}

// Whether it is the configuration that says what its group takes, and not the command line's group.
bool is_configured(const Facts& facts) {
  const auto rule = std::ranges::find(facts.config.rules, group_fault(facts).group, &gateway::ConnectionRule::name);
  return rule != facts.config.rules.end() && rule->methods == group_fault(facts).methods;
}

Lines cure_method_of_group(const Facts& facts) {
  const auto& [group, methods, method, pools] = group_fault(facts);
  const std::string taken = fmt::format("{}", fmt::join(methods, ","));
  Lines cures{fmt::format("let the client log in by what group {} takes: {}", group, taken)};
  if (is_configured(facts))
    cures.push_back(fmt::format("or add {} to the `methods` of group {} in gateway.toml",
                                method.empty() ? "its own" : method, group));
  else
    cures.push_back(fmt::format("or let the group take more: agilevpn group set {} --methods {}", group,
                                method.empty() ? "none" : taken + "," + method));
  return cures;
}

const Cause login_table[] = {
    {"delayed", "many passwords were wrong before, so its login had to wait, and it did not have the patience",
     [](const Facts& facts) {
       return facts.attempt.delayed &&
              (is_refused_by(facts, Refusal::Left) || is_refused_by(facts, Refusal::LeftAtOnce));
     },
     Symptom::NoAnswer,
     [](const Facts&) -> Lines {
       return {"wait a quarter of an hour without trying, then type the password with care",
               "if the user did not guess: somebody does; see agilevpn log"};
     }},
    {"unknown-user", "there is no user of that name", is_refused<Refusal::UnknownUser>, Symptom::WrongPassword,
     [](const Facts& facts) -> Lines {
       const auto [user, device] = named(facts);
       Lines cures{"agilevpn user list shows who there is", fmt::format("agilevpn user add {}", user)};
       if (!device.empty())
         cures.push_back(fmt::format("or, if only the device is new: agilevpn user device add {} {}", user, device));
       return cures;
     }},
    {"wrong-password", "the password is wrong", is_refused<Refusal::WrongPassword>, Symptom::WrongPassword,
     [](const Facts& facts) {
       Lines cures{"type it again, with Caps Lock off", "or give a new one: " + new_password(facts)};
       if (facts.attempt.delayed) cures.emplace_back("wait a quarter of an hour: every further guess waits longer");
       return cures;
     }},
    {"disabled-user", "the user is disabled", is_refused<Refusal::UserDisabled>, Symptom::WrongPassword,
     [](const Facts& facts) -> Lines { return {fmt::format("agilevpn user enable {}", named(facts).user)}; }},
    {"disabled-device", "the device of this user is disabled", is_refused<Refusal::DeviceDisabled>,
     Symptom::WrongPassword,
     [](const Facts& facts) -> Lines {
       const auto [user, device] = named(facts);
       return {"if it was lost and is found: " +
               fmt::format("agilevpn user device enable {} {}", user, device.empty() ? "DEVICE" : device)};
     }},
    {"expired-user", "the user has expired", is_refused<Refusal::UserExpired>, Symptom::WrongPassword,
     [](const Facts& facts) -> Lines {
       return {fmt::format("agilevpn user set {} --expires never, or another day", named(facts).user)};
     }},
    {"no-password-hash", "the user's password is kept in a way that this method cannot check",
     is_refused<Refusal::NoPasswordHash>, Symptom::WrongPassword,
     [](const Facts& facts) -> Lines { return {"give it anew without --scrypt: " + new_password(facts)}; }},
    {"method-refused", "it wants none of the gateway's EAP methods", is_refused<Refusal::MethodRefused>,
     Symptom::WrongMethod, cure_method},
    {"group-method", "it logged in by a method that its group does not take", is_method_of_group<true>,
     Symptom::NotAllowed, cure_method_of_group},
    {"group-method", "its group takes none of the EAP methods that it wants", is_method_of_group<false>,
     Symptom::WrongMethod, cure_method_of_group},
    {"group-network", "it came from a network that its group is not let in from", is_refused<Refusal::FromOfGroup>,
     Symptom::NotAllowed,
     [](const Facts&) -> Lines {
       return {"connect from one of those, or change `from` of the group in gateway.toml"};
     }},
    {"no-method", "the gateway has no EAP method for this user: MSCHAPv2 may be switched off",
     is_refused<Refusal::NoMethod>, Symptom::WrongMethod,
     [](const Facts&) -> Lines {
       return {"set `methods` or mschapv2 = true under [users] in gateway.toml",
               "on Debian 13 MSCHAPv2 needs the package openssl-provider-legacy"};
     }},
    {"radius-silent", "no RADIUS server answers", is_refused<Refusal::RadiusSilent>, Symptom::WrongPassword,
     [](const Facts&) -> Lines {
       return {
           "if the details say why, cure that; else start the server, look whether UDP 1812 (with tls TCP 2083) "
           "reaches it, and "
           "whether it knows this gateway as a client with the same `secret`"};
     }},
    {"radius-reject", "the RADIUS server refused the login", is_refused<Refusal::RadiusReject>, Symptom::WrongPassword,
     [](const Facts&) -> Lines {
       return {
           "type the password again; a code that is wrong, too old or used up already is refused alike: wait for the "
           "next one",
           "its own log says why: also a policy that wants another method (then Windows says 812), or a client that "
           "does not believe "
           "the server's certificate (EAP-TLS, PEAP, EAP-TTLS)"};
     }},
    {"radius-grant", "the RADIUS server lets it in with what cannot be", is_refused<Refusal::RadiusGrant>,
     Symptom::WrongPassword,
     [](const Facts&) -> Lines {
       return {
           "correct the attribute that the details name, in what the server grants: docs/radius.md has what counts"};
     }},
    {"gave-up-login", "it gave up its login by itself, most often since it has no password for the user that it names",
     [](const Facts& facts) {
       return is_refused_by(facts, Refusal::Left) && !facts.attempt.delayed &&
              facts.attempt.refusal(ike::wire::NotifyType::AuthenticationFailed, true);
     },
     Symptom::WrongPassword,
     [](const Facts& facts) -> Lines {
       return {fmt::format("give the client the password of {}; strongSwan has it under secrets in swanctl.conf",
                           named(facts).user)};
     }},
    {"left-login", "it went away in the middle of its login",
     [](const Facts& facts) {
       return is_refused_by(facts, Refusal::Left) && !facts.attempt.delayed &&
              !facts.attempt.refusal(ike::wire::NotifyType::AuthenticationFailed, true);
     },
     Symptom::NoAnswer,
     [](const Facts&) -> Lines {
       return {"somebody closed the question for the password, or packets got lost: try again"};
     }},
};

}  // namespace

std::span<const Cause> login_causes() { return login_table; }

}  // namespace agilevpn::diagnosis
