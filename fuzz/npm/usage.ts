/** The text of `deno task npm --help`. */

/** Help of the npm task. */
export const NPM_HELP = `deno task npm [options]

Makes a package for Node of mod.ts and what it imports, as JavaScript modules with types, ready for npm publish. Name,
version and license are those of deno.json. An older package of the same name in that folder is replaced.

  --out DIR  folder of the package (npm)
  --quiet    says nothing
  --help     this text

Exit code: 0 fine, 2 wrong call, 3 the folder cannot be written or holds something else, or there is
no tar, 4 internal error.

Example
  deno task npm --out npm && npm pack ./npm
`;
