// What stands in certificates, for `agilevpn pki show`.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/time.h"
#include "control/files/pki_store.h"

namespace agilevpn::cli {

std::string date_text(WallTime time);                                    // "2026-11-30", UTC
std::string state_text(const control::files::IssuedCertificate& entry);  // "valid", "over", "revoked 2026-11-30"

// The CA's own file, that of an issued certificate, or any other: "", "anna", "anna.p12" of the store in `directory`, a path.
Result<void, Error> show_certificates(const std::filesystem::path& directory, const std::string& name,
                                      const std::filesystem::path& password_file, bool as_json);

}  // namespace agilevpn::cli
