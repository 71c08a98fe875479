// A backend for tests: remembers what it was asked and answers what it was given.
#pragma once

#include "control/backend.h"

namespace agilevpn::control {

struct FakeBackend final : Backend {
  Status current;
  std::vector<std::string> asked;
  std::optional<Error> refusal;
  std::string pin_wanted;  // By the token "anna".
  Secret given_pin, given_answer;

  Status status() override { return current; }
  std::vector<ConnectionStatus> connections() override {
    return {{"office", "vpn.example.org", "anna", true, "Connected"}};
  }
  std::vector<PathStatus> paths() override {
    return {{"office", "eth0", "ethernet", "10.0.1.2", "10.0.1.1", 1, true, "in use", 1.5}};
  }
  std::optional<diagnosis::Diagnosis> why(std::string_view who) override {
    if (who != "dora") return std::nullopt;
    return diagnosis::Diagnosis{.at = WallTime{} + std::chrono::hours{400000},
                                .who = "dora",
                                .address = "203.0.113.77:500",
                                .client = "Windows 7",
                                .step = diagnosis::Step::Algorithms,
                                .explanations = {{"dh-group", "no common Diffie-Hellman group", {"send the profile"}}},
                                .detail = "no IKE proposal fits",
                                .offered = {"group MODP-1024"},
                                .allowed = {"group X25519"},
                                .screen = {"Windows: error 13868"}};
  }
  Result<UpAnswer, Error> up(std::string_view name, Secret pin) override {
    TRY(note("up", name));
    given_pin = std::move(pin);
    return UpAnswer{given_pin.empty() ? pin_wanted : ""};
  }
  Result<void, Error> answer(std::string_view name, Secret answer) override {
    given_answer = std::move(answer);
    return note("answer", name);
  }
  Result<void, Error> down(std::string_view name) override { return note("down", name); }
  Result<void, Error> disconnect(std::uint64_t id) override { return note("disconnect", std::to_string(id)); }
  Result<void, Error> rekey(std::uint64_t id, Rekey what) override {
    return note("rekey", std::to_string(id) + " " + std::to_string(static_cast<int>(what)));
  }
  Result<void, Error> move(std::string_view name, std::string_view adapter) override {
    return note("move", std::string(name) + " " + std::string(adapter));
  }
  Result<void, Error> save_keys(const std::optional<std::filesystem::path>& directory) override {
    return note("save_keys", directory ? directory->string() : "off");
  }

 private:
  Result<void, Error> note(std::string_view verb, std::string_view what) {
    if (refusal) return Failure{*refusal};
    asked.push_back(std::string(verb) + " " + std::string(what));
    return {};
  }
};

inline Status connected_status() {
  SessionStatus session;
  session.id = 7;
  session.name = "office";
  session.state = "Connected";
  session.adapter = "eth0";
  session.origin_address = "10.0.1.2:4500";
  session.gateway_address = "10.0.1.1:4500";
  session.is_mobike = true;
  session.round_trip_ms = 12.5;
  session.inner_addresses = {"10.66.0.20", "fd66::14"};
  session.routes = {"10.20.0.0/16"};
  session.connected_since = WallTime{} + std::chrono::hours{400000};
  session.rekey_in = std::chrono::seconds{2460};
  session.child_sas = {
      {"c0000001", "c0000002", "AES_GCM_16_256", {"10.66.0.20/32"}, {"0.0.0.0/0"}, std::chrono::seconds{60}}};
  return {"client",         "",
          "0.1.0",          WallTime{} + std::chrono::hours{399999},
          {session},        {"the certificate ends in 3 days"},
          {{"replayed", 3}}};
}

}  // namespace agilevpn::control
