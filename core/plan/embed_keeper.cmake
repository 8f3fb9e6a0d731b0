# Writes a C++ file that holds the keeper's text: cmake -DOUTPUT=… -DKEEPER=keeper.sh -P embed_keeper.cmake
file(READ ${KEEPER} body)
file(WRITE ${OUTPUT} "// Generated from core/plan/keeper.sh by core/plan/embed_keeper.cmake.
#include \"core/plan/keeper_text.h\"

namespace anchoko::plan {

const std::string& keeper_text() {
  static const std::string text = R\"anchoko_keeper(${body})anchoko_keeper\";
  return text;
}

}  // namespace anchoko::plan
")
