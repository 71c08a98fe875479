// A gateway that dies at any moment loses nothing that was committed: a process writes until it is killed, again and
// again.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "store/leases.h"
#include "store/store_fixture.h"

namespace agilevpn::store {
namespace {

class CrashTest : public StoreTest {
 protected:
  // Writes a user and its lease in one transaction, and says so, until it is killed.
  [[noreturn]] static void write_for_ever(const std::filesystem::path& file, int first, int said) {
    auto database = Database::open(file, {.sync = Sync::Lazily});
    for (int i = first; database; ++i) {
      auto transaction = Transaction::begin(*database);
      const std::string name = fmt::format("user{}", i);
      const bool is_written =
          transaction && Users{*database}.add({{.name = name}, {}}, now()) &&
          Leases{*database}.put(
              {"ipv4", *IpAddress::v4(10, 0, 0, 0).plus(static_cast<unsigned>(i)), name, {}, now(), {}}) &&
          transaction->commit();
      if (!is_written || ::write(said, &i, sizeof(i)) != sizeof(i)) break;
    }
    ::_exit(1);
  }

  // Runs such a process until it has said `count` numbers from `first` on; the last one that it said before it died.
  int run_and_kill(int first, int count) const {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) write_for_ever(file(), first, ends[1]);
    ::close(ends[1]);
    int last = first - 1, number = 0;
    while (::read(ends[0], &number, sizeof(number)) == sizeof(number)) {
      last = number;
      if (number == first + count) ::kill(child, SIGKILL);
    }
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "it ended by itself";
    return last;
  }
};

TEST_F(CrashTest, NothingCommittedIsLostAndNothingIsHalf) {
  {
    open();
  }
  SeededRandom random(7);
  int next = 0;
  for (int round = 0; round < 20; ++round) {
    const int last = run_and_kill(next, static_cast<int>(random.below(40)));
    Database database = open();
    Statement check = expect(database.prepare("PRAGMA integrity_check"));
    ASSERT_TRUE(expect(check.step()));
    ASSERT_EQ(check.text(0), "ok");
    const auto users = expect(Users{database}.list()).size(), leases = expect(Leases{database}.load()).size();
    ASSERT_EQ(users, leases);
    // One more may have been committed and not been said.
    ASSERT_GE(users, static_cast<std::size_t>(last + 1));
    ASSERT_LE(users, static_cast<std::size_t>(last + 2));
    next = static_cast<int>(users);
  }
}

}  // namespace
}  // namespace agilevpn::store
