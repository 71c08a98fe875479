#include "profiles/page.h"

#include <fmt/format.h>

#include "profiles/text.h"

namespace agilevpn::profiles {

namespace {

constexpr std::string_view page_style = R"css(
:root{--ink:#1d2530;--soft:#5b6675;--paper:#fff;--ground:#eef1f5;--line:#dfe4ea;--code:#eef1f5;--mark:#1f6feb;--note:#f4f7fb}
@media(prefers-color-scheme:dark){:root{--ink:#e3e8ee;--soft:#9aa6b4;--paper:#1b2129;--ground:#11151a;--line:#303843;--code:#28303a;--mark:#5a9bff;--note:#222a34}}
*{box-sizing:border-box}
body{font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;margin:0;padding:2rem 1rem;color:var(--ink);background:var(--ground)}
main{max-width:44rem;margin:0 auto;padding:2rem 2.25rem;background:var(--paper);border:1px solid var(--line);border-radius:14px}
h1{font-size:1.5rem;line-height:1.3;margin:0 0 1.5rem;overflow-wrap:anywhere}
h2{font-size:.8rem;letter-spacing:.06em;text-transform:uppercase;color:var(--soft);margin:2rem 0 .5rem}
ol{list-style:none;counter-reset:step;margin:0;padding:0}
li{counter-increment:step;position:relative;margin:0 0 1.1rem;padding:.15rem 0 0 3rem;min-height:2rem}
li::before{content:counter(step);position:absolute;left:0;top:0;width:2rem;height:2rem;border-radius:50%;background:var(--mark);color:#fff;font-weight:600;text-align:center;line-height:2rem}
ol.only li{padding-left:0}ol.only li::before{content:none}
code{font:.92em/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--code);padding:.1rem .35rem;border-radius:5px;overflow-wrap:anywhere;user-select:all;-webkit-box-decoration-break:clone;box-decoration-break:clone}
pre{margin:.4rem 0 0}pre code{display:block;padding:.6rem .8rem;overflow-x:auto}
table{width:100%;border-collapse:collapse}
tr+tr{border-top:1px solid var(--line)}
th,td{text-align:left;vertical-align:top;padding:.5rem 0}
th{width:12.5rem;padding-right:1rem;font-weight:500;color:var(--soft)}
p{margin:0 0 .7rem;padding:.7rem .9rem;background:var(--note);border-left:3px solid var(--mark);border-radius:4px}
svg{display:block;width:24rem;max-width:100%;height:auto;margin:0 auto 1.5rem;border-radius:8px}
@media(max-width:30rem){body{padding:0}main{border:0;border-radius:0;padding:1.5rem 1.1rem}th,td{display:block;width:auto;padding:.4rem 0 0}td{padding:0 0 .4rem}}
@media print{body{background:none;padding:0}main{border:0;padding:0}pre code{white-space:pre-wrap}}
)css";

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

// A command at the end, after a colon, stands alone, ready to be copied.
std::string step_text(std::string_view step) {
  const std::size_t command = step.ends_with('`') ? step.rfind(": `") : std::string_view::npos;
  if (command == std::string_view::npos || step.find('`', command + 3) != step.size() - 1) return marked(step);
  return marked(step.substr(0, command + 1)) + "<pre>" + marked(step.substr(command + 2)) + "</pre>";
}

std::string values_table(const Page& page) {
  if (page.values.empty()) return "";
  std::string rows;
  for (const auto& [name, value] : page.values) {
    rows += fmt::format("<tr><th>{}</th><td><code>{}</code></td></tr>\n", html(name), html(value));
  }
  return "<h2>For reference</h2>\n<table>\n" + rows + "</table>\n";
}

}  // namespace

std::string to_html(const Page& page) {
  std::string steps, notes;
  for (const std::string& step : page.steps) steps += "<li>" + step_text(step) + "</li>\n";
  for (const std::string& note : page.notes) notes += "<p>" + marked(note) + "</p>\n";
  if (!notes.empty()) notes = "<h2>Good to know</h2>\n" + notes;
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\">\n<title>{0}</title>\n<style>{1}</style>\n"
      "</head>\n<body>\n<main>\n<h1>{0}</h1>\n{2}<ol{6}>\n{3}</ol>\n{4}{5}</main>\n</body>\n</html>\n",
      html(page.title), page_style, page.picture, steps, values_table(page), notes,
      page.steps.size() == 1 ? " class=\"only\"" : "");
}

std::string password_note(const Request& request) {
  if (request.uses_certificate())
    return "The certificate is locked: whoever gave you these files tells you its password, by another way.";
  return fmt::format("You are asked for a password: yours, as user `{}`.", request.login.user);
}

std::string routes_text(const Request& request) {
  if (request.is_full()) return "everything";
  std::string out;
  for (const IpPrefix& route : request.routes) out += (out.empty() ? "" : ", ") + route.to_string();
  return out;
}

}  // namespace agilevpn::profiles
