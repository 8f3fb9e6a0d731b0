#include "cli/render/completion_scripts.h"

namespace anchoko::cli {
namespace {

// Also for bash 3.2, which has neither negative indices nor compopt.
constexpr const char* bash_script =
    R"script(# Completion of anchoko's words in bash. Made by 'anchoko completion bash'.
_anchoko() {
  local -a words=()
  local i last=-1 word lead='' files=''
  # Bash takes "--lang=ja" apart at the equals sign.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if ((last >= 0)) && [[ ($word == '=' && ${words[last]} == --* && ${words[last]} != *=*) ||
      (${COMP_WORDS[i - 1]} == '=' && ${words[last]} == --*=) ]]; then
      words[last]+=$word
    else
      words[++last]=$word
    fi
  done
  if [[ ${words[last]} == --*=* ]]; then lead=${words[last]%%=*}=; fi
  COMPREPLY=()
  while IFS=$'\t' read -r word _; do
    if [[ $word == :files ]]; then files=yes; else COMPREPLY+=("${word#"$lead"}"); fi
  done < <("${COMP_WORDS[0]/#\~/$HOME}" complete -- "${words[@]}" 2>/dev/null)
  if [[ -n $files ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "${words[last]#"$lead"}")
  fi
}
complete -F _anchoko anchoko
)script";

constexpr const char* zsh_script = R"script(#compdef anchoko
# Completion of anchoko's words in zsh. Made by 'anchoko completion zsh'.
_anchoko() {
  local -a candidates
  local line files=
  for line in "${(@f)$("${(Q)words[1]/#\~/$HOME}" complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      '') ;;
      :files) files=yes ;;
      *$'\t'*) candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
      *) candidates+=("${line//:/\\:}") ;;
    esac
  done
  local ret=1
  if (( $#candidates )); then _describe -V 'anchoko' candidates && ret=0; fi
  if [[ -n $files ]]; then
    [[ $words[CURRENT] == --*=* ]] && compset -P '*='
    _files && ret=0
  fi
  return ret
}
if [[ $funcstack[1] == _anchoko ]]; then _anchoko "$@"; else compdef _anchoko anchoko; fi
)script";

constexpr const char* fish_script =
    R"script(# Completion of anchoko's words in fish. Made by 'anchoko completion fish'.
function __anchoko_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l program (string replace -r '^~' $HOME -- $words[1])
    $program complete -- $words[2..] 2>/dev/null
end
function __anchoko_words
    __anchoko_complete | string match -v ':files'
end
function __anchoko_files
    __anchoko_complete | string match -q ':files'
end
complete -c anchoko -f
complete -c anchoko -n 'not __anchoko_files' -f -a '(__anchoko_words)'
complete -c anchoko -n __anchoko_files -F -a '(__anchoko_words)'
)script";

}  // namespace

std::string completion_script(const std::string& shell) {
  if (shell == "bash") return bash_script;
  if (shell == "zsh") return zsh_script;
  return fish_script;
}

}  // namespace anchoko::cli
