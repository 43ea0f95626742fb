// Provides std::string as a Mach-O file expects it. On arm64 Apple's libc++ keeps the bytes of a
// string in a different order, so its functions are compiled again, in a library of their own that
// has no other functions of the same names. The build defines _LIBCPP_ABI_ALTERNATE_STRING_LAYOUT
// for arm64.
#include <string>

template class std::basic_string<char>;
template std::string std::operator+
    <char, std::char_traits<char>, std::allocator<char>>(const char*, const std::string&);

namespace std {
inline namespace __1 {

// In libc++ these are not templates, so they must be written again.
template <typename Number>
static string ToText(Number number) {
  string text;
  const bool negative = number < 0;
  do {
    const int digit = static_cast<int>(number % 10);
    text.insert(text.begin(), static_cast<char>('0' + (negative ? -digit : digit)));
    number /= 10;
  } while (number != 0);
  if (negative) text.insert(text.begin(), '-');
  return text;
}

string to_string(int number) { return ToText(number); }
string to_string(unsigned number) { return ToText(number); }
string to_string(long number) { return ToText(number); }
string to_string(unsigned long number) { return ToText(number); }
string to_string(long long number) { return ToText(number); }
string to_string(unsigned long long number) { return ToText(number); }

}  // namespace __1
}  // namespace std
