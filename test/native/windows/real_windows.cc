// Defines the table of the real Windows under another name, beside the fake one.
#define SystemWindowsApi RealWindowsApi
#include "windows/windows_api.cc"
