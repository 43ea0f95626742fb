/**
 * Lists seeded bugs. Each is put into a copy of one source, and the C++ tests must fail on it: a suite that lets one
 * pass does not test what it claims to.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../native/prebuild/gyp-sources.mjs';

const scoped = 'native/macos/scoped_cf.h';

/** `from` must occur exactly once. A header is compiled into `source` in place of the include. */
export const mutations = [
  {
    name: 'a list is never released',
    source: 'native/macos/trust_domains.cc',
    from: 'ScopedCf<CFArrayRef> list;\n  StoreLocation',
    to: 'auto& list = *new ScopedCf<CFArrayRef>;\n  StoreLocation',
  },
  {
    name: 'a certificate’s bytes are never released',
    source: 'native/macos/certificate_data.cc',
    from: 'const ScopedCf<CFDataRef> data(SecCertificateCopyData(certificate));',
    to: 'auto& data = *new ScopedCf<CFDataRef>(SecCertificateCopyData(certificate));',
  },
  {
    name: 'settings are released twice',
    source: 'native/macos/trust_settings.cc',
    from: '  const MacAnswers answers = {',
    to: '  CFRelease(settings.get());\n  const MacAnswers answers = {',
  },
  {
    name: 'a borrowed certificate is released',
    source: 'native/macos/certificate_data.cc',
    from: 'certificate->sources.push_back(source);',
    to: 'certificate->sources.push_back(source);\n    CFRelease(item);',
  },
  {
    name: 'a missing list is not noticed',
    source: 'native/macos/trust_domains.cc',
    from: 'if (!*list || CFGetTypeID(list->get()) != CFArrayGetTypeID()) {',
    to: 'if (*list && CFGetTypeID(list->get()) != CFArrayGetTypeID()) {',
    and: ['if (!list) return true;', 'if (location->state != LocationState::kRead) return true;'],
  },
  {
    name: 'the type of a list is not checked',
    source: 'native/macos/keychain.cc',
    from: 'if (!*items || CFGetTypeID(items->get()) != CFArrayGetTypeID()) {',
    to: 'if (!*items) {',
  },
  {
    name: 'the type of an entry is not checked',
    source: 'native/macos/trust_settings.cc',
    from: 'CheckedCast<CFDictionaryRef>(value, CFDictionaryGetTypeID())',
    to: 'static_cast<CFDictionaryRef>(value)',
  },
  {
    name: 'the type of a policy is not checked',
    source: 'native/macos/trust_settings.cc',
    from: 'CheckedCast<SecPolicyRef>(value, SecPolicyGetTypeID())',
    to: 'static_cast<SecPolicyRef>(const_cast<void*>(value))',
  },
  {
    name: 'domain order: the user comes before the administrator',
    source: 'native/trust/mac_trust_settings.cc',
    from: 'admin == MacAnswer::kAbsent ? user : admin',
    to: 'user == MacAnswer::kAbsent ? admin : user',
    and: ['MacAnswer::kUnreadable) {', 'MacAnswer::kUnreadable && false) {'],
  },
  {
    name: 'domain order: admin settings that say nothing of TLS leave the user’s',
    source: 'native/trust/mac_trust_settings.cc',
    from: 'admin == MacAnswer::kAbsent ? user : admin',
    to: 'admin == MacAnswer::kAbsent || admin == MacAnswer::kUnspecified ? user : admin',
  },
  {
    name: 'domain order: the administrator is not asked about what the user lists',
    source: 'native/macos/trust_domains.cc',
    from: 'entry->admin = ReadTrustSettings(item, kAdmin.id, kAdmin.name, shape, &result_->errors);',
    to: 'if (result_->locations.size() == 1) entry->admin = ReadTrustSettings(item, kAdmin.id, kAdmin.name, shape, &result_->errors);',
  },
  {
    name: 'domain order: the administrator is not asked about keychains of the user',
    source: 'native/macos/keychain.cc',
    from: 'AskAdminDomain(item, &certificate, &result->errors);',
    to: '',
  },
  {
    name: 'admin and user domains are swapped',
    source: 'native/macos/trust_domains.cc',
    from: 'kAdmin = {kSecTrustSettingsDomainAdmin, "admin"}',
    to: 'kAdmin = {kSecTrustSettingsDomainUser, "admin"}',
    and: [
      'kUser = {kSecTrustSettingsDomainUser, "user"}',
      'kUser = {kSecTrustSettingsDomainAdmin, "user"}',
    ],
  },
  {
    name: 'settings of users count where they are switched off',
    source: 'native/macos/user_trust.cc',
    from: 'if (!value) return false;',
    to: 'return false;',
  },
  {
    name: 'basic policy: an entry for basic X.509 counts for TLS',
    source: 'native/macos/trust_settings.cc',
    from: 'CFEqual(oid, kSecPolicyAppleSSL) ? MacPolicy::kSsl : MacPolicy::kOther',
    to: 'CFEqual(oid, kSecPolicyAppleSSL) || CFEqual(oid, CFSTR("kSecPolicyAppleX509Basic")) ? MacPolicy::kSsl : MacPolicy::kOther',
  },
  {
    name: 'policy name: an entry for clients counts for servers',
    source: 'native/trust/mac_trust_settings.cc',
    from: '(entry.policy_name == MacPolicyName::kAbsent || entry.policy_name == end)',
    to: 'true',
  },
  {
    name: 'policy name: servers and clients are swapped',
    source: 'native/macos/trust_settings.cc',
    from: 'EvaluateMacTrustSettings(entries, MacPolicyName::kSslServer, shape)',
    to: 'EvaluateMacTrustSettings(entries, MacPolicyName::kSslClient, shape)',
    and: [
      '                              EvaluateMacTrustSettings(entries, MacPolicyName::kSslClient, shape)',
      '                              EvaluateMacTrustSettings(entries, MacPolicyName::kSslServer, shape)',
    ],
  },
  {
    name: 'policy name: trust for one end is trust for all uses',
    source: 'native/trust/mac_trust_settings.cc',
    from: 'if (trusted != kNoUsages) certificate->usages = trusted;',
    to: '',
  },
  {
    name: 'an Unspecified entry is passed over',
    source: 'native/trust/mac_trust_settings.cc',
    from: 'if (match != Match::kYes) continue;',
    to: 'if (match != Match::kYes || entry.result == kMacResultUnspecified) continue;',
  },
  {
    name: 'a self-issued certificate is an anchor by TrustAsRoot',
    source: 'native/trust/mac_trust_settings.cc',
    from: 'return shape.is_self_issued ? MacAnswer::kUnspecified : MacAnswer::kTrusted;',
    to: 'return MacAnswer::kTrusted;',
  },
  {
    name: 'trust after what could not be read counts',
    source: 'native/trust/mac_trust_settings.cc',
    from: 'if (unreadable && answer != MacAnswer::kDistrusted) break;',
    to: '',
  },
  {
    name: 'Apple’s roots are listed for every read',
    source: 'native/macos/trust_domains.cc',
    from: 'if (has_changed || request_.fresh || !last.is_whole || !is_recent) {',
    to: 'if (has_changed || true) {',
  },
  {
    name: 'Apple’s roots are not listed again for who asks',
    source: 'native/macos/trust_domains.cc',
    from: '|| request_.fresh ||',
    to: '||',
  },
  {
    name: 'a failed listing of Apple’s roots is kept',
    source: 'native/macos/trust_domains.cc',
    from: 'last.is_whole = has_all && !last.certificates.empty();',
    to: 'last.is_whole = complete;',
  },
  {
    name: 'changed trust settings leave the list of Apple’s roots',
    source: 'native/macos/store_watch.cc',
    from: 'if (event == kSecTrustSettingsChangedEvent) ForgetSystemDomain();',
    to: '',
  },
  {
    name: 'a missing result means nothing',
    source: 'native/trust/mac_trust_settings.cc',
    from: 'has_result ? entry.result : kMacResultTrustRoot',
    to: 'has_result ? entry.result : kMacResultUnspecified',
  },
  {
    name: 'a missing result means TrustAsRoot',
    source: 'native/trust/mac_trust_settings.cc',
    from: 'has_result ? entry.result : kMacResultTrustRoot',
    to: 'has_result ? entry.result : kMacResultTrustAsRoot',
  },
  {
    name: 'TrustRoot trusts certificates that are not self-signed',
    source: 'native/trust/mac_trust_settings.cc',
    from: 'return shape.looks_self_signed ? MacAnswer::kTrusted : MacAnswer::kUnspecified;',
    to: 'return MacAnswer::kTrusted;',
  },
  {
    name: 'host limits are overlooked',
    source: 'native/macos/trust_settings.cc',
    from: 'entry.has_policy_string = HasKey(dictionary, kSecTrustSettingsPolicyString);',
    to: '',
  },
  {
    name: 'unreadable settings fall through to Apple’s trust',
    source: 'native/trust/mac_trust_settings.cc',
    from: 'return unreadable ? MacAnswer::kUnreadable : MacAnswer::kUnspecified;',
    to: 'return MacAnswer::kUnspecified;',
  },
  {
    name: 'settings are read for Apple’s roots as well',
    source: 'native/macos/trust_domains.cc',
    from: '[&](SecCertificateRef, StoreCertificate found) {\n      last.',
    to: '[&](SecCertificateRef item, StoreCertificate found) {\n      AskForSettings(item, found);\n      last.',
  },
  {
    name: 'a read is not cancelled between certificates',
    source: 'native/macos/certificate_data.cc',
    from: 'if (request.IsCancelled()) return false;',
    to: '',
  },
  {
    name: 'a cancelled read hands over what it has',
    source: 'native/macos/system_store.cc',
    from: 'result.certificates.clear();\n  result.cancelled = true;',
    to: '',
  },
  {
    name: 'calls into Security are not serialised',
    source: 'native/macos/security_lock.cc',
    from: 'held_ = SecurityMutex().try_lock();',
    to: 'held_ = true;',
    and: ['if (held_) SecurityMutex().unlock();', ''],
  },
  {
    name: 'one of Apple’s roots is evaluated',
    source: 'native/macos/trust_domains.cc',
    from: '->in_system_domain = true;',
    to: '->in_system_domain = true;\n    SecTrustEvaluateWithError(nullptr, nullptr);',
  },
  {
    name: 'leaf certificates of the keychain are listed',
    source: 'native/macos/keychain.cc',
    from: 'if (!IsListedFromKeychain(certificate.parsed, shape)) return;',
    to: '(void)shape;',
  },
  {
    name: 'the number of an OSStatus is lost',
    source: 'native/macos/os_status.cc',
    from: 'error.os_status = status;',
    to: '',
  },
  {
    name: 'the keychain callback stays when the last watch ends',
    source: 'native/macos/store_watch.cc',
    from: 'if (security.held()) SecKeychainRemoveCallback(&OnKeychainEvent);',
    to: '',
  },
  {
    name: 'the owner of a reference does not release it',
    source: 'native/macos/trust_settings.cc',
    header: scoped,
    from: 'if (ref_ != nullptr) CFRelease(ref_);',
    to: '',
  },
  {
    name: 'user CAs replace the machine’s anchors',
    source: 'native/macos/chain_verifier.cc',
    from: 'return status == errSecSuccess ? SecTrustSetAnchorCertificatesOnly(trust, false) : status;',
    to: 'return status;',
  },
  {
    name: 'verifying may always use the network',
    source: 'native/macos/chain_verifier.cc',
    from: 'SecTrustSetNetworkFetchAllowed(trust.get(), MayUseNetwork(request))',
    to: 'SecTrustSetNetworkFetchAllowed(trust.get(), true)',
  },
  {
    name: 'the name of the host is left out',
    source: 'native/macos/chain_verifier.cc',
    from: 'SecPolicyCreateSSL(is_server, host.get())',
    to: 'SecPolicyCreateSSL(is_server, nullptr)',
  },
  {
    name: 'a refusal without an error is accepted',
    source: 'native/macos/chain_verifier.cc',
    from: 'if (!SecTrustEvaluateWithError(trust, error.out())) {',
    to: 'if (!SecTrustEvaluateWithError(trust, error.out()) && error) {',
  },
  {
    name: 'a required answer about revocation is not required',
    source: 'native/macos/chain_verifier.cc',
    from: 'flags |= kSecRevocationRequirePositiveResponse;',
    to: '',
  },
  {
    name: 'a policy that could not be made is left out',
    source: 'native/macos/chain_verifier.cc',
    from: 'if (!policy) return {};',
    to: 'if (!policy) continue;',
  },
  {
    name: 'a verification that hangs keeps its place for ever',
    source: 'native/verify_job.cc',
    from: 'job->state_ = VerifyJob::State::kLeftBehind;\n    --busy_;',
    to: 'return;',
  },
];

function replaceOnce(text, from, to, where) {
  const parts = text.split(from);
  if (parts.length !== 2) throw new Error(`${where}: "${from}" occurs ${parts.length - 1} times`);
  return parts.join(to);
}

/** Writes the source with its bug and returns the file. */
export function writeMutant({ name, source, header, from, to, and }, folder) {
  mkdirSync(folder, { recursive: true });
  const read = (file) => readFileSync(path.join(root, file), 'utf8');
  let text = read(header ?? source);
  text = replaceOnce(text, from, to, name);
  if (and) text = replaceOnce(text, and[0], and[1], name);
  if (header) {
    // It comes before the includes of the source, so that the include guard keeps the original out.
    text = `${text}\n${read(source)}`;
  }
  const file = path.join(folder, path.basename(source));
  writeFileSync(file, text);
  return file;
}
