// Reads [parameters.NAME] tables: their form only. What they mean together is judged over the whole chain of
// profiles (parameters.h).
#pragma once

#include <vector>

#include "config/document.h"
#include "config/profile.h"

namespace anchoko::config {

// `parameters` is the member of that name at the top of the document.
void read_parameters(const Document& document, const Member& parameters, Profile& profile,
                     std::vector<Problem>& problems);

}  // namespace anchoko::config
