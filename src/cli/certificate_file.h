// Certificates of a file that somebody names, whatever form it has.
#pragma once

#include <filesystem>
#include <vector>

#include "base/error.h"
#include "crypto/certificate.h"

namespace agilevpn::cli {

// PEM, DER, or a .p12 or .pfx: its owner's certificate first, then what came with it. The password of such a one stands in
// `password_file`; without that it is asked for on the terminal.
Result<std::vector<crypto::Certificate>, Error> load_certificate_file(const std::filesystem::path& file,
                                                                      const std::filesystem::path& password_file);

}  // namespace agilevpn::cli
