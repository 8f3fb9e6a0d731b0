# Writes a C++ file that holds the shipped profiles: cmake -DOUTPUT=… -DPROFILES=a.toml;b.toml -P embed_profiles.cmake
set(text "// Generated from config/profiles by config/embed_profiles.cmake.\n#include \"config/shipped_profiles.h\"\n\nnamespace anchoko::config {\n\nconst std::vector<ShippedProfile>& shipped_profiles() {\n  static const std::vector<ShippedProfile> profiles{\n")
foreach(profile ${PROFILES})
  get_filename_component(name ${profile} NAME_WE)
  file(READ ${profile} body)
  string(APPEND text "      {\"${name}\", R\"anchoko_profile(${body})anchoko_profile\"},\n")
endforeach()
string(APPEND text "  };\n  return profiles;\n}\n\n}  // namespace anchoko::config\n")
file(WRITE ${OUTPUT} "${text}")
