// Why a login by user name and password, or another EAP method, failed.
#include <fmt/format.h>
#include <fmt/ranges.h>

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
  return {fmt::format("set the client to one of: {}", methods_of(facts.config)),
          "or allow its method: `methods` under [users] in gateway.toml"};
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
       return {"agilevpn user list shows who there is", fmt::format("agilevpn user add {}", facts.attempt.who)};
     }},
    {"wrong-password", "the password is wrong", is_refused<Refusal::WrongPassword>, Symptom::WrongPassword,
     [](const Facts& facts) {
       Lines cures{"type it again, with Caps Lock off",
                   fmt::format("or give a new one: agilevpn user password {}", facts.attempt.who)};
       if (facts.attempt.delayed) cures.emplace_back("wait a quarter of an hour: every further guess waits longer");
       return cures;
     }},
    {"disabled-user", "the user, or the device, is disabled", is_refused<Refusal::UserDisabled>, Symptom::WrongPassword,
     [](const Facts& facts) -> Lines { return {fmt::format("agilevpn user enable {}", facts.attempt.who)}; }},
    {"expired-user", "the user has expired", is_refused<Refusal::UserExpired>, Symptom::WrongPassword,
     [](const Facts& facts) -> Lines {
       return {fmt::format("agilevpn user set {} --expires never, or another day", facts.attempt.who)};
     }},
    {"no-password-hash", "the user's password is kept in a way that this method cannot check",
     is_refused<Refusal::NoPasswordHash>, Symptom::WrongPassword,
     [](const Facts& facts) -> Lines {
       return {fmt::format("give it anew without --scrypt: agilevpn user password {}", facts.attempt.who)};
     }},
    {"method-refused", "it wants none of the gateway's EAP methods", is_refused<Refusal::MethodRefused>,
     Symptom::WrongMethod, cure_method},
    {"no-method", "the gateway has no EAP method for this user: MSCHAPv2 may be switched off",
     is_refused<Refusal::NoMethod>, Symptom::WrongMethod,
     [](const Facts&) -> Lines {
       return {"set `methods` or mschapv2 = true under [users] in gateway.toml",
               "on Debian 13 MSCHAPv2 needs the package openssl-provider-legacy"};
     }},
    {"radius-silent", "no RADIUS server answers", is_refused<Refusal::RadiusSilent>, Symptom::WrongPassword,
     [](const Facts&) -> Lines {
       return {
           "start the server; look whether UDP 1812 reaches it, and whether it knows this gateway as a client with the "
           "same `secret`"};
     }},
    {"radius-reject", "the RADIUS server refused the login", is_refused<Refusal::RadiusReject>, Symptom::WrongPassword,
     [](const Facts&) -> Lines {
       return {"its own log says why: a wrong password, or a policy that wants another method (then Windows says 812)"};
     }},
    {"left-login", "it went away in the middle of its login",
     [](const Facts& facts) { return is_refused_by(facts, Refusal::Left) && !facts.attempt.delayed; },
     Symptom::NoAnswer,
     [](const Facts&) -> Lines {
       return {"somebody closed the question for the password, or packets got lost: try again"};
     }},
};

}  // namespace

std::span<const Cause> login_causes() { return login_table; }

}  // namespace agilevpn::diagnosis
