#include "control/key_log_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

namespace agilevpn::control {
namespace {

TEST(KeyLogFiles, RowsGoToTheirTableForTheOwnerAlone) {
  std::string pattern = testing::TempDir() + "keysXXXXXX";
  const std::filesystem::path directory = ::mkdtemp(pattern.data());
  auto files = KeyLogFiles::open(directory / "keys");
  ASSERT_TRUE(files) << files.error().to_string();
  using Table = ike::KeyLogEntry::Table;
  EXPECT_TRUE(files->write({Table::EspSa, Secret(to_bytes("\"IPv4\",\"*\""))}));
  EXPECT_TRUE(files->write({Table::EspSa, Secret(to_bytes("second"))}));
  EXPECT_TRUE(files->write({Table::Ikev2DecryptionTable, Secret(to_bytes("ike"))}));

  std::ifstream file(directory / "keys" / "esp_sa");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(text, "\"IPv4\",\"*\"\nsecond\n");
  struct stat found{};
  ASSERT_EQ(::stat((directory / "keys" / "ikev2_decryption_table").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
  std::filesystem::remove_all(directory);
}

TEST(KeyLogFiles, ADirectoryThatCannotBeMadeIsAnError) {
  const auto files = KeyLogFiles::open("/dev/null/keys");
  ASSERT_FALSE(files);
  EXPECT_NE(files.error().what.find("/dev/null/keys"), std::string::npos);
}

}  // namespace
}  // namespace agilevpn::control
