import type { Shell } from '../commands/completion.ts';

/** The scripts only ask `flotilla __complete` for candidates; the last word is the one being typed. */
export function completionScript(shell: Shell): string {
  switch (shell) {
    case 'bash':
      return bash;
    case 'zsh':
      return zsh;
    case 'fish':
      return fish;
  }
}

const bash = `# flotilla: completion for bash
_flotilla() {
  local current="\${COMP_WORDS[COMP_CWORD]}"
  local candidates
  candidates="$("\${COMP_WORDS[0]}" __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)"
  if [[ "$candidates" == ":files" ]]; then
    compopt -o default 2>/dev/null
    COMPREPLY=()
    return
  fi
  mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$current")
}
complete -F _flotilla flotilla ./flotilla
`;

const zsh = `#compdef flotilla
# flotilla: completion for zsh
_flotilla() {
  local -a candidates
  candidates=("\${(@f)$(\${words[1]} __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ "\${candidates[1]}" == ":files" ]]; then
    _files
    return
  fi
  compadd -- $candidates
}
if [[ "\${funcstack[1]}" == "_flotilla" ]]; then
  _flotilla "$@"
else
  compdef _flotilla flotilla
fi
`;

const fish = `# flotilla: completion for fish
function __flotilla_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l candidates ($words[1] __complete -- $words[2..-1] 2>/dev/null)
  if test "$candidates[1]" = ":files"
    __fish_complete_path (commandline -ct)
    return
  end
  printf '%s\\n' $candidates
end
complete -c flotilla -f -a '(__flotilla_complete)'
`;
