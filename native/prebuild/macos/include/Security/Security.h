// Declares the part of Security.framework that native/macos/ uses; see
// CoreFoundation/CoreFoundation.h beside it. Only native/macos/chain_verifier.cc may call functions
// that evaluate trust: the code that reads the store must not (test/native/network-calls.test.ts).
#ifndef OS_TRUSTSTORE_PREBUILD_MACOS_SECURITY_H_
#define OS_TRUSTSTORE_PREBUILD_MACOS_SECURITY_H_

#include <CoreFoundation/CoreFoundation.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct __SecCertificate* SecCertificateRef;
typedef struct __SecPolicy* SecPolicyRef;
typedef struct __SecTrust* SecTrustRef;

typedef uint32_t SecTrustSettingsDomain;
enum {
  kSecTrustSettingsDomainUser = 0,
  kSecTrustSettingsDomainAdmin = 1,
  kSecTrustSettingsDomainSystem = 2,
};

enum { kSecTrustSettingsKeyUseSignCert = 0x00000008 };

enum {
  errSecSuccess = 0,
  errSecNoTrustSettings = -25263,
  errSecItemNotFound = -25300,
};

enum {
  kSecRevocationUseAnyAvailableMethod = 1 << 0 | 1 << 1,
  kSecRevocationRequirePositiveResponse = 1 << 3,
};

#define kSecTrustSettingsPolicy CFSTR("kSecTrustSettingsPolicy")
#define kSecTrustSettingsApplication CFSTR("kSecTrustSettingsApplication")
#define kSecTrustSettingsPolicyString CFSTR("kSecTrustSettingsPolicyString")
#define kSecTrustSettingsKeyUsage CFSTR("kSecTrustSettingsKeyUsage")
#define kSecTrustSettingsResult CFSTR("kSecTrustSettingsResult")

extern const CFStringRef kSecClass;
extern const CFStringRef kSecClassCertificate;
extern const CFStringRef kSecMatchLimit;
extern const CFStringRef kSecMatchLimitAll;
extern const CFStringRef kSecReturnRef;
extern const CFStringRef kSecPolicyOid;
extern const CFStringRef kSecPolicyAppleSSL;
extern const CFStringRef kSecTrustRevocationChecked;

OSStatus SecTrustSettingsCopyCertificates(SecTrustSettingsDomain domain, CFArrayRef* certificates);
OSStatus SecTrustSettingsCopyTrustSettings(SecCertificateRef certificate,
                                           SecTrustSettingsDomain domain, CFArrayRef* settings);

CFTypeID SecCertificateGetTypeID(void);
CFDataRef SecCertificateCopyData(SecCertificateRef certificate);

SecCertificateRef SecCertificateCreateWithData(CFAllocatorRef allocator, CFDataRef data);

SecPolicyRef SecPolicyCreateSSL(Boolean server, CFStringRef host);
SecPolicyRef SecPolicyCreateRevocation(CFOptionFlags flags);
OSStatus SecTrustCreateWithCertificates(CFTypeRef certificates, CFTypeRef policies,
                                        SecTrustRef* trust);
OSStatus SecTrustSetAnchorCertificates(SecTrustRef trust, CFArrayRef anchors);
OSStatus SecTrustSetAnchorCertificatesOnly(SecTrustRef trust, Boolean only);
OSStatus SecTrustSetNetworkFetchAllowed(SecTrustRef trust, Boolean allowed);
bool SecTrustEvaluateWithError(SecTrustRef trust, CFErrorRef* error);
CFIndex SecTrustGetCertificateCount(SecTrustRef trust);
SecCertificateRef SecTrustGetCertificateAtIndex(SecTrustRef trust, CFIndex index);
CFDictionaryRef SecTrustCopyResult(SecTrustRef trust);

CFTypeID SecPolicyGetTypeID(void);
CFDictionaryRef SecPolicyCopyProperties(SecPolicyRef policy);

OSStatus SecItemCopyMatching(CFDictionaryRef query, CFTypeRef* result);

CFStringRef SecCopyErrorMessageString(OSStatus status, void* reserved);

typedef UInt32 SecKeychainEvent;
typedef UInt32 SecKeychainEventMask;
typedef struct SecKeychainCallbackInfo SecKeychainCallbackInfo;
typedef OSStatus (*SecKeychainCallback)(SecKeychainEvent event, SecKeychainCallbackInfo* info,
                                        void* context);
enum { kSecTrustSettingsChangedEvent = 12 };
enum {
  kSecAddEventMask = 1 << 3,
  kSecDeleteEventMask = 1 << 4,
  kSecKeychainListChangedMask = 1 << 11,
  kSecTrustSettingsChangedEventMask = 1 << 12,
};

OSStatus SecKeychainAddCallback(SecKeychainCallback callback, SecKeychainEventMask events,
                                void* context);
OSStatus SecKeychainRemoveCallback(SecKeychainCallback callback);

#ifdef __cplusplus
}
#endif

#endif  // OS_TRUSTSTORE_PREBUILD_MACOS_SECURITY_H_
