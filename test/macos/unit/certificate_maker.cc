#include "certificate_maker.h"

namespace testing {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes Join(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

Bytes Tagged(uint8_t tag, const Bytes& contents) {
  Bytes der = {tag};
  const size_t size = contents.size();
  if (size >= 0x100) {
    der.push_back(0x82);
    der.push_back(static_cast<uint8_t>(size >> 8));
  } else if (size >= 0x80) {
    der.push_back(0x81);
  }
  der.push_back(static_cast<uint8_t>(size & 0xff));
  der.insert(der.end(), contents.begin(), contents.end());
  return der;
}

constexpr uint8_t kSequence = 0x30;
constexpr uint8_t kSet = 0x31;
constexpr uint8_t kOid = 0x06;
constexpr uint8_t kOctetString = 0x04;
constexpr uint8_t kBitString = 0x03;
constexpr uint8_t kInteger = 0x02;

Bytes Name(const std::string& common_name) {
  const Bytes value = Tagged(0x0c, Bytes(common_name.begin(), common_name.end()));
  const Bytes attribute = Tagged(kSequence, Join({Tagged(kOid, {0x55, 0x04, 0x03}), value}));
  return Tagged(kSequence, Tagged(kSet, attribute));
}

// UTCTime up to 2049, GeneralizedTime from 2050 (RFC 5280).
Bytes Time(uint8_t tag, const std::string& text) {
  return Tagged(tag, Bytes(text.begin(), text.end()));
}

Bytes EcdsaWithSha256() {
  return Tagged(kSequence, Tagged(kOid, {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02}));
}

Bytes PublicKey() {
  const Bytes algorithm =
      Tagged(kSequence, Join({Tagged(kOid, {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01}),
                              Tagged(kOid, {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07})}));
  Bytes point(66, 0x11);
  point[0] = 0x00;
  point[1] = 0x04;
  return Tagged(kSequence, Join({algorithm, Tagged(kBitString, point)}));
}

Bytes Extension(const Bytes& oid, const Bytes& value) {
  return Tagged(kSequence, Join({Tagged(kOid, oid), Tagged(kOctetString, value)}));
}

Bytes Extensions(const Shape& shape) {
  const Bytes ca_true = {0x01, 0x01, 0xff};
  Bytes extensions = Extension({0x55, 0x1d, 0x13}, Tagged(kSequence, shape.ca ? ca_true : Bytes()));
  if (shape.client_auth_only) {
    const Bytes client_auth = Tagged(kOid, {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02});
    extensions = Join({extensions, Extension({0x55, 0x1d, 0x25}, Tagged(kSequence, client_auth))});
  }
  return Tagged(0xa3, Tagged(kSequence, extensions));
}

}  // namespace

std::vector<uint8_t> MakeDer(const Shape& shape) {
  const std::string& issuer = shape.issuer.empty() ? shape.subject : shape.issuer;
  const Bytes version = Tagged(0xa0, Tagged(kInteger, {0x02}));
  const Bytes validity =
      Tagged(kSequence, Join({Time(0x17, "200101000000Z"), Time(0x18, "21200101000000Z")}));
  const Bytes tbs =
      Tagged(kSequence, Join({version, Tagged(kInteger, {0x01}), EcdsaWithSha256(), Name(issuer),
                              validity, Name(shape.subject), PublicKey(), Extensions(shape)}));
  const Bytes signature = Tagged(kBitString, Bytes(65, 0x00));
  return Tagged(kSequence, Join({tbs, EcdsaWithSha256(), signature}));
}

}  // namespace testing
