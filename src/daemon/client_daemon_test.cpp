#include "daemon/client_daemon.h"

#include "control/files/file.h"
#include "linux/lab_fixture.h"

namespace agilevpn::daemon {
namespace {

using control::files::Readers;

// A daemon on a host without a network, and the file that it reads.
class ClientDaemonOfAHost : public linux::Lab {
 protected:
  void SetUp() override {
    Lab::SetUp();
    if (IsSkipped()) return;
    std::string pattern = testing::TempDir() + "client-daemonXXXXXX";
    file_ = std::filesystem::path{::mkdtemp(pattern.data())} / "client.toml";
    write("[office]\ngateway = \"192.0.2.1\"\nid = \"bert\"\npsk = \"x\"\n");
    service_ = *Service::open({.role = Role::Client}, {});
    daemon_ = *ClientDaemon::open(*service_, *control::config::load_client(file_), file_);
  }
  void TearDown() override {
    if (!file_.empty()) std::filesystem::remove_all(file_.parent_path());
  }
  void write(const std::string& text) { ASSERT_TRUE(control::files::write(file_, as_bytes(text), Readers::OwnerOnly)); }
  std::string user() { return daemon_->connections().front().identity; }
  std::string gateway() { return daemon_->connections().front().gateway; }

  std::filesystem::path file_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<ClientDaemon> daemon_;
};

TEST_F(ClientDaemonOfAHost, WhatWasUpAtAReloadHasTheNewSettingsWhenItIsUpAgain) {
  ASSERT_TRUE(daemon_->up("office", {}));
  write("[office]\ngateway = \"192.0.2.2\"\nid = \"bert\"\npsk = \"x\"\n");
  daemon_->reload();
  ASSERT_TRUE(daemon_->up("office", {}));  // It is up: nothing changes.
  EXPECT_EQ(gateway(), "192.0.2.1");
  ASSERT_TRUE(daemon_->down("office"));
  ASSERT_TRUE(daemon_->up("office", {}));
  EXPECT_EQ(gateway(), "192.0.2.2");
  EXPECT_EQ(daemon_->connections().size(), 1u);
}

TEST_F(ClientDaemonOfAHost, WhatIsNotConnectedAtAReloadLogsInAsTheFileSaysNow) {
  ASSERT_TRUE(daemon_->up("office", {}));
  write("[office]\ngateway = \"192.0.2.1\"\nid = \"carl\"\npsk = \"x\"\n");
  daemon_->reload();
  EXPECT_EQ(user(), "carl");
  EXPECT_EQ(daemon_->connections().front().state, "Connecting");
}

TEST_F(ClientDaemonOfAHost, WhatWasUpAndIsNotConfiguredAnyMoreIsNotUpAgain) {
  ASSERT_TRUE(daemon_->up("office", {}));
  write("[home]\ngateway = \"192.0.2.2\"\nid = \"carl\"\npsk = \"x\"\n");
  daemon_->reload();
  ASSERT_TRUE(daemon_->down("office"));
  const auto refused = daemon_->up("office", {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, "there is no connection office");
  EXPECT_EQ(daemon_->connections().size(), 1u);
}

}  // namespace
}  // namespace agilevpn::daemon
