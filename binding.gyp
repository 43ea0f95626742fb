{
  "variables": {
    # The one place that picks a backend; see native/system_store.h.
    "core_sources": [
      "native/asn1/ber_reader.cc",
      "native/asn1/certificate.cc",
      "native/asn1/der_reader.cc",
      "native/asn1/extensions.cc",
      "native/asn1/name.cc",
      "native/asn1/name_text.cc",
      "native/asn1/oid_text.cc",
      "native/asn1/pkcs7.cc",
      "native/asn1/time.cc",
      "native/asn1/trust_settings.cc",
      "native/asn1/utf8.cc",
      "native/certificate_set.cc",
      "native/input/certificate_input.cc",
      "native/input/sha256.cc",
      "native/pem/base64.cc",
      "native/pem/base64_tables.cc",
      "native/pem/pem.cc",
      "native/read_job.cc",
      "native/trust/beside_roots.cc",
      "native/trust/copies.cc",
      "native/trust/distrusted_names.cc",
      "native/trust/file_trust.cc",
      "native/trust/judge.cc",
      "native/trust/orphans.cc",
    ],
    # Where the system has a verifier of its own; see native/chain_verifier.h.
    "verifier_sources": [
      "native/binding/verify_chain.cc",
      "native/trust/chain_shape.cc",
      "native/verify_job.cc",
    ],
    "unix_sources": [
      "native/linux/ca_locations.cc",
      "native/linux/deselected.cc",
      "native/linux/directory_entries.cc",
      "native/linux/distrust.cc",
      "native/linux/errno_name.cc",
      "native/linux/file_buffer.cc",
      "native/linux/host_openssl.cc",
      "native/linux/p11_kit.cc",
      "native/linux/store_files.cc",
      "native/linux/store_signature.cc",
      "native/linux/system_store.cc",
      "native/linux/tree.cc",
    ],
  },
  "targets": [
    {
      "target_name": "os_truststore",
      "sources": ["native/binding/binding.cc", "native/binding/fact_columns.cc", "native/binding/joined_texts.cc", "native/binding/values.cc", "<@(core_sources)"],
      "include_dirs": ["native", "<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": [
        "NAPI_VERSION=8",
        "NODE_ADDON_API_CPP_EXCEPTIONS_ALL",
        # A worker that is being terminated runs no more JavaScript, so an error thrown by then reaches nobody: without
        # this it would end the process.
        "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS",
        # Electron forbids buffers over foreign memory, so none are made anywhere.
        "NODE_API_NO_EXTERNAL_BUFFERS_ALLOWED",
      ],
      "cflags_cc": ["-std=c++17", "-fexceptions", "-fvisibility=hidden", "-Wall", "-Wextra"],
      "cflags_cc!": ["-fno-exceptions", "-fno-rtti", "-std=gnu++17", "-std=gnu++20"],
      "cflags!": ["-fno-exceptions"],
      "xcode_settings": {
        "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
        "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
        "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
        "MACOSX_DEPLOYMENT_TARGET": "11.0",
      },
      "msvs_settings": {
        "VCCLCompilerTool": {"ExceptionHandling": 1, "AdditionalOptions": ["/std:c++17", "/utf-8"]},
      },
      "conditions": [
        ["OS in 'linux android freebsd openbsd netbsd solaris'.split()", {
          "sources": ["<@(unix_sources)", "native/unsupported/store_watch.cc", "native/binding/no_verifier.cc"],
          # A read that never returns keeps its thread; the code it runs must stay mapped after the last unload.
          "ldflags": ["-Wl,-z,nodelete", "-Wl,-z,now"],
          "conditions": [
            # A statically linked libc++ would offer its unwinder and operator new to the whole process.
            ["OS == 'linux'", {
              # From build/, where make links: whole paths would be cut at blanks.
              "ldflags": ["-Wl,--version-script=../native/linux/exports.map"],
              # dlsym() is in a library of its own before glibc 2.34.
              "libraries": ["-ldl"],
            }],
          ],
        }, "OS == 'mac'", {
          "sources": [
            "<@(verifier_sources)",
            "native/macos/certificate_data.cc",
            "native/macos/chain_verifier.cc",
            "native/macos/keep_loaded.cc",
            "native/macos/keychain.cc",
            "native/macos/os_status.cc",
            "native/macos/security_lock.cc",
            "native/macos/store_watch.cc",
            "native/macos/system_store.cc",
            "native/macos/trust_domains.cc",
            "native/macos/trust_settings.cc",
            "native/macos/user_trust.cc",
            "native/trust/mac_trust_settings.cc",
            "native/trust/mac_verdict.cc",
          ],
          "libraries": ["-framework Security", "-framework CoreFoundation"],
        }, "OS == 'win'", {
          "sources": [
            "<@(verifier_sources)",
            "native/trust/sought_chain.cc",
            "native/trust/windows_trust.cc",
            "native/trust/windows_usage.cc",
            "native/trust/windows_verdict.cc",
            "native/windows/certificate_facts.cc",
            "native/windows/chain_api.cc",
            "native/windows/chain_judge.cc",
            "native/windows/chain_query.cc",
            "native/windows/chain_verifier.cc",
            "native/windows/disallowed.cc",
            "native/windows/disallowed_list.cc",
            "native/windows/pin_module.cc",
            "native/windows/registry_signal.cc",
            "native/windows/registry_watch.cc",
            "native/windows/store_layout.cc",
            "native/windows/store_reader.cc",
            "native/windows/system_store.cc",
            "native/windows/win_error.cc",
            "native/windows/windows_api.cc",
          ],
          "libraries": ["-lcrypt32.lib", "-ladvapi32.lib"],
        }, {
          "sources": [
            "native/binding/no_verifier.cc",
            "native/unsupported/store_watch.cc",
            "native/unsupported/system_store.cc",
          ],
        }],
      ],
    },
  ],
}
