#include "profiles/page.h"

#include <fmt/format.h>

#include "profiles/text.h"

namespace agilevpn::profiles {

namespace {

constexpr std::string_view page_style =
    "body{font:17px/1.5 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}"
    "h1{font-size:1.5rem}li{margin:.5rem 0}code{background:#eee;padding:.1rem .3rem;border-radius:.2rem;overflow-wrap:anywhere}"
    "th{text-align:left;padding-right:1.5rem;vertical-align:top}svg{width:16rem;height:16rem}"
    "@media(prefers-color-scheme:dark){body{color:#ddd;background:#1b1b1b}code{background:#333}}";

// Escaped, with `code` in it.
std::string marked(std::string_view text) {
  std::string out;
  bool is_code = false;
  while (true) {
    const std::size_t mark = text.find('`');
    out += html(text.substr(0, mark));
    if (mark == std::string_view::npos) return out;
    out += is_code ? "</code>" : "<code>";
    is_code = !is_code;
    text.remove_prefix(mark + 1);
  }
}

std::string values_table(const Page& page) {
  if (page.values.empty()) return "";
  std::string rows;
  for (const auto& [name, value] : page.values) {
    rows += fmt::format("<tr><th>{}</th><td><code>{}</code></td></tr>\n", html(name), html(value));
  }
  return "<table>\n" + rows + "</table>\n";
}

}  // namespace

std::string to_html(const Page& page) {
  std::string steps, notes;
  for (const std::string& step : page.steps) steps += "<li>" + marked(step) + "</li>\n";
  for (const std::string& note : page.notes) notes += "<p>" + marked(note) + "</p>\n";
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{0}</title>\n<style>{1}</style>\n"
      "</head>\n<body>\n<h1>{0}</h1>\n{2}<ol>\n{3}</ol>\n{4}{5}</body>\n</html>\n",
      html(page.title), page_style, page.picture, steps, values_table(page), notes);
}

std::string password_note(const Request& request) {
  if (request.uses_certificate()) return "The certificate is locked: whoever gave you these files tells you its password, by another way.";
  return fmt::format("You are asked for a password: yours, as user `{}`.", request.login.user);
}

std::string routes_text(const Request& request) {
  if (request.is_full()) return "everything";
  std::string out;
  for (const IpPrefix& route : request.routes) out += (out.empty() ? "" : ", ") + route.to_string();
  return out;
}

}  // namespace agilevpn::profiles
