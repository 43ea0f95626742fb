#include "asn1/time.h"

namespace os_truststore {

namespace {

constexpr int64_t kSecondsPerMinute = 60;
constexpr int64_t kSecondsPerHour = 3600;
constexpr int64_t kSecondsPerDay = 86400;

// Reads decimal digits from the contents of a time, left to right.
class DigitReader {
 public:
  explicit DigitReader(const DerElement& element)
      : next_(element.contents), end_(element.contents + element.size) {}

  bool Read(int digits, int min, int max, int* out) {
    int value = 0;
    for (int i = 0; i < digits; i++) {
      if (next_ == end_ || *next_ < '0' || *next_ > '9') return false;
      value = value * 10 + (*next_++ - '0');
    }
    *out = value;
    return value >= min && value <= max;
  }

  bool EndsWithZ() const { return end_ - next_ == 1 && *next_ == 'Z'; }

 private:
  const uint8_t* next_;
  const uint8_t* end_;
};

bool IsLeapYear(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int DaysInMonth(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeapYear(year) ? 29 : kDays[month - 1];
}

int64_t LeapDaysBefore(int64_t year) {
  const int64_t last = year - 1;
  return last / 4 - last / 100 + last / 400;
}

// Days from 1970-01-01, in the Gregorian calendar extended to year 0.
int64_t DaysSinceEpoch(int year, int month, int day) {
  int64_t days = (static_cast<int64_t>(year) - 1970) * 365;
  if (year > 0) days += LeapDaysBefore(year) - LeapDaysBefore(1970);
  if (year == 0) days -= LeapDaysBefore(1970) + 1;
  for (int m = 1; m < month; m++) days += DaysInMonth(year, m);
  return days + day - 1;
}

// "The YY is interpreted as 19YY when greater than or equal to 50 and as 20YY otherwise" (RFC 5280
// §4.1.2.5.1).
bool ReadYear(uint8_t tag, DigitReader* digits, int* year) {
  if (tag == kDerGeneralizedTime) return digits->Read(4, 0, 9999, year);
  if (!digits->Read(2, 0, 99, year)) return false;
  *year += *year >= 50 ? 1900 : 2000;
  return true;
}

}  // namespace

bool ReadTime(const DerElement& element, int64_t* seconds) {
  if (element.tag != kDerUtcTime && element.tag != kDerGeneralizedTime) return false;
  DigitReader digits(element);
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!ReadYear(element.tag, &digits, &year) || !digits.Read(2, 1, 12, &month) ||
      !digits.Read(2, 1, DaysInMonth(year, month), &day) || !digits.Read(2, 0, 23, &hour) ||
      !digits.Read(2, 0, 59, &minute) || !digits.Read(2, 0, 59, &second) || !digits.EndsWithZ()) {
    return false;
  }
  *seconds = DaysSinceEpoch(year, month, day) * kSecondsPerDay + hour * kSecondsPerHour +
             minute * kSecondsPerMinute + second;
  return true;
}

}  // namespace os_truststore
