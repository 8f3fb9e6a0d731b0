#pragma once

namespace anchoko {

const char* version();       // "0.1.0"
const char* version_date();  // "2026-01-31", of that version

}  // namespace anchoko
