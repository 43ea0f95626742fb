# Tests what only Windows can prove: npm run test:windows-store, as administrator.
#
# Fills the machine's certificate stores at every location, through the registry and with certutil, compares what
# os-truststore reads, watches a change and makes connections. Replaces Microsoft's list of distrusted certificates by a
# made-up one for a while. Removes everything again, even when the test fails or is interrupted: every certificate it
# makes has "os-truststore test" in its name. If it is killed, Windows gets Microsoft's list again at its next update.
$ErrorActionPreference = 'Stop'
Set-Location (Join-Path $PSScriptRoot '..\..')

$principal = New-Object Security.Principal.WindowsPrincipal([Security.Principal.WindowsIdentity]::GetCurrent())
if (-not $principal.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
  Write-Error 'This test changes the stores of the machine and needs an administrator.'
}

$bases = @(
  'HKLM:\Software\Microsoft\SystemCertificates',
  'HKLM:\Software\Policies\Microsoft\SystemCertificates',
  'HKLM:\Software\Microsoft\EnterpriseCertificates',
  'HKCU:\Software\Microsoft\SystemCertificates',
  'HKCU:\Software\Policies\Microsoft\SystemCertificates'
)

# The DER of the certificate contains the name in this form.
function Remove-TestCertificates {
  foreach ($base in $bases) {
    foreach ($store in 'ROOT', 'CA', 'TrustedPeople', 'Disallowed') {
      $certificates = Join-Path $base "$store\Certificates"
      if (-not (Test-Path $certificates)) { continue }
      foreach ($key in Get-ChildItem $certificates) {
        $blob = $key.GetValue('Blob')
        if ($null -eq $blob) { continue }
        if ([Text.Encoding]::ASCII.GetString($blob).Contains('os-truststore test')) {
          Remove-Item $key.PSPath -Recurse
        }
      }
    }
  }
}

$autoUpdate = 'HKLM:\Software\Microsoft\SystemCertificates\AuthRoot\AutoUpdate'
$listName = 'DisallowedCertEncodedCtl'
$list = if (Test-Path $autoUpdate) { (Get-Item $autoUpdate).GetValue($listName, $null) }

function Restore-List {
  if ($null -ne $list) {
    Set-ItemProperty $autoUpdate $listName ([byte[]]$list) -Type Binary
  } elseif (Test-Path $autoUpdate) {
    Remove-ItemProperty $autoUpdate $listName -ErrorAction SilentlyContinue
  }
}

$env:WINDOWS_TEST_STORES = '1'
try {
  Remove-TestCertificates
  node test/tools/run-tests.mjs test/system/windows-store.test.ts
  $status = $LASTEXITCODE
  # They run one after the other, because they change the same stores.
  node test/tools/run-tests.mjs test/system/windows-distrust.test.ts
  if ($status -eq 0) { $status = $LASTEXITCODE }
} finally {
  Restore-List
  Remove-TestCertificates
  Remove-Item Env:\WINDOWS_TEST_STORES
}
exit $status
