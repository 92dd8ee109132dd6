const optionsWithValue: readonly string[] = ['--config', '-n', '--namespace'];

/** The command that is meant, before anything is parsed: `get` of `-n shop get pods`, `up` of `help up`. */
export function commandName(args: readonly string[]): string | undefined {
  for (let index = 0; index < args.length; index++) {
    const word = args[index] ?? '';
    if (optionsWithValue.includes(word)) index += 1;
    else if (!word.startsWith('-') && word !== 'help') return word;
  }
  return undefined;
}
