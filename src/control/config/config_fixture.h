// A directory with a CA in pki/, and files to read, for the tests of configurations.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "control/files/file.h"
#include "control/files/pki_store.h"

namespace agilevpn::control::config {

// An environment variable for as long as this lives.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~ScopedVariable() { ::unsetenv(name_); }
  ScopedVariable(const ScopedVariable&) = delete;

 private:
  const char* name_;
};

class ConfigFixture : public testing::Test {
 protected:
  ConfigFixture() {
    std::string pattern = testing::TempDir() + "configXXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    pki_.emplace(
        files::PkiStore::init(directory_ / "pki", "CN=Test CA", crypto::KeyType::EcdsaP256, wall_now()).value());
  }
  ~ConfigFixture() override { std::filesystem::remove_all(directory_); }

  static WallTime wall_now() { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }
  files::PkiStore& pki() { return *pki_; }
  const std::filesystem::path& directory() const { return directory_; }
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    files::write(directory_ / name, as_bytes(text), files::Readers::Everyone).value();
    return directory_ / name;
  }

  template <class T>
  static std::vector<std::string> texts(const Result<T, std::vector<Error>>& result) {
    std::vector<std::string> out;
    if (!result) {
      for (const Error& error : result.error()) out.push_back(error.what);
    }
    return out;
  }

 private:
  std::filesystem::path directory_;
  std::optional<files::PkiStore> pki_;
};

}  // namespace agilevpn::control::config
