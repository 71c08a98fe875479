// A client and a gateway in the simulated world, of which a test breaks one thing; then each end is asked why.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "diagnosis/attempts.h"
#include "diagnosis/client_attempts.h"
#include "diagnosis/explain.h"
#include "tests/roles/pki.h"
#include "tests/roles/roles_world.h"

namespace agilevpn::roles {

using testing::Contains;
using testing::HasSubstr;

// Lets through to a gateway only what a test wants to arrive.
class Gate final : public sim::Program {
 public:
  Gate(sim::Host& host, sim::Program& behind) : behind_(behind) { host.run(this); }
  std::function<bool(ByteView)> passes = [](ByteView) { return true; };

  void handle_packet(const Path& path, sim::Packet::Protocol protocol, ByteView payload) override {
    if (passes(payload)) behind_.handle_packet(path, protocol, payload);
  }
  void handle_network_change() override { behind_.handle_network_change(); }
  void handle_timeout() override { behind_.handle_timeout(); }
  std::optional<Instant> poll_timeout() const override { return behind_.poll_timeout(); }

 private:
  sim::Program& behind_;
};

class Planted : public testing::Test {
 protected:
  Planted();
  void TearDown() override;  // The two ends agree at which step it stopped, if both saw it fail.

  // Both with certificates of `pki`, for `run_for` of virtual time.
  void run(Duration run_for = 10s);
  void run(ike::Credentials client, ike::Credentials gateway, Duration run_for = 10s);
  void start_gateway(ike::Credentials credentials);
  void start_client(ike::Credentials credentials);

  // What is said of the newest failed attempt; the test fails if there is none.
  diagnosis::Diagnosis why(std::string_view who = {});
  diagnosis::Diagnosis why_by_client();
  std::string cause() { return why().explanations.front().cause; }
  std::string cause_by_client() { return why_by_client().explanations.front().cause; }

  // ---- What is broken most often.
  void use_psk(const std::string& of_client, const std::string& of_gateway);
  // The client logs in by EAP as anna; the gateway keeps her.
  void use_passwords(const std::string& typed);
  // By EAP-TLS, as anna, with the certificate of `client_holder`.
  void use_eap_tls();

  RolesWorld w;
  Pki pki;
  Pki::Holder gateway_holder = pki.gateway();
  Pki::Holder client_holder = pki.client();
  gateway::Config config = w.config();
  client::Profile profile = w.profile();
  WallTime calendar_of_gateway = sim::calendar_start;
  std::function<gateway::UserAnswer(const gateway::UserQuestion&)> users;
  // Only with `users`; anna is in the group that her login has, if nothing is said.
  std::function<gateway::Authorization(const gateway::Authorize&)> authorize =
      [](const gateway::Authorize& proved) -> gateway::Authorization {
    return gateway::Authorized{.user = "anna", .id = 1, .device = {}, .group = {.name = proved.group}};
  };
  std::function<gateway::Kept(const gateway::KeepLeases&)> keep;
  diagnosis::Attempts attempts;
  diagnosis::ClientAttempts client_attempts;
  std::unique_ptr<sim::ClientHost> client;
  std::unique_ptr<Gate> gate;
  std::optional<gateway::Config> asked;      // The gateway's, once it runs.
  std::optional<client::Profile> connected;  // The client's.
};

std::shared_ptr<const crypto::MsChap> mschap();

}  // namespace agilevpn::roles
