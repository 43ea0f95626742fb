// Reads certificates as the addon does and prints the result of each, one JSON object a line. It
// has no JavaScript in it, so it runs under sanitizers, and it can place certificates as any
// backend would, so the rules are tested on every system.
//
//   driver [--now=SECONDS] [--purpose=P] [--expired] [--openssl-dir=DIR] [--nix-file=FILE]
//          [--ssl-file=FILE] [--root=DIR] {[--place=…] [--trust=…] [--usages=…] [--rejected=…]
//          FILE}...
//   driver --starve DIR SECONDS    see starve.h
//
// --openssl-dir makes this a program whose OpenSSL has that default directory. --place and the
// options beside it apply to the files after them. "-" is the standard input.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "certificate_set.h"
#include "driver_output.h"
#include "input/certificate_input.h"
#include "starve.h"
#include "system_store.h"
#include "trust/judge.h"

namespace {
std::string openssl_directory;
}

extern "C" const char* X509_get_default_cert_dir() { return openssl_directory.c_str(); }

namespace os_truststore {
namespace {

// What a store says of the files that follow.
struct Verdict {
  Placement placement = Placement::kByShape;
  TrustStatus trust = TrustStatus::kUnspecified;
  bool has_usages = false;  // otherwise what the file says stays
  Usages usages = kAllUsages;
  Usages rejected = kNoUsages;
};

struct Session {
  ReadRequest request;
  Policy policy;
  Verdict verdict;
  CertificateSet set;
  std::vector<StoreError> errors;
};

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "driver: %s\n", what.c_str());
  std::exit(2);
}

Purpose ToPurpose(std::string_view text) {
  if (text == "server-auth") return Purpose::kServerAuth;
  if (text == "client-auth") return Purpose::kClientAuth;
  if (text == "any") return Purpose::kAny;
  Fail("unknown purpose " + std::string(text));
}

Placement ToPlacement(std::string_view text) {
  if (text == "by-shape") return Placement::kByShape;
  if (text == "anchor") return Placement::kAnchor;
  if (text == "intermediate") return Placement::kIntermediate;
  if (text == "leaf") return Placement::kLeaf;
  Fail("unknown placement " + std::string(text));
}

TrustStatus ToTrust(std::string_view text) {
  if (text == "unspecified") return TrustStatus::kUnspecified;
  if (text == "trusted") return TrustStatus::kTrusted;
  if (text == "distrusted") return TrustStatus::kDistrusted;
  Fail("unknown trust " + std::string(text));
}

// "server", "client" and "other" in any combination; "none".
Usages ToUsages(const std::string& text) {
  if (text == "none") return kNoUsages;
  Usages usages = kNoUsages;
  if (text.find("server") != std::string::npos) usages |= kServerAuth;
  if (text.find("client") != std::string::npos) usages |= kClientAuth;
  if (text.find("other") != std::string::npos) usages |= kOtherUsages;
  if (usages == kNoUsages) Fail("unknown usages " + text);
  return usages;
}

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};

std::vector<uint8_t> ReadFile(const std::string& path) {
  const std::unique_ptr<std::FILE, CloseFile> file(path == "-" ? stdin
                                                               : std::fopen(path.c_str(), "rb"));
  if (!file) Fail("cannot open " + path);
  std::vector<uint8_t> bytes;
  uint8_t buffer[65536];
  size_t count = 0;
  while ((count = std::fread(buffer, 1, sizeof buffer, file.get())) > 0) {
    bytes.insert(bytes.end(), buffer, buffer + count);
  }
  return bytes;
}

void AddFile(const std::string& path, Session* session) {
  const std::vector<uint8_t> bytes = ReadFile(path);
  // The copy has no slack, so that a sanitizer notices the first byte read past the end.
  const std::unique_ptr<uint8_t[]> exact(new uint8_t[bytes.size()]);
  if (!bytes.empty()) std::memcpy(exact.get(), bytes.data(), bytes.size());
  CertificateInput input = ReadCertificateInput(exact.get(), bytes.size());
  for (StoreCertificate& certificate : input.certificates) {
    certificate.placement = session->verdict.placement;
    certificate.trust = session->verdict.trust;
    if (session->verdict.has_usages) {
      certificate.usages = session->verdict.usages;
      certificate.rejected = session->verdict.rejected;
    }
    certificate.sources.push_back({SourceKind::kFile, path, "", ""});
    session->set.Add(std::move(certificate));
  }
  for (StoreError& error : input.errors) {
    error.path = path;
    session->errors.push_back(std::move(error));
  }
}

void AddStore(const std::string& root, Session* session) {
  session->request.root = root;
  ReadResult result = ReadSystemStore(session->request);
  for (StoreCertificate& certificate : result.certificates) {
    session->set.Add(std::move(certificate));
  }
  for (StoreError& error : result.errors) session->errors.push_back(std::move(error));
}

void Apply(const std::string& argument, Session* session) {
  const size_t equals = argument.find('=');
  const std::string name = argument.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : argument.substr(equals + 1);
  Verdict* verdict = &session->verdict;
  if (name == "--now") {
    session->policy.now = std::strtoll(value.c_str(), nullptr, 10);
  } else if (name == "--purpose") {
    session->policy.purpose = ToPurpose(value);
  } else if (name == "--expired") {
    session->policy.expired = true;
  } else if (name == "--openssl-dir") {
    openssl_directory = value;
  } else if (name == "--nix-file") {
    session->request.nix_ssl_cert_file = value;
  } else if (name == "--ssl-file") {
    session->request.ssl_cert_file = value;
  } else if (name == "--root") {
    AddStore(value, session);
  } else if (name == "--place") {
    verdict->placement = ToPlacement(value);
  } else if (name == "--trust") {
    verdict->trust = ToTrust(value);
  } else if (name == "--usages") {
    verdict->usages = ToUsages(value);
    verdict->has_usages = true;
  } else if (name == "--rejected") {
    verdict->rejected = ToUsages(value);
    verdict->has_usages = true;
  } else if (name.rfind("--", 0) == 0) {
    Fail("unknown option " + name);
  } else {
    AddFile(argument, session);
  }
}

int Run(const std::vector<std::string>& arguments) {
  Session session;
  if (arguments.size() == 3 && arguments[0] == "--starve") {
    return Starve(arguments[1], std::strtoll(arguments[2].c_str(), nullptr, 10));
  }
  for (const std::string& argument : arguments) Apply(argument, &session);
  const std::vector<StoreCertificate> certificates = session.set.Take();
  const Judged judged = Judge(certificates, session.policy);
  for (const uint32_t index : judged.order) {
    PrintCertificate(index, certificates[index], judged.judgements[index]);
  }
  for (const StoreError& error : session.errors) PrintError(error);
  PrintSummary(judged);
  return 0;
}

}  // namespace
}  // namespace os_truststore

int main(int count, char** values) {
  return os_truststore::Run(std::vector<std::string>(values + 1, values + count));
}
