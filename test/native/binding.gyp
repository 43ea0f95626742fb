{
  # Programs of their own beside the addon: see driver.cc. Built by `npm run build:driver`.
  "target_defaults": {
    "win_delay_load_hook": "false",
    "cflags_cc": ["-std=c++17", "-fexceptions", "-Wall", "-Wextra"],
    "cflags_cc!": ["-fno-exceptions", "-fno-rtti", "-std=gnu++17", "-std=gnu++20"],
    "cflags!": ["-fno-exceptions"],
    "xcode_settings": {
      "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
      "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
      "MACOSX_DEPLOYMENT_TARGET": "11.0",
    },
    "msvs_settings": {
      "VCCLCompilerTool": {"ExceptionHandling": 1, "AdditionalOptions": ["/std:c++17", "/utf-8"]},
    },
  },
  "targets": [
    {
      "target_name": "driver",
      "type": "executable",
      "sources": [
        "driver.cc",
        "driver_output.cc",
        "starve.cc",
        "<!@(node ../tools/driver-sources.mjs <(OS))",
      ],
      "include_dirs": [".", "../../native"],
      "conditions": [
        ["OS in 'linux android freebsd openbsd netbsd solaris'.split()", {"libraries": ["-ldl", "-pthread"]}],
      ],
    },
    {
      # The rule for macOS trust settings is pure, so every system tests it.
      "target_name": "mac_rules",
      "type": "executable",
      "sources": [
        "../macos/unit/main.cc",
        "../macos/unit/rules_test.cc",
        "../../native/trust/mac_trust_settings.cc",
      ],
      "include_dirs": ["../macos/unit", "../../native"],
    },
    {
      # Case tables for rules that need no Windows.
      "target_name": "windows_usage",
      "type": "executable",
      "sources": ["windows_usage_cases.cc", "../../native/trust/windows_usage.cc"],
      "include_dirs": ["../../native"],
    },
    {
      # What a place makes of a certificate, and what several copies come to.
      "target_name": "places",
      "type": "executable",
      "sources": [
        "place_cases.cc",
        "../../native/trust/copies.cc",
        "../../native/trust/file_trust.cc",
        "../../native/trust/windows_trust.cc",
        "../../native/trust/windows_usage.cc",
      ],
      "include_dirs": ["../../native"],
    },
    {
      # What the platforms' verdicts mean: pure as well.
      "target_name": "verdicts",
      "type": "executable",
      "sources": [
        "verdict_cases.cc",
        "<!@(node ../tools/driver-sources.mjs --asn1)",
        "../../native/trust/chain_shape.cc",
        "../../native/trust/mac_verdict.cc",
        "../../native/trust/sought_chain.cc",
        "../../native/trust/windows_verdict.cc",
      ],
      "include_dirs": ["../../native"],
    },
  ],
}
