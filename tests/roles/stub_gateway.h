// Stands in for a gateway with the keys of an established session, and gives its client no Child SA.
#pragma once

#include "sim/host.h"
#include "sim/message_forge.h"

namespace agilevpn::roles {

class StubGateway final : public sim::Program {
 public:
  // In the place of what ran on `host`. `session` is the client's, `log` its keys; the gateway has asked it nothing yet.
  StubGateway(sim::Host& host, const ike::IkeSaInfo& session, const std::vector<ike::KeyLogEntry>& log);
  ~StubGateway() override { host_.run(nullptr); }

  // Tells the client that its Child SA is gone.
  void delete_child_sa(EspSpi spi_outbound_of_client);

  // IKE requests are answered: those for a Child SA with NO_PROPOSAL_CHOSEN, others with nothing.
  void handle_packet(const Path& path, sim::Packet::Protocol protocol, ByteView payload) override;
  void handle_timeout() override {}
  std::optional<Instant> poll_timeout() const override { return std::nullopt; }

  std::vector<Instant> refusals;  // When.

 private:
  void send(const Path& path, ByteView message);

  sim::Host& host_;
  Path path_;  // To the client.
  sim::MessageForge forge_;
};

}  // namespace agilevpn::roles
