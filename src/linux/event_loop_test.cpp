#include "linux/event_loop.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "linux/clock.h"
#include "linux/file_descriptor.h"
#include "linux/name_lookup.h"
#include "linux/program.h"

namespace agilevpn::linux {
namespace {

TEST(Timer, ExpiresOnceAtItsDeadlineAndNotBefore) {
  EventLoop loop;
  int count = 0;
  Timer timer{loop, [&] { ++count, loop.stop(); }};
  const Instant deadline = now() + 20ms;
  timer.arm(now() + 1h);
  timer.arm(deadline);
  loop.run();
  EXPECT_GE(now(), deadline);
  EXPECT_EQ(count, 1);
}

TEST(Timer, ADeadlineInThePastExpiresAtOnceAndADisarmedOneNever) {
  EventLoop loop;
  bool is_wrong = false;
  Timer disarmed{loop, [&] { is_wrong = true; }};
  Timer past{loop, [&] { loop.stop(); }};
  disarmed.arm(now() - 1s);
  disarmed.arm(std::nullopt);
  past.arm(Instant{});
  loop.run();
  EXPECT_FALSE(is_wrong);
}

TEST(Timer, ADeadlineThatHasExpiredIsArmedAgainAndSoIsOneThatWasDisarmed) {
  EventLoop loop;
  const Instant deadline = now();
  int count = 0;
  Timer again{loop, [&] {
                if (++count == 3) return loop.stop();
                again.arm(deadline);
              }};
  again.arm(deadline);
  again.arm(std::nullopt);
  again.arm(deadline);
  again.arm(deadline);
  Timer patience{loop, [&] { loop.stop(); }};
  patience.arm(now() + 10s);
  loop.run();
  EXPECT_EQ(count, 3);
}

TEST(ReadWatch, IsCalledAgainAsLongAsThereIsSomethingToRead) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const FileDescriptor reader{ends[0]}, writer{ends[1]};
  ASSERT_EQ(::write(writer.get(), "abc", 3), 3);
  EventLoop loop;
  std::string text;
  ReadWatch watch{loop, reader.get(), [&] {
                    char c = 0;
                    ASSERT_EQ(::read(reader.get(), &c, 1), 1);
                    text += c;
                    if (text.size() == 3) loop.stop();
                  }};
  loop.run();
  EXPECT_EQ(text, "abc");
}

TEST(ReadWatch, MayEndItself) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const FileDescriptor reader{ends[0]}, writer{ends[1]};
  ASSERT_EQ(::write(writer.get(), "a", 1), 1);
  EventLoop loop;
  int count = 0;
  std::optional<ReadWatch> watch;
  watch.emplace(loop, reader.get(), [&] { ++count, watch.reset(); });
  Timer end{loop, [&] { loop.stop(); }};
  end.arm(now() + 50ms);
  loop.run();
  EXPECT_EQ(count, 1);
}

TEST(EventLoop, TellsOfSignals) {
  EventLoop loop;
  int heard = 0;
  loop.on_signals({SIGUSR1}, [&](int number) { heard = number, loop.stop(); });
  ::kill(::getpid(), SIGUSR1);
  loop.run();
  EXPECT_EQ(heard, SIGUSR1);
}

TEST(NameLookup, AnswersNumbersAndNamesAndSaysWhyNot) {
  EventLoop loop;
  NameLookup lookup{loop};
  std::vector<LookupResult> results(3);
  int left = 3;
  const auto store = [&](std::size_t i) {
    return [&, i](LookupResult result) {
      results[i] = std::move(result);
      if (--left == 0) loop.stop();
    };
  };
  lookup.resolve("192.0.2.1", store(0));
  lookup.resolve("localhost", store(1));
  lookup.resolve("no-such-host.invalid", store(2));
  loop.run();
  EXPECT_EQ(results[0].addresses.front().to_string(), "192.0.2.1");
  EXPECT_TRUE(results[1].addresses.front().is_loopback());
  EXPECT_TRUE(results[2].addresses.empty());
  EXPECT_EQ(results[2].reason.substr(0, 36), "cannot resolve no-such-host.invalid:");
}

TEST(Program, SaysHowItFailed) {
  EXPECT_TRUE(run_program({"grep", "-q", "abc"}, "xabcx\n"));
  EXPECT_EQ(run_program({"grep", "-q", "abc"}, "x\n").error().to_string(), "\"grep -q abc\" failed (exit status 1)");
  EXPECT_EQ(run_program({"sleep", "60"}).error().help, "it did not end in time");
  EXPECT_EQ(run_program({"no-such-program"}).error().what, "there is no program no-such-program");
}

TEST(Program, WhatItPrintsCanBeRead) {
  EXPECT_EQ(read_program({"echo", "two words"}).value(), "two words\n");
  EXPECT_EQ(read_program({"head", "-c", "300000", "/dev/zero"}).value().size(), 300'000u);
  EXPECT_FALSE(read_program({"false"}));
}

TEST(Program, TakesInputOfAnySize) {  // More than a pipe holds.
  EXPECT_TRUE(run_program({"sh", "-c", "test $(wc -c) -eq 300000"}, std::string(300'000, 'x')));
  EXPECT_TRUE(run_program({"true"}, std::string(300'000, 'x')));
}

}  // namespace
}  // namespace agilevpn::linux
