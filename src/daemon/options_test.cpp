#include "daemon/options.h"

#include <gtest/gtest.h>

#include <vector>

namespace agilevpn::daemon {
namespace {

std::variant<Options, int> parse(std::vector<std::string> words) {
  words.insert(words.begin(), "agilevpnd");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

TEST(Options, TheRoleComesFromTheNameOfTheFileUnlessItIsSaid) {
  EXPECT_EQ(std::get<Options>(parse({"--config", "/etc/agilevpn/gateway.toml"})).role, Role::Gateway);
  EXPECT_EQ(std::get<Options>(parse({"--config", "/etc/agilevpn/client.toml"})).role, Role::Client);
  EXPECT_EQ(std::get<Options>(parse({"--config", "anna.toml", "--role", "client"})).role, Role::Client);
}

TEST(Options, SayWhatIsLoggedAndWhere) {
  const auto options = std::get<Options>(parse({"--config", "client.toml", "--log", "ike", "--events", "e.jsonl"}));
  EXPECT_EQ(options.detail, control::LogDetail::Ike);
  EXPECT_EQ(options.events, "e.jsonl");
}

TEST(Options, AMistakeEndsWithTwoAndHelpWithZero) {
  EXPECT_EQ(std::get<int>(parse({})), 2);
  EXPECT_EQ(std::get<int>(parse({"--config", "client.toml", "--log", "everything"})), 2);
  EXPECT_EQ(std::get<int>(parse({"--help"})), 0);
}

}  // namespace
}  // namespace agilevpn::daemon
