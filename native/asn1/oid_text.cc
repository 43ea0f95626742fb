#include "asn1/oid_text.h"

#include <algorithm>
#include <vector>

namespace os_truststore {

namespace {

// All arcs that name attributes come from, by OpenSSL 3's names, the common ones first. It is one
// text because a table of pointers takes three times the space once it must be relocatable.
constexpr std::string_view kShortNames =
    "\n2.5.4.3 CN"
    "\n2.5.4.6 C"
    "\n2.5.4.10 O"
    "\n2.5.4.11 OU"
    "\n2.5.4.8 ST"
    "\n2.5.4.7 L"
    "\n2.5.4.4 SN"
    "\n2.5.4.5 serialNumber"
    "\n2.5.4.9 street"
    "\n2.5.4.12 title"
    "\n2.5.4.13 description"
    "\n2.5.4.14 searchGuide"
    "\n2.5.4.15 businessCategory"
    "\n2.5.4.16 postalAddress"
    "\n2.5.4.17 postalCode"
    "\n2.5.4.18 postOfficeBox"
    "\n2.5.4.19 physicalDeliveryOfficeName"
    "\n2.5.4.20 telephoneNumber"
    "\n2.5.4.21 telexNumber"
    "\n2.5.4.22 teletexTerminalIdentifier"
    "\n2.5.4.23 facsimileTelephoneNumber"
    "\n2.5.4.24 x121Address"
    "\n2.5.4.25 internationaliSDNNumber"
    "\n2.5.4.26 registeredAddress"
    "\n2.5.4.27 destinationIndicator"
    "\n2.5.4.28 preferredDeliveryMethod"
    "\n2.5.4.29 presentationAddress"
    "\n2.5.4.30 supportedApplicationContext"
    "\n2.5.4.31 member"
    "\n2.5.4.32 owner"
    "\n2.5.4.33 roleOccupant"
    "\n2.5.4.34 seeAlso"
    "\n2.5.4.35 userPassword"
    "\n2.5.4.36 userCertificate"
    "\n2.5.4.37 cACertificate"
    "\n2.5.4.38 authorityRevocationList"
    "\n2.5.4.39 certificateRevocationList"
    "\n2.5.4.40 crossCertificatePair"
    "\n2.5.4.41 name"
    "\n2.5.4.42 GN"
    "\n2.5.4.43 initials"
    "\n2.5.4.44 generationQualifier"
    "\n2.5.4.45 x500UniqueIdentifier"
    "\n2.5.4.46 dnQualifier"
    "\n2.5.4.47 enhancedSearchGuide"
    "\n2.5.4.48 protocolInformation"
    "\n2.5.4.49 distinguishedName"
    "\n2.5.4.50 uniqueMember"
    "\n2.5.4.51 houseIdentifier"
    "\n2.5.4.52 supportedAlgorithms"
    "\n2.5.4.53 deltaRevocationList"
    "\n2.5.4.54 dmdName"
    "\n2.5.4.65 pseudonym"
    "\n2.5.4.72 role"
    "\n2.5.4.97 organizationIdentifier"
    "\n2.5.4.98 c3"
    "\n2.5.4.99 n3"
    "\n2.5.4.100 dnsName"
    "\n1.2.840.113549.1.9.1 emailAddress"
    "\n1.2.840.113549.1.9.2 unstructuredName"
    "\n1.2.840.113549.1.9.3 contentType"
    "\n1.2.840.113549.1.9.4 messageDigest"
    "\n1.2.840.113549.1.9.5 signingTime"
    "\n1.2.840.113549.1.9.6 countersignature"
    "\n1.2.840.113549.1.9.7 challengePassword"
    "\n1.2.840.113549.1.9.8 unstructuredAddress"
    "\n1.2.840.113549.1.9.9 extendedCertificateAttributes"
    "\n1.2.840.113549.1.9.14 extReq"
    "\n1.2.840.113549.1.9.15 SMIME-CAPS"
    "\n1.2.840.113549.1.9.16 SMIME"
    "\n1.2.840.113549.1.9.20 friendlyName"
    "\n1.2.840.113549.1.9.21 localKeyID"
    "\n0.9.2342.19200300.100.1.1 UID"
    "\n0.9.2342.19200300.100.1.2 textEncodedORAddress"
    "\n0.9.2342.19200300.100.1.3 mail"
    "\n0.9.2342.19200300.100.1.4 info"
    "\n0.9.2342.19200300.100.1.5 favouriteDrink"
    "\n0.9.2342.19200300.100.1.6 roomNumber"
    "\n0.9.2342.19200300.100.1.7 photo"
    "\n0.9.2342.19200300.100.1.8 userClass"
    "\n0.9.2342.19200300.100.1.9 host"
    "\n0.9.2342.19200300.100.1.10 manager"
    "\n0.9.2342.19200300.100.1.11 documentIdentifier"
    "\n0.9.2342.19200300.100.1.12 documentTitle"
    "\n0.9.2342.19200300.100.1.13 documentVersion"
    "\n0.9.2342.19200300.100.1.14 documentAuthor"
    "\n0.9.2342.19200300.100.1.15 documentLocation"
    "\n0.9.2342.19200300.100.1.20 homeTelephoneNumber"
    "\n0.9.2342.19200300.100.1.21 secretary"
    "\n0.9.2342.19200300.100.1.22 otherMailbox"
    "\n0.9.2342.19200300.100.1.23 lastModifiedTime"
    "\n0.9.2342.19200300.100.1.24 lastModifiedBy"
    "\n0.9.2342.19200300.100.1.25 DC"
    "\n0.9.2342.19200300.100.1.26 aRecord"
    "\n0.9.2342.19200300.100.1.27 pilotAttributeType27"
    "\n0.9.2342.19200300.100.1.28 mXRecord"
    "\n0.9.2342.19200300.100.1.29 nSRecord"
    "\n0.9.2342.19200300.100.1.30 sOARecord"
    "\n0.9.2342.19200300.100.1.31 cNAMERecord"
    "\n0.9.2342.19200300.100.1.37 associatedDomain"
    "\n0.9.2342.19200300.100.1.38 associatedName"
    "\n0.9.2342.19200300.100.1.39 homePostalAddress"
    "\n0.9.2342.19200300.100.1.40 personalTitle"
    "\n0.9.2342.19200300.100.1.41 mobileTelephoneNumber"
    "\n0.9.2342.19200300.100.1.42 pagerTelephoneNumber"
    "\n0.9.2342.19200300.100.1.43 friendlyCountryName"
    "\n0.9.2342.19200300.100.1.44 uid"
    "\n0.9.2342.19200300.100.1.45 organizationalStatus"
    "\n0.9.2342.19200300.100.1.46 janetMailbox"
    "\n0.9.2342.19200300.100.1.47 mailPreferenceOption"
    "\n0.9.2342.19200300.100.1.48 buildingName"
    "\n0.9.2342.19200300.100.1.49 dSAQuality"
    "\n0.9.2342.19200300.100.1.50 singleLevelQuality"
    "\n0.9.2342.19200300.100.1.51 subtreeMinimumQuality"
    "\n0.9.2342.19200300.100.1.52 subtreeMaximumQuality"
    "\n0.9.2342.19200300.100.1.53 personalSignature"
    "\n0.9.2342.19200300.100.1.54 dITRedirect"
    "\n0.9.2342.19200300.100.1.55 audio"
    "\n0.9.2342.19200300.100.1.56 documentPublisher"
    "\n1.2.643.3.131.1.1 INN"
    "\n1.2.643.100.1 OGRN"
    "\n1.2.643.100.3 SNILS"
    "\n1.2.643.100.5 OGRNIP"
    "\n1.2.643.100.111 subjectSignTool"
    "\n1.2.643.100.112 issuerSignTool"
    "\n1.2.643.100.113 classSignTool"
    "\n1.3.6.1.4.1.311.20.2.2 msSmartcardLogin"
    "\n1.3.6.1.4.1.311.20.2.3 msUPN"
    "\n1.3.6.1.4.1.311.60.2.1.1 jurisdictionL"
    "\n1.3.6.1.4.1.311.60.2.1.2 jurisdictionST"
    "\n1.3.6.1.4.1.311.60.2.1.3 jurisdictionC"
    "\n1.3.6.1.5.5.7.9.1 id-pda-dateOfBirth"
    "\n1.3.6.1.5.5.7.9.2 id-pda-placeOfBirth"
    "\n1.3.6.1.5.5.7.9.3 id-pda-gender"
    "\n1.3.6.1.5.5.7.9.4 id-pda-countryOfCitizenship"
    "\n1.3.6.1.5.5.7.9.5 id-pda-countryOfResidence"
    "\n";

// Decimal digits, least significant first, because arcs may be larger than any integer type.
class DecimalNumber {
 public:
  void ShiftInSevenBits(unsigned bits) {
    unsigned carry = bits;
    for (uint8_t& digit : digits_) {
      carry += digit * 128u;
      digit = static_cast<uint8_t>(carry % 10);
      carry /= 10;
    }
    for (; carry > 0; carry /= 10) digits_.push_back(static_cast<uint8_t>(carry % 10));
  }

  bool IsAtLeast(unsigned value) const { return digits_.size() > 3 || Small() >= value; }
  unsigned Small() const {
    unsigned value = 0;
    for (size_t i = std::min<size_t>(digits_.size(), 4); i > 0; i--) {
      value = value * 10 + digits_[i - 1];
    }
    return value;
  }

  // `value` must not exceed the number.
  void Subtract(unsigned value) {
    for (uint8_t& digit : digits_) {
      const unsigned take = value % 10;
      value /= 10;
      if (digit < take) value++;
      digit = static_cast<uint8_t>((digit + 10u - take) % 10);
    }
    while (!digits_.empty() && digits_.back() == 0) digits_.pop_back();
  }

  void AppendTo(std::string* out) const {
    if (digits_.empty()) out->push_back('0');
    for (size_t i = digits_.size(); i > 0; i--) {
      out->push_back(static_cast<char>('0' + digits_[i - 1]));
    }
  }

 private:
  std::vector<uint8_t> digits_;
};

// The first subidentifier encodes two arcs: 40 × first + second (X.690 §8.19.4).
void AppendFirstTwoArcs(DecimalNumber number, std::string* out) {
  const unsigned first = number.IsAtLeast(80) ? 2 : number.Small() / 40;
  number.Subtract(first * 40);
  out->push_back(static_cast<char>('0' + first));
  out->push_back('.');
  number.AppendTo(out);
}

}  // namespace

std::string OidToText(const uint8_t* contents, size_t size) {
  std::string text;
  DecimalNumber number;
  for (size_t i = 0; i < size; i++) {
    number.ShiftInSevenBits(contents[i] & 0x7F);
    if ((contents[i] & 0x80) != 0) continue;
    if (text.empty()) {
      AppendFirstTwoArcs(std::move(number), &text);
    } else {
      text.push_back('.');
      number.AppendTo(&text);
    }
    number = DecimalNumber();
  }
  return text;
}

std::string_view ShortNameOf(std::string_view oid_text) {
  std::string line("\n");
  line.append(oid_text).push_back(' ');
  const size_t found = kShortNames.find(line);
  if (found == std::string_view::npos) return {};
  const std::string_view rest = kShortNames.substr(found + line.size());
  return rest.substr(0, rest.find('\n'));
}

}  // namespace os_truststore
