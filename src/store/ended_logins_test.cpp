#include "store/ended_logins.h"

#include <gtest/gtest.h>

#include "store/store_fixture.h"

namespace agilevpn::store {
namespace {

class EndedLoginsTest : public StoreTest {
 protected:
  Database database_ = open();
  EndedLogins logins_{database_};
};

TEST_F(EndedLoginsTest, AreKnownUntilTheirTicketsHaveExpired) {
  expect(logins_.put("0102"_hex, now(), std::chrono::hours{12}));
  EXPECT_TRUE(expect(logins_.has("0102"_hex)));
  EXPECT_FALSE(expect(logins_.has("0103"_hex)));
  expect(logins_.put("0103"_hex, now() + std::chrono::hours{13}, std::chrono::hours{12}));
  EXPECT_FALSE(expect(logins_.has("0102"_hex))) << "forgotten";
  EXPECT_TRUE(expect(logins_.has("0103"_hex)));
}

}  // namespace
}  // namespace agilevpn::store
