#include "profiles/qr.h"

#include <fmt/format.h>
#include <qrencode.h>

#include <memory>

#include "profiles/link.h"
#include "profiles/page.h"

namespace agilevpn::profiles {

namespace {

constexpr int quiet_zone = 4;  // Squares of white around it (ISO/IEC 18004 §6.3.8).

struct FreeCode {
  void operator()(QRcode* code) const { QRcode_free(code); }
};
using Code = std::unique_ptr<QRcode, FreeCode>;

// Null if the text is too long for one code. The lowest correction makes the largest squares, and a screen has no scratches.
Code encode(const std::string& text) { return Code{QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_L)}; }

std::string to_svg(const QRcode& code) {
  std::string squares;
  for (int y = 0; y < code.width; ++y) {
    for (int x = 0; x < code.width; ++x) {
      const bool is_dark = code.data[y * code.width + x] & 1;
      if (is_dark) squares += fmt::format("M{} {}h1v1h-1z", x + quiet_zone, y + quiet_zone);
    }
  }
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {0}\" width=\"512\" height=\"512\" "
      "shape-rendering=\"crispEdges\">"
      "<path fill=\"#fff\" d=\"M0 0h{0}v{0}H0z\"/><path d=\"{1}\"/></svg>\n",
      code.width + 2 * quiet_zone, squares);
}

}  // namespace

Result<Files, Error> write_qr(const Request& request) {
  const std::string link = to_string(link_of(request));
  const Code code = encode(link);
  if (!code)
    return Failure{
        Error{fmt::format("a link of {} characters is too long for a QR code", link.size()), "shorten the names"}};
  const std::string svg = to_svg(*code);
  Page page{.title = "VPN to " + request.gateway + ": the link as a picture",
            .steps = {},
            .values = {},
            .notes = {},
            .picture = svg};
  page.steps = {"Scan it with a device that has AgileVPN, or hand on the link below. It holds no secret."};
  page.values = {{"Link", link}};
  Files files;
  files.push_back({request.file_stem() + "-qr.svg", svg, "the link as a QR code"});
  files.push_back({request.file_stem() + "-qr.html", to_html(page), "the same as a page"});
  return files;
}

}  // namespace agilevpn::profiles
