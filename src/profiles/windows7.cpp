#include "profiles/windows7.h"

#include <fmt/format.h>

#include <algorithm>

#include "profiles/page.h"
#include "profiles/suite.h"
#include "profiles/text.h"
#include "profiles/windows.h"

namespace agilevpn::profiles {

namespace {

constexpr int eap_only = 1 << 7;              // AuthRestrictions, bit 8: EAP (MS-RRASM §2.2.2.2.58).
constexpr int machine_certificate = 1 << 11;  // Bit 12: machine certificate for IKEv2.

// 2: AES-256 with MODP-2048 and nothing else (1 would add it to the old ones).
constexpr std::string_view registry_text =
    "Windows Registry Editor Version 5.00\n\n"
    "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\RasMan\\Parameters]\n"
    "\"NegotiateDH2048_AES256\"=dword:00000002\n";

constexpr std::string_view command_text = R"(@echo off
rem A VPN connection for Windows 7, made by agilevpn. Right-click this file and choose "Run as administrator".
setlocal
cd /d "%~dp0"
net session >nul 2>&1
if errorlevel 1 (
  echo Right-click this file and choose "Run as administrator".
  pause
  exit /b 1
)
set PBK=%ProgramData%\Microsoft\Network\Connections\Pbk
if not exist "%PBK%" mkdir "%PBK%"
%%IMPORTS%%reg import "%%REG%%"
powershell -NoProfile -Command "%%REPLACE%%"
if errorlevel 1 (
  echo The connection could not be written to "%PBK%\rasphone.pbk".
  pause
  exit /b 1
)
net stop RasMan /y >nul 2>&1
net start RasMan >nul 2>&1
echo Done. Later, connect with: %%NAME%%
start "" rasphone.exe -d "%%NAME%%"
)";

// PowerShell 2.0, which every Windows 7 has: takes an older entry of that name out of the phone book and appends the new one. Octets stay
// what they are (28591 is Latin-1), whatever the code page of the other entries.
constexpr std::string_view replace_text =
    R"($ErrorActionPreference = 'Stop'; $latin = [Text.Encoding]::GetEncoding(28591); $book = $env:PBK + '\rasphone.pbk'; )"
    R"($old = ''; if (Test-Path -LiteralPath $book) { $old = $latin.GetString([IO.File]::ReadAllBytes($book)) }; )"
    R"($old = [Regex]::Replace($old, '(?ms)^\[' + [Regex]::Escape('%%NAME%%') + '\]\r?$.*?(?=^\[|\z)', ''); )"
    R"($old = [Regex]::Replace($old, '(?<=[^\n])\z', [Environment]::NewLine); )"
    R"([IO.File]::WriteAllText($book, $old + $latin.GetString([IO.File]::ReadAllBytes('%%PBK%%')), $latin))";

constexpr std::string_view phonebook_text = R"([%%NAME%%]
Encoding=1
PBVersion=1
Type=2
AutoLogon=0
UseRasCredentials=1
Guid=%%GUID%%
VpnStrategy=7
ExcludedProtocols=0
LcpExtensions=1
DataEncryption=256
SwCompression=0
NegotiateMultilinkAlways=0
SkipDoubleDialDialog=0
DialMode=0
OverridePref=15
RedialAttempts=3
RedialSeconds=60
IdleDisconnectSeconds=0
RedialOnLinkFailure=1
CallbackMode=0
ForceSecureCompartment=0
DisableIKENameEkuCheck=0
AuthenticateServer=0
ShareMsFilePrint=1
BindMsNetClient=1
SharedPhoneNumbers=0
GlobalDeviceSettings=0
PreferredPort=VPN2-0
PreferredDevice=WAN Miniport (IKEv2)
PreviewUserPw=%%ASKS%%
PreviewDomain=0
PreviewPhoneNumber=0
ShowDialingProgress=1
ShowMonitorIconInTaskBar=1
CustomAuthKey=%%EAP_TYPE%%
AuthRestrictions=%%AUTHENTICATION%%
IpPrioritizeRemote=%%FULL4%%
IpInterfaceMetric=5
IpAssign=1
IpNameAssign=1
IpDnsSuffix=%%SUFFIX%%
Ipv6Assign=1
Ipv6PrioritizeRemote=%%FULL6%%
Ipv6InterfaceMetric=5
Ipv6NameAssign=1
DisableClassBasedDefaultRoute=0
DisableMobility=%%MOBILITY%%
NetworkOutageTime=%%OUTAGE%%
ProvisionType=0
PreSharedKey=

NETCOMPONENTS=
ms_msclient=1
ms_server=1

MEDIA=rastapi
Port=VPN2-0
Device=WAN Miniport (IKEv2)

DEVICE=vpn
PhoneNumber=%%SERVER%%
AreaCode=
CountryCode=0
CountryID=0
UseDialingRules=0
Comment=
FriendlyName=
LastSelectedPhone=0
PromoteAlternates=0
TryNextAlternateOnFail=1

)";

std::string eap_type(const Request& request) {
  if (request.login.kind == LoginKind::Certificate) return "0";
  return request.login.kind == LoginKind::EapTls ? "13" : "26";
}

std::string phonebook_of(const Request& request) {
  const bool is_machine = request.login.kind == LoginKind::Certificate;
  std::string guid = uuid({"windows7", request.gateway});
  std::erase(guid, '-');
  std::ranges::transform(guid, guid.begin(), [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(request.outage).count();
  return fill(phonebook_text, {{"NAME", windows_connection_name(request)},
                               {"GUID", guid},
                               {"ASKS", is_machine ? "0" : "1"},
                               {"EAP_TYPE", eap_type(request)},
                               {"AUTHENTICATION", std::to_string(is_machine ? machine_certificate : eap_only)},
                               {"FULL4", request.is_full(Family::V4) ? "1" : "0"},
                               {"FULL6", request.is_full(Family::V6) ? "1" : "0"},
                               {"SUFFIX", request.domains.empty() ? "" : request.domains.front()},
                               {"MOBILITY", request.mobility ? "0" : "1"},
                               {"OUTAGE", std::to_string(seconds)},
                               {"SERVER", request.gateway}});
}

struct FileNames {
  std::string command, registry, phonebook, p12;
  std::vector<std::string> authorities;
};

std::string import_lines(const Request& request, const FileNames& names) {
  std::string out;
  for (std::size_t i = 0; i < names.authorities.size(); ++i) {
    const char* store = is_root(request.authorities[i]) ? "Root" : "CA";
    out += fmt::format("certutil -f -addstore {} \"{}\"\n", store, names.authorities[i]);
  }
  if (request.login.kind == LoginKind::Certificate) out += fmt::format("certutil -f -importpfx \"{}\"\n", names.p12);
  if (request.login.kind == LoginKind::EapTls) out += fmt::format("certutil -f -user -importpfx \"{}\"\n", names.p12);
  return out;
}

std::string command_of(const Request& request, const FileNames& names) {
  const std::string name = windows_connection_name(request);
  return fill(command_text, {{"IMPORTS", import_lines(request, names)},
                             {"REG", names.registry},
                             {"REPLACE", fill(replace_text, {{"NAME", name}, {"PBK", names.phonebook}})},
                             {"NAME", name}});
}

File page_of_windows7(const Request& request, const FileNames& names) {
  Page page{
      .title = "VPN to " + request.gateway + " with Windows 7", .steps = {}, .values = {}, .notes = {}, .picture = {}};
  page.steps = {
      "Put all files whose names begin with `" + request.file_stem() + "-windows7` into one folder on the PC.",
      "Right-click `" + names.command + "` and choose “Run as administrator”.",
      "It connects at the end. Later: click the network symbol beside the clock, `" + windows_connection_name(request) +
          "`, “Connect”."};
  page.values = {{"Server", request.gateway}, {"Type", "IKEv2"}, {"Through the tunnel", routes_text(request)}};
  page.notes = {
      password_note(request),
      "Windows 7 gets no security updates any more, and protects packets with nothing better than AES-256 and "
      "HMAC-SHA1. Error 13868 means that the registry value is missing: run the file again."};
  if (!request.is_full())
    page.notes.push_back(
        "Windows 7 routes the class-based network of its inner address and what the gateway tells it by DHCP.");
  return {request.file_stem() + "-windows7.html", to_html(page), "what to click on Windows 7"};
}

FileNames names_of(const Request& request) {
  const std::string stem = request.file_stem() + "-windows7";
  FileNames names{stem + ".cmd", stem + ".reg", stem + ".pbk", stem + ".p12", {}};
  for (std::size_t i = 0; i < request.authorities.size(); ++i) {
    names.authorities.push_back(i == 0 ? stem + "-ca.cer" : fmt::format("{}-ca-{}.cer", stem, i + 1));
  }
  return names;
}

}  // namespace

Result<Files, Error> write_windows7(const Request& request) {
  TRY(choose_suite(request.policy, Platform::Windows7));
  const FileNames names = names_of(request);
  Files files;
  files.push_back({names.command, with_crlf(command_of(request, names)), "Windows 7: run it as administrator"});
  files.push_back({names.registry, with_crlf(registry_text), "its registry value: AES-256 and MODP-2048"});
  files.push_back({names.phonebook, with_crlf(phonebook_of(request)), "its phone book entry"});
  for (std::size_t i = 0; i < request.authorities.size(); ++i) {
    files.push_back({names.authorities[i], request.authorities[i].to_pem(), "the CA"});
  }
  if (request.uses_certificate()) {
    TRY_ASSIGN(const Secret octets, pkcs12(request));
    files.push_back({names.p12, agilevpn::to_text(octets.view()), "the user's certificate", true});
  }
  files.push_back(page_of_windows7(request, names));
  return files;
}

}  // namespace agilevpn::profiles
