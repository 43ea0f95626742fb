#include "pem/base64_tables.h"

namespace os_truststore {

namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

Base64DecodeTables MakeDecodeTables() {
  Base64DecodeTables tables;
  for (int p = 0; p < 4; p++) {
    tables.place[p].fill(kNotInAlphabet);
    for (uint32_t value = 0; value < 64; value++) {
      tables.place[p][static_cast<uint8_t>(kAlphabet[value])] = value << (18 - 6 * p);
    }
  }
  return tables;
}

Base64EncodeTable MakeEncodeTable() {
  Base64EncodeTable table;
  for (int i = 0; i < 4096; i++) table.pair[i] = {kAlphabet[i >> 6], kAlphabet[i & 63]};
  return table;
}

}  // namespace

const Base64DecodeTables kBase64Decode = MakeDecodeTables();
const Base64EncodeTable kBase64Encode = MakeEncodeTable();

}  // namespace os_truststore
