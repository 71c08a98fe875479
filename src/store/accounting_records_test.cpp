#include "store/accounting_records.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>

#include "store/store_fixture.h"

namespace agilevpn::store {
namespace {

using radius::AccountingNote;
using radius::AcctStatusType;
using radius::KeptRecord;
using testing::ElementsAre;
using testing::IsEmpty;

class AccountingRecordsTest : public StoreTest {
 protected:
  AccountingRecords open_records() const { return expect(AccountingRecords::open(directory_)); }
  static KeptRecord record(std::uint64_t id, std::string session, AcctStatusType status = AcctStatusType::Stop) {
    return {id, std::move(session), status, now(), to_bytes("packet")};
  }
};

TEST_F(AccountingRecordsTest, WhatIsKeptIsThereAfterTheNextOpening) {
  const KeptRecord on = record(1, "", AcctStatusType::AccountingOn), stop = record(2, "s-1"),
                   stand = record(0, "s-2", AcctStatusType::InterimUpdate);
  {
    auto records = open_records();
    expect(records.carry_out(std::vector<AccountingNote>{radius::KeepRecord{stop}, radius::KeepRecord{on},
                                                         radius::KeepStand{stand}, radius::KeepStand{record(0, "s-3")},
                                                         radius::ForgetStand{"s-3"}}));
  }
  auto records = open_records();
  EXPECT_THAT(expect(records.load()).records, ElementsAre(on, stop));
  EXPECT_THAT(expect(records.load()).stands, ElementsAre(stand));
  expect(records.carry_out(std::vector<AccountingNote>{radius::ForgetRecord{1}}));
  EXPECT_THAT(expect(records.load()).records, ElementsAre(stop));
  expect(records.carry_out(std::vector<AccountingNote>{radius::ForgetAll{}, radius::KeepRecord{on}}));
  EXPECT_THAT(expect(records.load()).records, ElementsAre(on));
  EXPECT_THAT(expect(records.load()).stands, IsEmpty());
}

TEST_F(AccountingRecordsTest, AFullDiskIsSaidAndLeavesWhatWasThere) {
  auto records = open_records();
  expect(records.carry_out(std::vector<AccountingNote>{radius::KeepRecord{record(1, "s-1")}}));
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit tight{16 * 1024, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  std::vector<AccountingNote> many{radius::ForgetAll{}};
  for (std::uint64_t id = 2; id < 1000; ++id)
    many.emplace_back(radius::KeepRecord{record(id, "s-" + std::to_string(id))});
  const auto written = records.carry_out(many);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_FALSE(written);
  EXPECT_THAT(expect(records.load()).records, ElementsAre(record(1, "s-1")));
  expect(records.carry_out(many));
  EXPECT_EQ(expect(records.load()).records.size(), 998u);
}

TEST_F(AccountingRecordsTest, WhoeverLocksItHoldsUpNoUser) {
  auto records = open_records();
  auto other = expect(Database::open(directory_ / accounting_database_name,
                                     {.busy_timeout = std::chrono::milliseconds{1}, .schema = Schema::Accounting}));
  const auto lock = expect(Transaction::begin(other));
  auto users = open({.busy_timeout = std::chrono::milliseconds{1}});
  add(users, "anna");
  const auto written = records.carry_out(std::vector<AccountingNote>{radius::ForgetAll{}});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().cause, Cause::Locked);
}

TEST_F(AccountingRecordsTest, UsersAreNotMistakenForIt) {
  open();
  std::filesystem::rename(file(), directory_ / accounting_database_name);
  const auto opened = AccountingRecords::open(directory_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().cause, Cause::NotADatabase);
}

}  // namespace
}  // namespace agilevpn::store
