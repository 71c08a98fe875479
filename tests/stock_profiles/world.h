// A gateway of ours, a profile that is made of its configuration, and the client that this profile sets up.
#pragma once

#include "profiles/device.h"
#include "profiles/suite.h"
#include "sim/stock/crowd.h"
#include "tests/stock_profiles/set_up.h"

namespace agilevpn::stock_profiles {

struct Device {
  const char* name;
  profiles::Device profile;
  profiles::Platform platform;
  SetUp (*read)(const profiles::Files&, const Typed&);
};
const std::vector<Device>& devices();
const Device& device_called(std::string_view name);

inline constexpr const char* user = "anna@example.org";

sim::stock::CrowdOptions options_for(const std::string& policy);
// As `agilevpn profile` asks for it: of the gateway's own configuration.
profiles::Request request_for(const sim::stock::CrowdOptions& options, profiles::LoginKind login);
Typed typed();

struct Connected {
  Connected(sim::stock::CrowdOptions options, SetUp set_up);
  bool is_connected() const { return client().is_connected(); }
  const sim::stock::StockClient& client() const { return *member->client; }
  std::vector<std::string> drops() const;
  std::string why() const;  // Not, in everybody's words.
  const ike::IkeSaInfo& ike_sa();
  void work_for(Duration duration);  // With something to say every minute.

  SetUp made;
  sim::stock::Crowd crowd;
  sim::stock::Crowd::Member* member;

 private:
  std::vector<gateway::SessionInfo> sessions_;
};

}  // namespace agilevpn::stock_profiles
