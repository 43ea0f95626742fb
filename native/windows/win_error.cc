#include "windows/win_error.h"

#include <climits>
#include <cstdio>
#include <utility>

namespace os_truststore {
namespace {

constexpr DWORD kMaxText = 512;

// Returns the system's message in its own language, or the number in hexadecimal when it has none.
std::string StatusText(DWORD status) {
  wchar_t text[kMaxText];
  DWORD size = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, nullptr,
                              status, 0, text, kMaxText, nullptr);
  while (size > 0 &&
         (text[size - 1] == L'\n' || text[size - 1] == L'\r' || text[size - 1] == L' ')) {
    --size;
  }
  if (size > 0) return WideToUtf8(text, size);
  char number[16];
  std::snprintf(number, sizeof(number), "0x%08lX", static_cast<unsigned long>(status));
  return number;
}

}  // namespace

StoreError WindowsError(std::string operation, std::string message, std::string path,
                        DWORD status) {
  StoreError error(StoreErrorCode::kReadFailed, std::move(operation), std::move(message));
  error.path = std::move(path);
  error.os_status = static_cast<int64_t>(status);
  error.os_status_text = StatusText(status);
  return error;
}

std::string WideToUtf8(const wchar_t* text, size_t size) {
  if (size == 0 || size > INT_MAX) return {};
  const int units = static_cast<int>(size);
  const int bytes = WideCharToMultiByte(CP_UTF8, 0, text, units, nullptr, 0, nullptr, nullptr);
  if (bytes <= 0) return {};
  std::string utf8(static_cast<size_t>(bytes), '\0');
  WideCharToMultiByte(CP_UTF8, 0, text, units, utf8.data(), bytes, nullptr, nullptr);
  return utf8;
}

int64_t FileTimeToSeconds(const FILETIME& time) {
  constexpr int64_t kTicksPerSecond = 10'000'000;
  constexpr int64_t kEpochDifference = 11'644'473'600;  // from 1601-01-01 to 1970-01-01
  const uint64_t ticks = (static_cast<uint64_t>(time.dwHighDateTime) << 32) | time.dwLowDateTime;
  return static_cast<int64_t>(ticks / kTicksPerSecond) - kEpochDifference;
}

}  // namespace os_truststore
