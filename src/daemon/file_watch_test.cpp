#include "daemon/file_watch.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace agilevpn::daemon {
namespace {

class AWatchedFile : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_);
    write("one");
    watch_.set({file_});
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  // As `agilevpn pki` and certbot do: a new file in the place of the old one.
  void write(const std::string& text) {
    std::ofstream(file_.string() + ".new") << text;
    std::filesystem::rename(file_.string() + ".new", file_);
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("agilevpn-watch-" + std::to_string(::getpid()));
  std::filesystem::path file_ = folder_ / "gateway.pem";
  FileWatch watch_;
};

TEST_F(AWatchedFile, ThatStaysIsNoChange) {
  EXPECT_FALSE(watch_.has_settled_change());
  EXPECT_FALSE(watch_.has_settled_change());
}

TEST_F(AWatchedFile, IsToldOnceWhenItHasSettled) {
  write("another");
  EXPECT_FALSE(watch_.has_settled_change());
  EXPECT_TRUE(watch_.has_settled_change());
  EXPECT_FALSE(watch_.has_settled_change());
}

TEST_F(AWatchedFile, IsNotToldWhileItIsBeingWritten) {
  write("another");
  EXPECT_FALSE(watch_.has_settled_change());
  write("and another");
  EXPECT_FALSE(watch_.has_settled_change());
  EXPECT_TRUE(watch_.has_settled_change());
}

TEST_F(AWatchedFile, ThatGoesAwayIsAChange) {
  std::filesystem::remove(file_);
  EXPECT_FALSE(watch_.has_settled_change());
  EXPECT_TRUE(watch_.has_settled_change());
}

}  // namespace
}  // namespace agilevpn::daemon
