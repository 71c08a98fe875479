// Whole files, read and written at once. Errors name the file and the system's reason.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/secret.h"

namespace agilevpn::control::files {

inline constexpr std::size_t file_size_max = 16 * 1024 * 1024;  // No certificate, key, CRL or configuration is larger.

// Whether it is there. An error if we may not look.
Result<bool, Error> has(const std::filesystem::path& path);

// Whether every user of this machine may read it.
bool is_open_to_all(const std::filesystem::path& path);

Result<std::string, Error> read_text(const std::filesystem::path& path);
Result<Secret, Error> read_secret(const std::filesystem::path& path);

enum class Readers { Everyone, OwnerOnly };
// Replaces the file as one step: a crash leaves the old or the new one. Directories that are missing are made, for the owner
// only where the file is.
Result<void, Error> write(const std::filesystem::path& path, ByteView content, Readers readers);

}  // namespace agilevpn::control::files
