// The PowerShell script for Windows, with %%PLACES%% for what differs from user to user.
#pragma once

#include <string_view>

namespace agilevpn::profiles {

// The connection is for all users of the PC, so that it does not matter whose password the elevation asks for. Names of inner
// domains get a rule in the Name Resolution Policy Table; everything else follows the interface with the lowest metric. A rule
// for every name (".") stands in ProfileXML only: made here it would last while the tunnel is down.
inline constexpr std::string_view windows_script =
    R"ps(# A VPN connection for %%USER%%, made by agilevpn. Windows 8.1, 10 and 11.
# Right-click this file and choose "Run with PowerShell". Running it again replaces the connection.
param([switch] $Elevated)
$ErrorActionPreference = 'Stop'

$Name = %%NAME%%
$Server = %%SERVER%%
$Routes = %%ROUTES%%
$DnsServers = %%DNS%%
$Domains = %%DOMAINS%%
$Pkcs12 = %%PKCS12%%
$Pkcs12Password = %%PKCS12_PASSWORD%%
$Phonebook = Join-Path $env:ProgramData 'Microsoft\Network\Connections\Pbk\rasphone.pbk'

function Test-Administrator {
  $identity = [Security.Principal.WindowsIdentity]::GetCurrent()
  $principal = New-Object Security.Principal.WindowsPrincipal $identity
  $principal.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
}

# To the computer's store: Windows does not look for an IKEv2 gateway's CA in the user's.
function Add-Authority([string] $Store, [string] $Base64) {
  $certificate = New-Object Security.Cryptography.X509Certificates.X509Certificate2 -ArgumentList (, [Convert]::FromBase64String($Base64))
  $authorities = New-Object Security.Cryptography.X509Certificates.X509Store -ArgumentList $Store, 'LocalMachine'
  $authorities.Open('ReadWrite')
  $authorities.Add($certificate)
  $authorities.Close()
}

function Import-UserCertificate([string] $Location) {
  $file = Join-Path ([IO.Path]::GetTempPath()) ([IO.Path]::GetRandomFileName() + '.pfx')
  try {
    [IO.File]::WriteAllBytes($file, [Convert]::FromBase64String($Pkcs12))
    if ($Pkcs12Password) {
      $password = ConvertTo-SecureString $Pkcs12Password -AsPlainText -Force
    } else {
      $password = Read-Host -AsSecureString 'Password of the certificate'
    }
    Import-PfxCertificate -FilePath $file -CertStoreLocation $Location -Password $password | Select-Object -First 1
  } finally {
    Remove-Item -LiteralPath $file -ErrorAction SilentlyContinue
  }
}

# What no cmdlet sets stands in the phone book.
function Set-PhonebookValue([string] $Key, [string] $Value) {
  $inside = $false
  $lines = Get-Content -LiteralPath $Phonebook -Encoding UTF8 | ForEach-Object {
    if ($_ -match '^\[(.*)\]$') { $inside = $Matches[1] -eq $Name }
    if ($inside -and $_.StartsWith("$Key=")) { "$Key=$Value" } else { $_ }
  }
  [IO.File]::WriteAllLines($Phonebook, [string[]] $lines)
}

# Windows' own window, which asks for a password where one is needed; it says itself if the connection is not there.
function Connect-Vpn {
  Start-Process -FilePath rasphone.exe -ArgumentList '-d', ('"{0}"' -f $Name)
}

if (-not (Test-Administrator)) {
  %%IMPORT_BEFORE%%
  $arguments = '-NoProfile', '-ExecutionPolicy', 'Bypass', '-File', ('"{0}"' -f $PSCommandPath), '-Elevated'
  Start-Process -FilePath powershell.exe -Verb RunAs -Wait -ArgumentList $arguments
  Connect-Vpn  # As the user, who keeps what is typed.
  exit
}

%%AUTHORITIES%%%%IMPORT_DIRECT%%

if (Get-VpnConnection -AllUserConnection -Name $Name -ErrorAction SilentlyContinue) {
  Remove-VpnConnection -AllUserConnection -Name $Name -Force
}
$connection = @{
  Name = $Name
  ServerAddress = $Server
  TunnelType = 'Ikev2'
  EncryptionLevel = 'Required'
  AllUserConnection = $true
  SplitTunneling = %%SPLIT%%
  Force = $true
}
if ($Domains.Count -gt 0) { $connection.DnsSuffix = $Domains[0] }
%%LOGIN%%Add-VpnConnection @connection

$suite = @{
  ConnectionName = $Name
  AllUserConnection = $true
  AuthenticationTransformConstants = '%%AUTHENTICATION_TRANSFORM%%'
  CipherTransformConstants = '%%CIPHER_TRANSFORM%%'
  EncryptionMethod = '%%ENCRYPTION%%'
  IntegrityCheckMethod = '%%INTEGRITY%%'
  DHGroup = '%%DH_GROUP%%'
  PfsGroup = '%%PFS_GROUP%%'
  Force = $true
}
Set-VpnConnectionIPsecConfiguration @suite

foreach ($route in $Routes) {
  Add-VpnConnectionRoute -ConnectionName $Name -AllUserConnection -DestinationPrefix $route
}

# Names inside are asked for inside. Rules of an earlier run go first.
Get-DnsClientNrptRule | Where-Object Comment -eq $Name | ForEach-Object { Remove-DnsClientNrptRule -Name $_.Name -Force }
if ($DnsServers.Count -gt 0) {
  foreach ($domain in $Domains) {
    Add-DnsClientNrptRule -Namespace ".$domain" -NameServers $DnsServers -Comment $Name
  }
}

Set-PhonebookValue 'IpInterfaceMetric' '5'
Set-PhonebookValue 'Ipv6InterfaceMetric' '5'
Set-PhonebookValue 'DisableMobility' '%%MOBILITY%%'
Set-PhonebookValue 'NetworkOutageTime' '%%OUTAGE%%'

Write-Host "Done. Later, connect with: $Name (the network symbol beside the clock, VPN)"
if ($Elevated) { Read-Host 'Press Enter to connect' | Out-Null } else { Connect-Vpn }
)ps";

}  // namespace agilevpn::profiles
