#include "daemon/ticket_keys.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <fstream>

namespace agilevpn::daemon {
namespace {

namespace fs = std::filesystem;

constexpr WallTime monday = std::chrono::sys_days{std::chrono::year{2026} / 11 / 2};
constexpr auto day = std::chrono::hours{24};

class TicketKeysTest : public testing::Test {
 protected:
  ~TicketKeysTest() override { fs::remove_all(folder_); }
  TicketKeys open() const {
    auto keys = TicketKeys::open(file_);
    EXPECT_TRUE(keys.has_value());
    return *std::move(keys);
  }
  static std::vector<Bytes> ids(const TicketKeys& keys) {
    std::vector<Bytes> all;
    for (const ike::TicketKey& key : keys.copies()) all.push_back(key.id);
    return all;
  }
  bool renew(TicketKeys& keys, WallTime now) {
    const auto renewed = keys.renew(now, random_);
    EXPECT_TRUE(renewed.has_value());
    return renewed.value_or(false);
  }

  fs::path folder_ = fs::path{testing::TempDir()} / ("ticket-keys-" + std::to_string(::getpid()));
  fs::path file_ = folder_ / "ticket.keys";
  SeededRandom random_{1};
};

TEST_F(TicketKeysTest, SurviveARestartAndOnlyTheirOwnerReadsThem) {
  TicketKeys keys = open();
  EXPECT_TRUE(keys.copies().empty());
  EXPECT_TRUE(renew(keys, monday));
  TicketKeys again = open();
  EXPECT_FALSE(renew(again, monday + std::chrono::hours{23}));
  EXPECT_EQ(ids(again), ids(keys));
  EXPECT_EQ(again.copies().front().secret, keys.copies().front().secret);
  EXPECT_EQ(fs::status(file_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(TicketKeysTest, ANewOneTakesOverEveryDayAndTheFormerOneStillOpens) {
  TicketKeys keys = open();
  renew(keys, monday);
  const Bytes first = ids(keys).front();
  EXPECT_TRUE(renew(keys, monday + day));
  ASSERT_EQ(ids(keys).size(), 2u);
  EXPECT_EQ(ids(keys).back(), first);
  EXPECT_TRUE(renew(keys, monday + 2 * day));
  EXPECT_EQ(ids(keys).size(), 2u);
  EXPECT_NE(ids(keys).back(), first) << "all that it sealed has expired";
}

TEST_F(TicketKeysTest, AClockThatWentBackwardsMakesANewOne) {
  TicketKeys keys = open();
  renew(keys, monday);
  EXPECT_TRUE(renew(keys, monday - day));
}

TEST_F(TicketKeysTest, AFileThatIsNoneOfOursHasNoKeys) {
  fs::create_directories(folder_);
  std::ofstream{file_} << "1793577600 0011 0022\nsomething else\n";
  EXPECT_TRUE(open().copies().empty());
}

}  // namespace
}  // namespace agilevpn::daemon
