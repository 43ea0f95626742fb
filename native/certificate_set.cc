#include "certificate_set.h"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

#include "trust/copies.h"

namespace os_truststore {

namespace {

// by_der_ needs a growing vector to move its elements, not copy them.
static_assert(std::is_nothrow_move_constructible_v<StoreCertificate>);

// The last bytes belong to the signature, so they differ even between certificates that begin
// alike.
uint64_t TailWord(std::string_view der) {
  uint64_t word = 0;
  const size_t size = std::min(der.size(), sizeof word);
  if (size > 0) std::memcpy(&word, der.data() + der.size() - size, size);
  return word;
}

std::string_view ViewOf(const std::vector<uint8_t>& der) {
  return {reinterpret_cast<const char*>(der.data()), der.size()};
}

}  // namespace

bool CertificateSet::DerOrder::operator()(std::string_view a, std::string_view b) const {
  if (a.size() != b.size()) return a.size() < b.size();
  const uint64_t a_tail = TailWord(a), b_tail = TailWord(b);
  if (a_tail != b_tail) return a_tail < b_tail;
  return a < b;
}

void CertificateSet::Add(StoreCertificate certificate) {
  const auto known = by_der_.find(ViewOf(certificate.der));
  if (known != by_der_.end()) {
    CombineCopies(std::move(certificate), &certificates_[known->second]);
    return;
  }
  certificates_.push_back(std::move(certificate));
  by_der_.emplace(ViewOf(certificates_.back().der), certificates_.size() - 1);
}

const StoreCertificate* CertificateSet::Find(const std::vector<uint8_t>& der) const {
  const auto known = by_der_.find(ViewOf(der));
  return known != by_der_.end() ? &certificates_[known->second] : nullptr;
}

std::vector<StoreCertificate> CertificateSet::Take() {
  by_der_.clear();
  return std::exchange(certificates_, {});
}

}  // namespace os_truststore
