#include "daemon/connection_host.h"

#include "linux/lab_fixture.h"

namespace agilevpn::daemon {
namespace {

// A connection on a host without a network: it never gets anywhere, and takes what it needs all the same.
class ConnectionOfAHost : public linux::Lab {
 protected:
  void SetUp() override {
    Lab::SetUp();
    if (IsSkipped()) return;
    service_ = *Service::open({.role = Role::Client}, {});
    control::config::ClientConnection config{
        .profile = {.name = "office",
                    .gateway = "192.0.2.1",
                    .local = ike::wire::Identity::parse("anna@example.org"),
                    .auth = ike::PskAuth{Secret{to_bytes("correct horse battery staple")}}},
        .credentials = ike::Credentials{crypto::Verifier{{}, {}}},
        .interface = "vpn7"};
    connection_ = std::make_unique<ConnectionHost>(*service_, std::move(config), 1024);
  }
  void run_the_loop() {
    linux::Timer timer{service_->loop(), [this] { service_->loop().stop(); }};
    timer.arm(linux::now() + 100ms);
    service_->loop().run();
  }

  std::unique_ptr<Service> service_;
  std::unique_ptr<ConnectionHost> connection_;
};

TEST_F(ConnectionOfAHost, LeavesNothingWhenItIsDown) {
  ASSERT_TRUE(connection_->up());
  EXPECT_NE(linux::output_of("ip link show vpn7"), "");
  connection_->down();
  run_the_loop();
  EXPECT_TRUE(connection_->is_off());
  EXPECT_EQ(linux::output_of("ip link show vpn7 2>&1"), "Device \"vpn7\" does not exist.\n");
}

TEST_F(ConnectionOfAHost, KeepsWhatItHasWhenItIsUpAgainAtOnce) {
  ASSERT_TRUE(connection_->up());
  connection_->down();
  ASSERT_TRUE(connection_->up());
  run_the_loop();
  EXPECT_FALSE(connection_->is_off());
}

}  // namespace
}  // namespace agilevpn::daemon
