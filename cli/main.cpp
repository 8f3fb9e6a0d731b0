#include "cli/arguments.h"
#include "cli/run.h"

int main(int argc, char** argv) {
  return anchoko::cli::run(anchoko::cli::program_words(argc, argv));
}
